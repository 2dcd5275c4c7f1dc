"""Make an index, and change it, so that there is a whole one at every moment.

Knows: how the data is written, indexed, and made valid by one rename. Knows nothing of documents, models or searches.

An update writes new data beside the old: what stays is copied, vectors and all, what is added is appended, and the
indices are built over all of it. That costs a minute at 100,000 chunks, most of it HNSW, and buys that a crash leaves
nothing half done, that what was removed is no longer on the disk, and that an old index searches like a new one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval import columns
from retrieval import manifest as manifests
from retrieval.index import CHUNKS, SOURCES, Index
from retrieval.manifest import Manifest
from retrieval.records import Chunk
from storage.folders import whole
from storage.writing import writing

if TYPE_CHECKING:
    import pyarrow as pa

EXACT = 20_000  # chunks up to which every vector is compared: a graph is not worth its making
_ROWS = 4_096  # written at once; each write is a commit and a file
_NOTHING = timedelta(milliseconds=1)  # the age of old versions that are kept


@dataclass(frozen=True)
class Batch:
    """What is added at once. A source may go on in the next batch."""

    sources: Mapping[str, str]  # id and digest of those that begin here; one without chunks is remembered too
    chunks: Sequence[Chunk]
    searchable: Sequence[str] = field(repr=False)  # of each chunk: what BM25 sees
    vectors: np.ndarray = field(repr=False)  # of each chunk: float32 [n, dimension], unit length


def update(
    folder: Path,
    *,
    embedding: str,
    dimension: int,
    batches: Iterable[Batch] = (),
    removed: Collection[str] = (),
) -> Manifest:
    """Add and remove sources, or make an index where there is none. An added source replaces the one with its id.

    When it returns, the new index is valid; when it raises or the process dies, the old one still is. Updates wait
    for one another. Raises UserError E4002 when `folder` holds something else, or an index that is damaged, and E4003
    when its vectors are another model's; Fault E5006 when the disk cannot be written.
    """
    with writing("the index"), _locked(folder):
        old = _open(folder, embedding)
        manifests.sweep(folder, keep=old.manifest.data if old else "")
        data = manifests.next_data(folder)
        with whole(folder / data) as unfinished:
            counts = _write(unfinished, dimension, batches, old, removed)
        made = Manifest(
            embedding=embedding,
            dimension=dimension,
            created=datetime.now(UTC),
            data=data,
            files=manifests.describe_files(folder, data),
            **counts,
        )
        manifests.replace(folder, made)
        del old  # which held its data
        manifests.sweep(folder, keep=data)
    return made


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the one lock of writers, in a folder that is made for it."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / manifests.LOCK):
        yield


def _open(folder: Path, embedding: str) -> Index | None:
    if not manifests.exists(folder):
        manifests.require_ours(folder)
        return None
    return Index.open(folder, embedding)


def _write(
    data: Path, dimension: int, batches: Iterable[Batch], old: Index | None, removed: Collection[str]
) -> dict[str, Any]:
    """Write the new index's data, and return what its manifest says of it."""
    import lancedb
    import pyarrow as pa

    database = lancedb.connect(data)
    chunks = database.create_table(CHUNKS, schema=columns.chunk_schema(dimension))
    sources = database.create_table(SOURCES, schema=columns.source_schema())
    digests: dict[str, str] = {}
    fields: set[str] = set()
    for table in _large(_all_rows(batches, digests, dimension, old, removed)):
        fields |= columns.fields(table["metadata"].unique().to_pylist())
        chunks.add(table)
    sources.add(pa.table([list(digests), list(digests.values())], schema=columns.source_schema()))
    _index(chunks)
    _tidy(sources)
    return {"sources": len(digests), "chunks": chunks.count_rows(), "fields": tuple(sorted(fields))}


def _all_rows(
    batches: Iterable[Batch], digests: dict[str, str], dimension: int, old: Index | None, removed: Collection[str]
) -> Iterator["pa.Table"]:
    """The rows of `batches`, then those of `old` that stay; what sources they are of is put into `digests`."""
    for batch in batches:
        assert batch.vectors.shape == (len(batch.chunks), dimension)
        digests |= batch.sources
        assert digests.keys() >= {chunk.source for chunk in batch.chunks}
        yield columns.to_table(batch.chunks, batch.searchable, batch.vectors)
    if old is not None:
        stay = {name: digest for name, digest in old.sources().items() if name not in removed and name not in digests}
        digests |= stay
        yield from old.rows(stay)


def _large(tables: Iterable["pa.Table"]) -> Iterator["pa.Table"]:
    """The same rows in tables of at least _ROWS, but for the last."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= _ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if any(map(len, waiting)):
        yield pa.concat_tables(waiting)


def _index(chunks: Any) -> None:
    """Build the indices, when all rows are there: rows that come later are in none and slow every search."""
    from lancedb.index import FTS, BTree, HnswSq, LabelList

    _tidy(chunks)  # into one file before it is indexed: an index names rows by where they are
    count = chunks.count_rows()
    if count:
        chunks.create_index(columns.SEARCHABLE, config=FTS(language="English", stem=True, remove_stop_words=True))
        chunks.create_index(columns.FILTERS, config=LabelList())
        chunks.create_index("source", config=BTree())  # by which the vectors of found chunks are looked up
    if count > EXACT:
        chunks.create_index(columns.VECTOR, config=HnswSq(distance_type="cosine"))
    _tidy(chunks)


def _tidy(table: Any) -> None:
    table.optimize(cleanup_older_than=_NOTHING, delete_unverified=True)  # nobody else knows this data yet
