"""How often a summary gets, sees and cites the page that it needs, and whether unrelated knowledge leaves it alone.

    python -m benchmarks.context_awareness                     # the embedded models
    python -m benchmarks.context_awareness --retrieval-only    # searches alone: seconds
    python -m benchmarks.context_awareness --model qwen3-4b --style executive --misses

`context/` (its README says what it holds) has documents that mention what only one page of a documentation explains.
A passage counts when it is of that page and has the words that explain it: "retrieved" when the search returns it, "in
the prompt" when it stood beside the document, "cited" when the summary points to it. "Knows" is the share of summaries
that say the fact, with knowledge and without. "Changed by unrelated" counts summaries that are other words when the
knowledge is a bakery's and a choir's. Odd documents are for development and even ones held out.
"""

import argparse
import asyncio
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import indexing
import knowledge
import styles
from benchmarks import machine
from contract import Summary, SummaryRequest
from pipeline import Pipeline
from retrieval.index import Index
from retrieval.records import Hit

SET = Path(__file__).with_name("context")
DOCUMENTATION, UNRELATED = SET / "documentation", SET / "unrelated"


@dataclass(frozen=True)
class Row:
    """A document, the page that explains what it leaves unsaid, and ways to say what only that page says."""

    id: str
    kind: str
    text: str
    source: str
    quote: str
    fact: tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    """What the searches found for a document."""

    needed: bool
    unrelated: int  # passages of the unrelated documentation


@dataclass(frozen=True)
class Summarized:
    """What became of a document's summary."""

    prompted: bool
    cited: bool
    knows: bool
    knows_without: bool
    changed: bool  # by unrelated knowledge
    unrelated: int  # passages of it in the prompt


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", help="what PRECIS_MODEL takes: an alias, a folder, or owner/name@revision")
    parser.add_argument("--style", default="general", choices=list(styles.load_all()))
    parser.add_argument("--retrieval-only", action="store_true", help="search, and generate nothing")
    parser.add_argument("--misses", action="store_true", help="name the development documents that went wrong")
    parser.add_argument("--max-passages", type=int, default=SummaryRequest.model_fields["max_passages"].default)
    arguments = parser.parse_args()
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
    rows = load_set()
    with tempfile.TemporaryDirectory() as folder:
        needed, unrelated = Path(folder, "needed"), Path(folder, "unrelated")
        model = knowledge.embedder()
        print(f"# {machine.describe()}; {model.identity}")
        print(f"# documentation: {indexing.build(DOCUMENTATION, needed, model)}")
        print(f"# unrelated: {indexing.build(UNRELATED, unrelated, model)}")
        searched = _search(rows, needed, unrelated, arguments.max_passages)
        _print_searched(rows, searched)
        missed = {"not retrieved": [one.needed for one in searched]}
        if not arguments.retrieval_only:
            wanted = {"style": arguments.style, "max_passages": arguments.max_passages}
            summarized = await _summarize(rows, _pack(needed), _pack(unrelated), wanted)
            _print_summarized(rows, summarized, arguments.style)
            missed["not in the prompt"] = [one.prompted for one in summarized]
            missed["changed"] = [not one.changed for one in summarized]
    if arguments.misses:
        for name, right in missed.items():
            wrong = [row.id for row, is_right in zip(rows, right, strict=True) if not (is_right or is_held_out(row))]
            print(f"{name}, development: {', '.join(wrong) or 'none'}")


# --- The set ---


def load_set() -> list[Row]:
    """Return the documents."""
    lines = (SET / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return [_row(**json.loads(line)) for line in lines]


def _row(*, id: str, kind: str, text: str, needs: dict[str, str], fact: list[str]) -> Row:  # noqa: A002 (its name)
    return Row(id, kind, text, needs["source"], needs["quote"], tuple(fact))


def is_held_out(row: Row) -> bool:
    """Whether nothing may be changed because of this document."""
    return int(row.id.partition("-")[0]) % 2 == 0


def has(text: str, words: str) -> bool:
    """Whether `text` has `words`, whole, however they are wrapped and whatever their case."""
    pattern = r"\s+".join(map(re.escape, words.casefold().split()))
    return bool(re.search(rf"(?<!\w){pattern}(?!\w)", text.casefold()))


def holds(row: Row, source: str, text: str) -> bool:
    """Whether a passage of `source` says what the document leaves unsaid."""
    return source == row.source and has(text, row.quote)


# --- Searches alone ---


def _search(rows: Sequence[Row], needed: Path, unrelated: Path, k: int) -> list[Searched]:
    index, other = Index.open(needed), Index.open(unrelated)
    return [
        Searched(
            needed=any(holds(row, hit.chunk.source, hit.chunk.text) for hit in _hits(index, row, k)),
            unrelated=len(_hits(other, row, k)),
        )
        for row in rows
    ]


def _hits(index: Index, row: Row, k: int) -> list[Hit]:
    """What the pipeline asks for."""
    return knowledge.background(index, row.text, "", k)


# --- Summaries, through the pipeline ---


def _pack(index: Path) -> Path:
    """Return an index as a request carries it."""
    archive = index.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(index, index.name)
    return archive


async def _summarize(rows: Sequence[Row], needed: Path, unrelated: Path, wanted: dict[str, Any]) -> list[Summarized]:
    """One after the other, and each plain one twice: beside others, or with a cached prefix, it may round to others."""
    pipeline = await Pipeline.load()
    summarized = []
    for row in rows:
        request = SummaryRequest(text=row.text, temperature=0.0, output_format="json", **wanted)
        await _summary(pipeline, request)  # from now on its prompt is in the prefix cache
        plain = await _summary(pipeline, request)
        knowing = await _summary(pipeline, request.model_copy(update={"knowledge": needed}))
        other = await _summary(pipeline, request.model_copy(update={"knowledge": unrelated}))
        passages = [passage for passage in knowing.passages or () if holds(row, passage.source, passage.text)]
        summarized.append(
            Summarized(
                prompted=bool(passages),
                cited=any(passage.cited for passage in passages),
                knows=_knows(row, knowing),
                knows_without=_knows(row, plain),
                changed=other.summary != plain.summary,
                unrelated=len(other.passages or ()),
            )
        )
    await pipeline.close()
    return summarized


async def _summary(pipeline: Pipeline, request: SummaryRequest) -> Summary:
    async with aclosing(pipeline.stream(request)) as items:  # type: ignore[type-var] # it is a generator
        async for item in items:
            if isinstance(item, Summary):
                return item
    raise AssertionError("a stream ends with its Summary")


def _knows(row: Row, summary: Summary) -> bool:
    return any(has(summary.summary, fact) for fact in row.fact)


# --- Tables ---


def _print_searched(rows: Sequence[Row], searched: Sequence[Searched]) -> None:
    print("\n| documents | n | retrieved | unrelated passages retrieved for |\n|---|---|---|---|")
    for name, numbers in _groups(rows):
        of_group = [searched[number] for number in numbers]
        columns = (one.needed for one in of_group), (one.unrelated > 0 for one in of_group)
        print(f"| {name} | {len(of_group)} | {' | '.join(map(_share, columns))} |")


def _print_summarized(rows: Sequence[Row], summarized: Sequence[Summarized], style: str) -> None:
    print(f"\n| style {style} | n | in the prompt | cited | knows | knows without | changed by unrelated", end="")
    print(" | unrelated in the prompt |\n|---|---|---|---|---|---|---|---|")
    for name, numbers in _groups(rows):
        of_group = [summarized[number] for number in numbers]
        columns = (
            (one.prompted for one in of_group),
            (one.cited for one in of_group),
            (one.knows for one in of_group),
            (one.knows_without for one in of_group),
            (one.changed for one in of_group),
            (one.unrelated > 0 for one in of_group),
        )
        print(f"| {name} | {len(of_group)} | {' | '.join(map(_share, columns))} |")


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[int]]]:
    held_out = [number for number, row in enumerate(rows) if is_held_out(row)]
    development = [number for number, row in enumerate(rows) if not is_held_out(row)]
    return [("development", development), ("held out", held_out), ("all", list(range(len(rows))))]


def _share(values: Iterable[bool]) -> str:
    listed = list(values)
    return f"{sum(listed)} ({sum(listed) / len(listed):.0%})"


if __name__ == "__main__":
    asyncio.run(main())
