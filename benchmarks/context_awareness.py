"""How often a summary gets, sees and cites the page that it needs, and whether unrelated knowledge leaves it alone.

    python -m benchmarks.context_awareness                     # the embedded models: half an hour and more
    python -m benchmarks.context_awareness --sets warehouse
    python -m benchmarks.context_awareness --retrieval-only    # searches alone: a minute
    python -m benchmarks.context_awareness --model qwen3-4b --style executive --misses

`context/` (its README says what it holds) has three sets of documents that mention what only one page of a
documentation explains. A passage counts when it is of that page and has the words that explain it: "retrieved" when
the search returns it, "in the prompt" when it stood beside the document, "cited" when the summary points to it. "Knows"
is the share of summaries that say the fact, with knowledge and without. "Changed by unrelated" counts summaries that
are other words when the knowledge is a bakery's and a choir's; "another's" is the documentation of another set, whose
letters and tickets are of the same kind.
"""

import argparse
import asyncio
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import machine
from contract.request import SummaryRequest
from contract.results import Summary
from indexing import update
from indexing.library import load_embedder
from pipeline import Pipeline
from retrieval.background import background
from retrieval.embed import Embedder
from retrieval.index import Index
from retrieval.records import Hit
from styles import catalog
from weights import load

FOLDER = Path(__file__).with_name("context")
SETS = ("warehouse", "payroll", "laboratory")
UNRELATED = FOLDER / "unrelated"


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
    another: int  # passages of another set's
    words: int  # of its own documentation, all passages together


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
    arguments = _arguments()
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
    sets = {name: load_set(name) for name in arguments.sets}
    with tempfile.TemporaryDirectory() as folder:
        model = load_embedder(*load.find_embedding_model())
        print(f"# {machine.describe()}; {model.identity}")
        origins = {name: documentation_of(name) for name in SETS} | {UNRELATED.name: UNRELATED}
        indices = {name: Path(folder, name) for name in origins}
        for name, origin in origins.items():
            print(f"# {name}: {update.build(origin, indices[name], model)}")
        searched = {name: _search(name, rows, indices, model, arguments.max_passages) for name, rows in sets.items()}
        _print_searched(searched)
        if arguments.misses:
            _print_misses("not retrieved", sets, {name: [one.needed for one in of] for name, of in searched.items()})
        if arguments.retrieval_only:
            return
        pipeline = await Pipeline.load()
        wanted = {"style": arguments.style, "max_passages": arguments.max_passages}
        other = _pack(indices[UNRELATED.name])
        summarized = {
            name: [await _summarize(pipeline, row, _pack(indices[name]), other, wanted) for row in rows]
            for name, rows in sets.items()
        }
        await pipeline.close()
        _print_summarized(summarized, arguments.style)
        if arguments.misses:
            _print_misses("changed", sets, {name: [not one.changed for one in of] for name, of in summarized.items()})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--model", help="what PRECIS_MODEL takes: an alias, a folder, or owner/name@revision")
    parser.add_argument("--style", default="general", choices=list(catalog.load_all()))
    parser.add_argument("--retrieval-only", action="store_true", help="search, and generate nothing")
    parser.add_argument("--misses", action="store_true", help="name the documents that went wrong")
    parser.add_argument("--max-passages", type=int, default=SummaryRequest.model_fields["max_passages"].default)
    return parser.parse_args()


# --- The sets ---


def documentation_of(name: str) -> Path:
    """Return the folder of a set's pages."""
    return FOLDER / name / "documentation"


def load_set(name: str) -> list[Row]:
    """Return a set's documents."""
    lines = (FOLDER / name / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return [_row(**json.loads(line)) for line in lines]


def _row(*, id: str, kind: str, text: str, needs: dict[str, str], fact: list[str]) -> Row:  # noqa: A002 (its name)
    return Row(id, kind, text, needs["source"], needs["quote"], tuple(fact))


def has(text: str, words: str) -> bool:
    """Whether `text` has `words`, whole, however they are wrapped and whatever their case."""
    pattern = r"\s+".join(map(re.escape, words.casefold().split()))
    return bool(re.search(rf"(?<!\w){pattern}(?!\w)", text.casefold()))


def holds(row: Row, source: str, text: str) -> bool:
    """Whether a passage of `source` says what the document leaves unsaid."""
    return source == row.source and has(text, row.quote)


# --- Searches alone ---


def _search(name: str, rows: Sequence[Row], indices: Mapping[str, Path], model: Embedder, k: int) -> list[Searched]:
    own, unrelated = Index.open(indices[name]), Index.open(indices[UNRELATED.name])
    another = Index.open(indices[SETS[SETS.index(name) - 1]])
    return [
        Searched(
            needed=any(holds(row, hit.chunk.source, hit.chunk.text) for hit in found),
            unrelated=len(_hits(unrelated, model, row, k)),
            another=len(_hits(another, model, row, k)),
            words=sum(len(hit.chunk.text.split()) for hit in found),
        )
        for row in rows
        for found in (_hits(own, model, row, k),)
    ]


def _hits(index: Index, model: Embedder, row: Row, k: int) -> list[Hit]:
    """What the pipeline asks for."""
    return background(index, model, row.text, "", k=k)


# --- Summaries, through the pipeline ---


def _pack(index: Path) -> Path:
    """Return an index as a request carries it."""
    archive = index.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(index, index.name)
    return archive


async def _summarize(pipeline: Pipeline, row: Row, needed: Path, unrelated: Path, wanted: dict[str, Any]) -> Summarized:
    """Its plain summary is made twice: beside others, or with a cached prefix, it may round to other words."""
    request = SummaryRequest(text=row.text, temperature=0.0, output_format="json", **wanted)
    await _summary(pipeline, request)  # from now on its prompt is in the prefix cache
    plain = await _summary(pipeline, request)
    knowing = await _summary(pipeline, request.model_copy(update={"knowledge": needed}))
    other = await _summary(pipeline, request.model_copy(update={"knowledge": unrelated}))
    passages = [passage for passage in knowing.passages or () if holds(row, passage.source, passage.text)]
    return Summarized(
        prompted=bool(passages),
        cited=any(passage.cited for passage in passages),
        knows=_knows(row, knowing),
        knows_without=_knows(row, plain),
        changed=other.summary != plain.summary,
        unrelated=len(other.passages or ()),
    )


async def _summary(pipeline: Pipeline, request: SummaryRequest) -> Summary:
    async with aclosing(pipeline.stream(request)) as items:  # type: ignore[type-var] # it is a generator
        async for item in items:
            if isinstance(item, Summary):
                return item
    raise AssertionError("a stream ends with its Summary")


def _knows(row: Row, summary: Summary) -> bool:
    return any(has(summary.summary, fact) for fact in row.fact)


# --- Tables ---


def _print_searched(searched: Mapping[str, Sequence[Searched]]) -> None:
    print("\n| set | n | retrieved | words | unrelated is retrieved for | another's |\n|---|---|---|---|---|---|")
    for name, of_set in _with_all(searched):
        words = sum(one.words for one in of_set) / len(of_set)
        columns = (one.unrelated > 0 for one in of_set), (one.another > 0 for one in of_set)
        needed = _share(one.needed for one in of_set)
        print(f"| {name} | {len(of_set)} | {needed} | {words:,.0f} | {' | '.join(map(_share, columns))} |")


def _print_summarized(summarized: Mapping[str, Sequence[Summarized]], style: str) -> None:
    print(f"\n| style {style} | n | in the prompt | cited | knows | knows without | changed by unrelated", end="")
    print(" | unrelated in the prompt |\n|---|---|---|---|---|---|---|---|")
    for name, of_set in _with_all(summarized):
        columns = (
            (one.prompted for one in of_set),
            (one.cited for one in of_set),
            (one.knows for one in of_set),
            (one.knows_without for one in of_set),
            (one.changed for one in of_set),
            (one.unrelated > 0 for one in of_set),
        )
        print(f"| {name} | {len(of_set)} | {' | '.join(map(_share, columns))} |")


def _print_misses(what: str, sets: Mapping[str, Sequence[Row]], right: Mapping[str, Sequence[bool]]) -> None:
    for name, rows in sets.items():
        wrong = [row.id for row, is_right in zip(rows, right[name], strict=True) if not is_right]
        print(f"{what}, {name}: {', '.join(wrong) or 'none'}")


Result = TypeVar("Result")


def _with_all(results: Mapping[str, Sequence[Result]]) -> list[tuple[str, list[Result]]]:
    of_each = [(name, list(of_set)) for name, of_set in results.items()]
    return of_each if len(of_each) == 1 else [*of_each, ("all", [one for _, of_set in of_each for one in of_set])]


def _share(values: Iterable[bool]) -> str:
    listed = list(values)
    return f"{sum(listed)} ({sum(listed) / len(listed):.0%})"


if __name__ == "__main__":
    asyncio.run(main())
