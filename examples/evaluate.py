"""Score a model's summaries after each epoch of a training loop: batch.jobs.map as the step that calls the model.

    python examples/evaluate.py TARGET [EPOCHS]

TARGET is http://HOST:PORT or replicate:OWNER/NAME. The score is the overlap of words (F1, as ROUGE-1 counts it) with
the first three sentences of each document, for want of references: it tells whether summaries stay near the beginning
of their documents, and nothing of whether they are good. Put references of your own in its place.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from batch.jobs import map as summarize
from errors import PrecisError

DOCUMENTS = Path(__file__).parent / "documents"


def main(target: str, epochs: int = 1) -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted(DOCUMENTS.glob("*.txt"))}
    for epoch in range(1, epochs + 1):
        train_an_epoch()
        print(f"epoch {epoch}: {evaluate(target, texts)}", flush=True)


def train_an_epoch() -> None:
    """Yours: train, and have TARGET serve what came of it."""


def evaluate(target: str, texts: dict[str, str]) -> str:
    results = summarize(texts.values(), to=target, return_exceptions=True, length="brief", temperature=0.0)
    scores, failed = [], Counter[str]()
    for text, result in zip(texts.values(), results, strict=True):  # in the order of the texts
        if isinstance(result, PrecisError):
            failed[result.code] += 1
        else:
            scores.append(overlap(result["summary"], beginning(text)))
    mean = sum(scores) / len(texts)  # a document that failed counts as 0
    return f"overlap {mean:.3f} over {len(texts)} documents, {failed.total()} failed {dict(failed) or ''}".rstrip()


def beginning(text: str, sentences: int = 3) -> str:
    return " ".join(re.split(r"(?<=[.!?])\s+", text.strip())[:sentences])


def overlap(summary: str, reference: str) -> float:
    """F1 of the words that both have, each as often as both have it."""
    ours, theirs = (Counter(re.findall(r"\w+", text.lower())) for text in (summary, reference))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        main(sys.argv[1], *map(int, sys.argv[2:]))
    except PrecisError as error:
        sys.exit(str(error))
