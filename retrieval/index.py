"""An index that is searched: many readers at once, of a folder that nobody writes to.

Knows: BM25 and nearest vectors, under a filter, and whether the data is whole. Knows nothing of how they are fused,
of models, or of how an index comes to be. LanceDB is imported when an index is opened, which takes seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from errors import UserError
from retrieval import columns
from retrieval import manifest as manifests
from retrieval.manifest import Manifest
from retrieval.records import Chunk, Hit, Key

if TYPE_CHECKING:
    import pyarrow as pa

CHUNKS, SOURCES = "chunks", "sources"  # the tables
_ANYTHING: Mapping[str, str] = MappingProxyType({})
_REFINE = 2  # times k that the graph finds, whose vectors are bytes, are ranked again by the vectors themselves
_EFFORT = 4  # times k candidates are kept while the graph is walked, and no fewer than for 50: recall at little cost


class Index:
    """The chunks of a documentation, found by their words and by their vectors.

    Pickled as its folder, which a process opens once: who pickles it holds it meanwhile.
    """

    manifest: Manifest

    def __init__(self, folder: Path) -> None:
        import lancedb
        from lancedb.background_loop import LOOP  # on which its own calls that wait are run, too

        self._folder = folder
        self._loop = cast(Any, LOOP)
        self.manifest = manifests.read_and_hold(folder, holder=self)
        manifests.require_files(folder, self.manifest)
        try:
            database = lancedb.connect(f"{folder}/{self.manifest.data}")
            self._chunks: Any = database.open_table(CHUNKS)
            self._sources: Any = database.open_table(SOURCES)
            self._searched: Any = self._loop.run(_open_table(f"{folder}/{self.manifest.data}"))
            self._require_whole()
        except UserError:
            raise
        except Exception:  # LanceDB's own say where in its source, and never what to do
            raise UserError("E4002", "the index's data cannot be opened") from None

    @classmethod
    def open(cls, folder: Path, embedding: str | None = None) -> "Index":
        """Open the index in `folder`.

        Raises UserError E4002 when it is none, and E4003 when another model than `embedding` made its vectors.
        """
        index = cls(folder)
        if embedding is not None:
            manifests.require_model(index.manifest, embedding)
        return index

    def __reduce__(self) -> "tuple[Callable[[Path], Index], tuple[Path]]":
        return _opened, (self._folder,)

    def search(
        self, queries: Sequence[str], vectors: np.ndarray, k: int, where: Mapping[str, str] = _ANYTHING
    ) -> tuple[list[list[Hit]], list[list[Hit]]]:
        """Return what `search_text` and `search_vectors` do, both at once."""
        condition = self._condition(where)
        lexical, nearest = self._loop.run(
            _both(self._texts(queries, k, condition), self._nearest(vectors, k, condition))
        )
        return lexical, nearest

    def search_text(self, queries: Sequence[str], k: int, where: Mapping[str, str] = _ANYTHING) -> list[list[Hit]]:
        """For each query, words in any form, the `k` chunks best by BM25, best first. Score: BM25, over 0.

        Only chunks whose metadata has every pair of `where` are ranked. Raises UserError E4006 for a field that no
        chunk has.
        """
        found: list[list[Hit]] = self._loop.run(self._texts(queries, k, self._condition(where)))
        return found

    def search_vectors(self, vectors: np.ndarray, k: int, where: Mapping[str, str] = _ANYTHING) -> list[list[Hit]]:
        """For each vector of [n, dimension], the `k` chunks nearest, nearest first. Score: cosine. `where` as above."""
        found: list[list[Hit]] = self._loop.run(self._nearest(vectors, k, self._condition(where)))
        return found

    def vectors(self, chunks: Sequence[Chunk]) -> np.ndarray:
        """The vectors of chunks that a search of this index found, float32 [n, dimension]."""
        if not chunks:
            return np.empty((0, self.manifest.dimension), dtype=np.float32)
        table = self._look_up([chunk.key for chunk in chunks], ["source", "number", columns.VECTOR])
        keys = zip(table["source"].to_pylist(), table["number"].to_pylist(), strict=True)
        places = {key: row for row, key in enumerate(keys)}
        return columns.vectors_of(table[columns.VECTOR])[[places[chunk.key] for chunk in chunks]]

    def chunks(self, keys: Collection[Key]) -> dict[Key, Chunk]:
        """Those of the chunks that there are."""
        found = map(columns.to_chunk, self._look_up(keys, list(columns.SHOWN)).to_pylist() if keys else ())
        return {chunk.key: chunk for chunk in found if chunk.key in keys}

    def _look_up(self, keys: Collection[Key], columns: list[str]) -> "pa.Table":
        """The rows of these sources that have any of these numbers."""
        from lancedb.expr import col

        wanted = col("source").isin(sorted({source for source, _ in keys}))
        wanted &= col("number").isin(sorted({number for _, number in keys}))
        return self._chunks.search().where(wanted).select(columns).to_arrow()

    def sources(self) -> dict[str, str]:
        """Every source's id and digest."""
        table = self._sources.to_arrow()
        return dict(zip(table["id"].to_pylist(), table["digest"].to_pylist(), strict=True))

    def rows(self, sources: Collection[str]) -> Iterator["pa.Table"]:
        """All that is stored of the chunks of `sources`, in tables of bounded size: what an update copies."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(list(sources), pa.string())
        names = columns.chunk_schema(self.manifest.dimension).names
        for batch in self._chunks.search().select(names).to_batches(batch_size=1_024):
            table = pa.Table.from_batches([batch])
            yield table.filter(pc.is_in(table["source"], wanted))

    def tokens(self, text: str) -> int:
        """How many words of `text` the text index would know."""
        return len(list(self._chunks.tokenize(text, column=columns.SEARCHABLE)))

    def _condition(self, where: Mapping[str, str]) -> str:
        for name in where:
            if name not in self.manifest.fields:
                raise UserError("E4006", f"no passage has the field {name[:40]!r}; {len(self.manifest.fields)} exist")
        return columns.condition(where)

    async def _texts(self, queries: Sequence[str], k: int, condition: str) -> list[list[Hit]]:
        if not self.manifest.chunks:
            return [[] for _ in queries]
        return await asyncio.gather(*(self._text(query, k, condition) for query in queries))

    async def _text(self, query: str, k: int, condition: str) -> list[Hit]:
        from lancedb.query import MatchQuery

        # An object of one column and plain words: nothing in them is an operator.
        words = MatchQuery(query.encode(errors="replace").decode(), columns.SEARCHABLE)  # type: ignore[call-arg]
        found = await _run(self._searched.query().nearest_to_text(words), k, condition, "_score")
        return _ranked([Hit(columns.to_chunk(row), row["_score"]) for row in found])

    async def _nearest(self, vectors: np.ndarray, k: int, condition: str) -> list[list[Hit]]:
        assert vectors.ndim == 2
        assert vectors.shape[1] == self.manifest.dimension
        found: list[list[Hit]] = [[] for _ in vectors]
        if not self.manifest.chunks or not len(vectors):
            return found
        query = self._searched.query().nearest_to(list(vectors.astype(np.float32))).column(columns.VECTOR)
        query = query.distance_type("cosine").refine_factor(_REFINE).ef(_EFFORT * max(k, 50))
        for row in await _run(query, k, condition, "_distance"):
            found[row.get("query_index", 0)].append(Hit(columns.to_chunk(row), 1.0 - row["_distance"]))
        return [_ranked(hits) for hits in found]

    def _require_whole(self) -> None:
        """Raise UserError E4002 unless the tables hold what the manifest says, and every row is indexed."""
        counts = self._chunks.count_rows(), self._sources.count_rows()
        if counts != (self.manifest.chunks, self.manifest.sources):
            raise UserError(
                "E4002",
                f"there are {counts[0]:,} chunks of {counts[1]:,} sources; "
                f"the manifest says {self.manifest.chunks:,} of {self.manifest.sources:,}",
            )
        if self._chunks.schema != columns.chunk_schema(self.manifest.dimension):
            raise UserError("E4002", "the index's table has other columns than the manifest says")
        indices = {column: index for index in self._chunks.list_indices() for column in index.columns}
        if self.manifest.chunks and not indices.keys() >= {columns.SEARCHABLE, columns.FILTERS}:
            raise UserError("E4002", f"the index has {len(indices)} of its indices; text and filters must have one")
        unindexed = max((index.num_unindexed_rows for index in indices.values()), default=0)
        if unindexed:
            raise UserError("E4002", f"{unindexed:,} of {self.manifest.chunks:,} rows are in no index")


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Index:
    return Index(folder)


def verify(folder: Path) -> None:
    """Look at everything. Raises UserError E4002 with what is wrong: files, counts, rows without index, vectors."""
    index = Index.open(folder)
    manifests.require_digests(folder, index.manifest)
    known = index.sources()
    counted = 0
    for table in index.rows(known):
        counted += len(table)
        _require_findable(index, table)
    if counted != index.manifest.chunks:
        raise UserError("E4002", f"{index.manifest.chunks - counted:,} chunks are of sources that the index lacks")


def _require_findable(index: Index, table: "pa.Table") -> None:
    """Raise UserError E4002 unless all vectors have length 1, and both indices find the table's first row."""
    if not len(table):
        return
    vectors = columns.vectors_of(table[columns.VECTOR])
    wrong = int((~(np.abs(np.linalg.norm(vectors, axis=1) - 1) < 1e-3)).sum())  # true for NaN too
    if wrong:
        raise UserError("E4002", f"{wrong:,} of {len(table):,} vectors are not of length 1")
    if not (nearest := index.search_vectors(vectors[:1], 1)[0]) or nearest[0].score < 0.99:
        raise UserError("E4002", "the vectors' index does not find what it holds")
    words = table[columns.SEARCHABLE][0].as_py()
    if index.tokens(words) and not index.search_text([words], 1)[0]:
        raise UserError("E4002", "the text's index does not find what it holds")


async def _open_table(data: str) -> Any:
    """The table of chunks as one that many searches wait for at once: half a hundred, in one thread."""
    import lancedb

    return await (await lancedb.connect_async(data)).open_table(CHUNKS)


async def _both(
    lexical: Awaitable[list[list[Hit]]], nearest: Awaitable[list[list[Hit]]]
) -> tuple[list[list[Hit]], list[list[Hit]]]:
    return await asyncio.gather(lexical, nearest)


async def _run(query: Any, k: int, condition: str, score: str) -> list[dict[str, Any]]:
    """The rows of the best `k`, ranked among those that meet `condition`."""
    if condition:
        query = query.where(condition)  # before it ranks
    table = await query.limit(k).select([*columns.SHOWN, score]).to_arrow()
    found: list[dict[str, Any]] = table.select([name for name in table.schema.names if name != "_rowid"]).to_pylist()
    return found


def _ranked(hits: list[Hit]) -> list[Hit]:
    """Best first, and of equals always the same first."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk.source, hit.chunk.number))
