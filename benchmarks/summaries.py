"""How good the summaries of a model are, per set, beside sentences of each document.

    python -m benchmarks.summaries                                    # the embedded model, all sets that are here
    python -m benchmarks.summaries --sets '*_long' --strategy map_reduce
    python -m benchmarks.summaries FOLDER --model qwen3-4b --style news --length brief --limit 10 --support

A set is a file of FOLDER, benchmarks/data/summaries unless named, with lines {id, document, reference}. Printed for
each: ROUGE-1/2/L (F1, stemmed) of the summaries, of the first three sentences, and of the three that TextRank chooses
(Mihalcea and Tarau, 2004; sumy's), against the same references; words beside the words asked for; the share that the
token limit cut; the share of the summaries' sequences of eight words that stand in the document; the share with a
number or a name that the document does not have, an alarm and never a score; and with `--support` the mean support of
their sentences, by a model whose answers were measured. Documents over the model's context are summarized in parts, and
counted; with `--strategy single` they are left out.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.sets import DATA, present
from contract.request import STRATEGIES, SummaryRequest
from contract.results import Summary
from errors import UserError
from pipeline import Pipeline
from styles import catalog
from verification.verify import verify

BASELINE_SENTENCES = 3
COPIED = 8  # words in a row
AT_ONCE = 8  # documents: what waits for the engine longer than its deadline fails
COLUMNS = (
    "set",
    "documents (in parts)",
    "ROUGE-1/2/L",
    "first sentences",
    "TextRank",
    "ratio of ROUGE-1",
    "words",
    "cut",
    "copied",
    "numbers absent",
    "names absent",
    "support",
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")


@dataclass
class Pair:
    """A line of a set and what the model made of it."""

    document: str
    reference: str
    summary: Summary


async def main() -> None:
    arguments = _arguments()
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
    paths = sorted(arguments.folder.glob(f"{arguments.sets}.jsonl"))
    if not paths:
        present(arguments.folder / f"{arguments.sets}.jsonl")
    asked = catalog.get(arguments.style).lengths[arguments.length].words
    pipeline = await Pipeline.load()
    places = asyncio.Semaphore(AT_ONCE)
    print(f"# {machine.describe()}")
    print(
        f"# {arguments.style}, {arguments.length}: {asked} words asked; baseline: first {BASELINE_SENTENCES} sentences"
    )
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][: arguments.limit]
        results = await asyncio.gather(*(_summarize(pipeline, row, arguments, places) for row in rows))
        pairs = [pair for pair in results if pair]
        print(_table_row(path.stem, pairs), flush=True)
    await pipeline.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "summaries")
    parser.add_argument("--model", help="what PRECIS_MODEL takes: an alias, a folder, or owner/name@revision")
    parser.add_argument("--style", default="general", choices=list(catalog.load_all()))
    parser.add_argument("--length", default="standard", choices=["brief", "standard", "detailed"])
    parser.add_argument("--strategy", default="auto", choices=STRATEGIES)
    parser.add_argument("--sets", default="*", help="a pattern that the names of the sets match")
    parser.add_argument("--limit", type=int, help="documents of each set")
    parser.add_argument("--support", action="store_true", help="ask the model about its sentences, too")
    return parser.parse_args()


async def _summarize(
    pipeline: Pipeline, row: dict[str, Any], arguments: argparse.Namespace, places: asyncio.Semaphore
) -> Pair | None:
    """Summarize one line when its turn comes; None when its document does not fit and may not be split."""
    options = {name: getattr(arguments, name) for name in ("style", "length", "strategy")}
    async with places:
        summary = await summarize(pipeline, row["document"], verify=arguments.support, **options)
    return None if summary is None else Pair(row["document"], row["reference"], summary)


async def summarize(pipeline: Pipeline, document: str, **options: Any) -> Summary | None:
    """Return the summary of one document; None when it does not fit and may not be split."""
    try:
        async for item in pipeline.stream(SummaryRequest(text=document, **options)):
            if isinstance(item, Summary):
                return item
    except UserError as error:
        if error.code != "E1002":
            raise
    return None


def _table_row(name: str, pairs: list[Pair]) -> str:
    count = f"{len(pairs)} ({sum(len(pair.summary.rounds) > 1 for pair in pairs)})"
    if not pairs:
        return f"| {name} | {count} |{' |' * (len(COLUMNS) - 2)}"
    ours = _rouge([(pair.reference, pair.summary.summary) for pair in pairs])
    baseline = _rouge([(pair.reference, first_sentences(pair.document)) for pair in pairs])
    ranked = _rouge([(pair.reference, text_rank(pair.document)) for pair in pairs])
    cut = [pair.summary.finish_reason == "length" for pair in pairs]
    alarms = [verify(pair.summary.summary, pair.document, []).unsupported for pair in pairs]
    numbers = [any(alarm.kind in ("number", "amount", "date") for alarm in found) for found in alarms]
    names = [any(alarm.kind == "name" for alarm in found) for found in alarms]
    cells = [
        name,
        count,
        _scores(ours),
        _scores(baseline),
        _scores(ranked),
        f"{ours[0] / baseline[0]:.2f}",
        f"{statistics.mean(len(pair.summary.summary.split()) for pair in pairs):.0f}",
        f"{statistics.mean(cut):.0%}",
        f"{statistics.mean(copied(pair.summary.summary, pair.document) for pair in pairs):.0%}",
        f"{statistics.mean(numbers):.0%}",
        f"{statistics.mean(names):.0%}",
        _support(pairs),
    ]
    return f"| {' | '.join(cells)} |"


def _support(pairs: list[Pair]) -> str:
    """The mean of what a model was asked of every sentence; a dash where it was not."""
    checks = [pair.summary.verification.sentences for pair in pairs if pair.summary.verification]
    found = [one.support for sentences in checks for one in sentences if one.support is not None]
    return f"{statistics.mean(found):.2f}" if found else "-"


def copied(summary: str, document: str) -> float:
    """Return the share of the summary's sequences of COPIED words that stand in the document; 0 of a shorter one."""
    sequences, known = _sequences(summary), set(_sequences(document))
    return sum(sequence in known for sequence in sequences) / len(sequences) if sequences else 0.0


def _sequences(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return [tuple(words[first : first + COPIED]) for first in range(len(words) - COPIED + 1)]


def text_rank(text: str) -> str:
    """Return the three sentences of `text` that are most like its others, in their order."""
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.text_rank import TextRankSummarizer

    parsed = PlaintextParser.from_string(text, _Tokenizer())
    chosen = TextRankSummarizer(Stemmer("english"))(parsed.document, BASELINE_SENTENCES)
    return " ".join(str(sentence) for sentence in chosen)


class _Tokenizer:
    """What sumy asks for; its own needs a download."""

    def to_sentences(self, text: str) -> list[str]:
        return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]

    def to_words(self, sentence: str) -> list[str]:
        return re.findall(r"\w+", sentence)


def first_sentences(text: str) -> str:
    """Return the beginning of `text` to the end of its third sentence."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    return " ".join(sentences[:BASELINE_SENTENCES])


def _rouge(pairs: list[tuple[str, str]]) -> list[float]:
    """Mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L (Lin, 2004), in percent, of (reference, summary) pairs."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    scores = [scorer.score(reference, summary) for reference, summary in pairs]
    return [100 * statistics.mean(score[kind].fmeasure for score in scores) for kind in scorer.rouge_types]


def _scores(values: list[float]) -> str:
    return "/".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    asyncio.run(main())
