"""A chunk as a row of a table, and back.

Knows: the columns. Knows nothing of where the table is, or how it is searched.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.records import Chunk

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = ("source", "number", "title", "headings", "start", "end", "text", "metadata")  # what a Chunk is made of
SEARCHABLE = "searchable"  # what BM25 sees
FILTERS = "filters"  # a mark for each pair of the metadata
VECTOR = "vector"


def chunk_schema(dimension: int) -> "pa.Schema":
    """The columns of a table of chunks."""
    import pyarrow as pa

    return pa.schema(
        {
            "source": pa.string(),
            "number": pa.int64(),
            "title": pa.string(),
            "headings": pa.list_(pa.string()),
            "start": pa.int64(),
            "end": pa.int64(),
            "text": pa.string(),
            "metadata": pa.string(),  # an object in JSON
            SEARCHABLE: pa.string(),
            FILTERS: pa.list_(pa.string()),
            VECTOR: pa.list_(pa.float32(), dimension),
        }
    )


def source_schema() -> "pa.Schema":
    """The columns of a table of sources."""
    import pyarrow as pa

    return pa.schema({"id": pa.string(), "digest": pa.string()})


def to_table(chunks: Sequence[Chunk], searchable: Sequence[str], vectors: np.ndarray) -> "pa.Table":
    """Chunks, what they are found by, and their vectors [n, dimension], in the same order."""
    import pyarrow as pa

    dimension = vectors.shape[1]
    assert len(chunks) == len(searchable) == len(vectors)
    return pa.table(
        {
            "source": [chunk.source for chunk in chunks],
            "number": [chunk.number for chunk in chunks],
            "title": [chunk.title for chunk in chunks],
            "headings": [list(chunk.headings) for chunk in chunks],
            "start": [chunk.start for chunk in chunks],
            "end": [chunk.end for chunk in chunks],
            "text": [chunk.text for chunk in chunks],
            "metadata": [json.dumps(dict(chunk.metadata), sort_keys=True) for chunk in chunks],
            SEARCHABLE: list(searchable),
            FILTERS: [[_mark(*pair) for pair in chunk.metadata.items()] for chunk in chunks],
            VECTOR: pa.FixedSizeListArray.from_arrays(pa.array(vectors.astype(np.float32).ravel()), dimension),
        },
        schema=chunk_schema(dimension),
    )


def to_chunk(row: Mapping[str, Any]) -> Chunk:
    """The chunk of a row that has at least the columns SHOWN."""
    values = {name: row[name] for name in SHOWN}
    return Chunk(**values | {"headings": tuple(row["headings"]), "metadata": json.loads(row["metadata"])})


def vectors_of(column: "pa.ChunkedArray") -> np.ndarray:
    """The vectors of a column VECTOR, float32 [n, dimension]."""
    joined = column.combine_chunks()
    return np.asarray(joined.flatten().to_numpy(zero_copy_only=False)).reshape(len(joined), -1)


def fields(metadata: Iterable[str]) -> set[str]:
    """The names of what the column `metadata` holds."""
    return {name for one in metadata for name in json.loads(one)}


def condition(where: Mapping[str, str]) -> str:
    """What a row must meet, in SQL, so that its metadata has all pairs of `where`, no character of which is in it."""
    return " AND ".join(f"array_has({FILTERS}, '{_mark(*pair)}')" for pair in where.items())


def _mark(name: str, value: str) -> str:
    """A pair as 32 hexadecimal digits: equal for equal pairs only, and the same whatever characters they have."""
    return hashlib.sha256(json.dumps([name, value]).encode()).hexdigest()[:32]
