"""What `precis knowledge search`, `stats` and `verify` do with an index.

Knows: how a person wants to read an index and what it finds. Knows nothing of argument parsing, or how one is made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.record import Record
from errors import UserError, as_json
from retrieval import manifest, search
from retrieval.background import readable
from retrieval.manifest import Manifest
from retrieval.records import Chunk, Hit
from retrieval.search import ANYTHING

if TYPE_CHECKING:
    from retrieval.embed import Embedder

_QUERIES = 256  # embedded at once
_SEARCHES = 4  # at once


def stats(folder: Path) -> dict[str, str]:
    """Return what an index holds and was made with, as a person reads it. Raises UserError E4002."""
    made = manifest.read(folder)
    return {
        "sources": f"{made.sources:,}",
        "chunks": f"{made.chunks:,}",
        "embedding": f"{made.embedding}, {made.dimension} dimensions",
        "fields": ", ".join(made.fields) or "none",
        "created": made.created.isoformat(timespec="seconds"),
        "size": f"{sum(file.size for file in made.files.values()) / 1e6:,.1f} MB",
        "format": str(made.format),
    }


def verify(folder: Path) -> Manifest:
    """Read all of an index, and return its manifest. Raises UserError E4002 with what is wrong."""
    from retrieval import index

    index.verify(folder)
    return manifest.read(folder)


def pair(text: str) -> tuple[str, str]:
    """Return the two sides of `key=value`. Raises UserError E4006 when it has none."""
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise UserError("E4006", f"a filter of {len(text)} characters is not of the form key=value")
    return key, value


def place(one: Chunk) -> str:
    """Return where a passage stands, as a person reads it."""
    headings = " > ".join(one.headings) or one.title
    return f"{one.source}, chunk {one.number}, characters {one.start:,} to {one.end:,}: {headings}"


def find(folder: Path, model: "Embedder", question: str, k: int, where: Mapping[str, str] = ANYTHING) -> list[Hit]:
    """Return the `k` passages of an index that are best for a question, best first. Raises E4002, E4003 and E4006."""
    from retrieval.index import Index

    index = Index.open(folder, model.identity)
    texts = readable([question], model)
    return search.search(index, texts, model.encode(texts), k=k, where=where, one_per_source=True)


def find_lines(
    folder: Path, model: "Embedder", records: Iterable[Record], k: int, where: Mapping[str, str] = ANYTHING
) -> Iterator[str]:
    """Yield for each row {id, text} a line {id, hits: [{source, chunk, score}]} of what `find` finds, in their order.

    A row that is none has a line {id, line, error: {code, message}} and stops no other. Raises UserError E4002, E4003
    and E4006.
    """
    import numpy as np

    from retrieval.index import Index

    index = Index.open(folder, model.identity)
    rows = iter(records)
    with ThreadPoolExecutor(_SEARCHES) as pool:
        while block := list(islice(rows, _QUERIES)):
            texts = [readable([row.cells["text"]], model) for row in block if _error(row) is None]
            encoded = iter(model.encode(list(chain.from_iterable(texts))))
            vectors = [np.stack(list(islice(encoded, len(parts)))) for parts in texts]
            found = pool.map(partial(search.search, index, k=k, where=where, one_per_source=True), texts, vectors)
            for row in block:
                yield json.dumps({"id": row.id, **_line(row, found)}, ensure_ascii=False)


def _line(row: Record, found: Iterator[list[Hit]]) -> dict[str, Any]:
    """What is said of a row; its hits are the next that were found."""
    if error := _error(row):
        return {"line": row.line, "error": as_json(error)}
    return {
        "hits": [{"source": hit.chunk.source, "chunk": hit.chunk.number, "score": hit.score} for hit in next(found)]
    }


def _error(row: Record) -> UserError | None:
    text = row.cells.get("text")
    if row.error is None and (row.id is None or not isinstance(text, str) or not text.strip()):
        return row.bad("it must have an id and a text")
    return row.error
