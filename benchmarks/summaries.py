"""How good the summaries of a model are, per set, beside the first sentences of each document.

    python -m benchmarks.summaries                                    # the embedded model, all sets that are here
    python -m benchmarks.summaries --sets '*_long' --strategy map_reduce
    python -m benchmarks.summaries FOLDER --model qwen3-4b --style news --length brief --limit 10

A set is a file of FOLDER, benchmarks/data/summaries unless named, with lines {id, document, reference}. Printed for
each: ROUGE-1/2/L (F1, stemmed) of the summaries and of the first three sentences against the same references; words
beside the words asked for; the share that the token limit cut; and the share with a number or a name that the document
does not have, an alarm and never a score. Documents over the model's context are summarized in parts, and counted; with
`--strategy single` they are left out.
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
COLUMNS = (
    "set",
    "documents (in parts)",
    "ROUGE-1/2/L",
    "baseline",
    "ratio of ROUGE-1",
    "words",
    "cut",
    "numbers absent",
    "names absent",
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
    print(f"# {machine.describe()}")
    print(
        f"# {arguments.style}, {arguments.length}: {asked} words asked; baseline: first {BASELINE_SENTENCES} sentences"
    )
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][: arguments.limit]
        results = await asyncio.gather(*(_summarize(pipeline, row, arguments) for row in rows))
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
    return parser.parse_args()


async def _summarize(pipeline: Pipeline, row: dict[str, Any], arguments: argparse.Namespace) -> Pair | None:
    """Summarize one line; None when its document does not fit and may not be split."""
    options = {name: getattr(arguments, name) for name in ("style", "length", "strategy")}
    summary = await summarize(pipeline, row["document"], **options)
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
    cut = [pair.summary.finish_reason == "length" for pair in pairs]
    alarms = [verify(pair.summary.summary, pair.document, []).unsupported for pair in pairs]
    numbers = [any(alarm.kind in ("number", "amount", "date") for alarm in found) for found in alarms]
    names = [any(alarm.kind == "name" for alarm in found) for found in alarms]
    cells = [
        name,
        count,
        _scores(ours),
        _scores(baseline),
        f"{ours[0] / baseline[0]:.2f}",
        f"{statistics.mean(len(pair.summary.summary.split()) for pair in pairs):.0f}",
        f"{statistics.mean(cut):.0%}",
        f"{statistics.mean(numbers):.0%}",
        f"{statistics.mean(names):.0%}",
    ]
    return f"| {' | '.join(cells)} |"


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
