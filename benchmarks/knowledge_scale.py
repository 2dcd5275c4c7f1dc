"""What an index of many chunks costs to make, to open and to search, and how much of the exact result it finds.

    python -m benchmarks.knowledge_scale                  # 100,000 chunks; three minutes, half a GB of disk twice
    python -m benchmarks.knowledge_scale --chunks 5000    # under the size from which vectors have a graph: exact

Texts are runs of words from SciFact's abstracts, 150 words to a chunk; text queries are its claims. Vectors are made: a
topic (one of 2,000), a document (ten chunks), the chunk itself, each drawn with variances that fall off as those of
sentence embeddings do (axis i has i^-0.7 of the first), all on the sphere. A query is a new chunk of some document, so
its neighbours are near but none is the same. "Exact" compares every vector, in numpy. Building and opening happen in
processes of their own, whose memory and imports are theirs. No embedding is timed.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.sets import DATA, present
from indexing.store import Batch, update
from retrieval.index import Index, verify
from retrieval.records import Chunk, Hit

DIMENSION = 384
CHUNKS_A_DOCUMENT = 10
TOPICS = 2_000
WORDS, RUNS = 150, 3  # of a chunk, and how many abstracts they are from
BATCH = 1_000
QUERIES = 150
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl")  # a field that a seventh of the documents have the value of
FILTERS: tuple[dict[str, str], ...] = ({}, {"language": "de"}, {"document": "document 7"})
MODEL = "made:0000000000000000"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    help_ = "has corpus.jsonl and queries.jsonl, as SciFact does"
    parser.add_argument("--folder", type=Path, default=DATA / "retrieval" / "scifact", help=help_)
    options = parser.parse_args()
    count, corpus = options.chunks, present(options.folder / "corpus.jsonl")
    claims = [json.loads(line)["text"] for line in (options.folder / "queries.jsonl").open()][:QUERIES]
    print(machine.describe())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "knowledge"
        seconds, before, peak = _alone(partial(_build, corpus), folder, count)
        print(
            f"build: {count:,} chunks in {seconds:.1f} s, peak memory {peak:,.0f} MiB ({before:,.0f} before it began)"
        )
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(
            f"disk: {size / 2**20:,.0f} MiB, {size / count:,.0f} bytes a chunk ({DIMENSION * 4:,} of them the vector)"
        )
        importing, opening, first = _alone(_open, folder, count)
        print(f"open: {opening:.3f} s, the first hybrid search {first:.3f} s; importing lancedb {importing:.1f} s")
        _search(folder, count, Texts(corpus), claims)
        started = time.perf_counter()
        verify(folder)
        print(f"verify: {time.perf_counter() - started:.1f} s")
        changed, _, _ = _alone(partial(_change, corpus), folder, count)
        print(f"add one document, remove another: {changed:.1f} s")


def _alone(
    work: Callable[[Path, int], tuple[float, float, float]], folder: Path, count: int
) -> tuple[float, float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (folder, count))


def _build(corpus: Path, folder: Path, count: int) -> tuple[float, float, float]:
    import lancedb  # noqa: F401 (its import is no part of building)

    texts = Texts(corpus)
    before = _peak()
    started = time.perf_counter()
    update(folder, embedding=MODEL, dimension=DIMENSION, batches=_batches(texts, 0, count))
    return time.perf_counter() - started, before, _peak()


def _open(folder: Path, count: int) -> tuple[float, float, float]:
    started = time.perf_counter()
    import lancedb  # noqa: F401 (what is timed)

    imported = time.perf_counter()
    index = Index.open(folder)
    opened = time.perf_counter()
    index.search_text(["cells"], 10)
    index.search_vectors(_queries(count)[:1], 10)
    return imported - started, opened - imported, time.perf_counter() - opened


def _change(corpus: Path, folder: Path, count: int) -> tuple[float, float, float]:
    import lancedb  # noqa: F401 (its import is no part of the change)

    batches = _batches(Texts(corpus), count, count + CHUNKS_A_DOCUMENT)
    started = time.perf_counter()
    update(folder, embedding=MODEL, dimension=DIMENSION, batches=batches, removed=["document 0"])
    return time.perf_counter() - started, 0.0, 0.0


def _search(folder: Path, count: int, texts: "Texts", claims: list[str]) -> None:
    index = Index.open(folder)
    paragraphs = [text for _, text in zip(range(QUERIES), texts.forever(7), strict=False)]
    queries = _queries(count)
    everything = np.concatenate([_vectors(start, min(start + BATCH, count)) for start in range(0, count, BATCH)])
    languages = np.array([_language(number) for number in range(count)])
    index.search_text(claims[:20], 10)
    index.search_vectors(queries[:20], 10)

    def one_text(k: int, where: dict[str, str], at: int) -> list[Hit]:
        return index.search_text([claims[at]], k, where)[0]

    def one_vector(k: int, where: dict[str, str], at: int) -> list[Hit]:
        return index.search_vectors(queries[at : at + 1], k, where)[0]

    def one_of_both(k: int, where: dict[str, str], at: int) -> object:
        return index.search([claims[at]], queries[at : at + 1], k, where)

    for k in (10, 100):  # what `knowledge search` shows, and what its search fuses
        for where in FILTERS:
            rows = np.arange(count)
            if "language" in where:
                rows = np.flatnonzero(languages == "de")
            elif where:
                rows = np.arange(7 * CHUNKS_A_DOCUMENT, 8 * CHUNKS_A_DOCUMENT)
            text = _times(partial(one_text, k, where))
            vector = _times(partial(one_vector, k, where))
            both = _times(partial(one_of_both, k, where))
            found = [one_vector(k, where, at) for at in range(QUERIES)]
            recall = _recall([[_row(hit.chunk) for hit in hits] for hits in found], everything, rows, queries, k)
            print(
                f"k={k} where {next(iter(where), 'none'):9}: hybrid {_shown(both)} (BM25 {_shown(text)}, "
                f"vectors {_shown(vector)}); recall@{k} of exact {recall:.4f}; {QUERIES} queries"
            )
    long = _times(lambda at: index.search_text([paragraphs[at]], 10))
    print(f"k=10 BM25 of a paragraph of {WORDS} words: {_shown(long)}")
    started = time.perf_counter()
    index.search_text(paragraphs[:40], 10)
    middle = time.perf_counter()
    index.search_vectors(queries[:40], 10)
    print(f"40 at once: BM25 of paragraphs {middle - started:.3f} s, vectors {time.perf_counter() - middle:.3f} s")
    hits = index.search_vectors(queries[:1], 50)[0]
    looked = _times(lambda at: index.vectors([hit.chunk for hit in hits]))
    print(f"vectors of 50 chunks: {_shown(looked)}")


def _times(work: Callable[[int], object]) -> np.ndarray:
    seconds = []
    for at in range(QUERIES):
        started = time.perf_counter()
        work(at)
        seconds.append(time.perf_counter() - started)
    return np.array(seconds)


def _shown(seconds: np.ndarray) -> str:
    return f"p50 {np.quantile(seconds, 0.5) * 1e3:.1f} p95 {np.quantile(seconds, 0.95) * 1e3:.1f} ms"


def _recall(found: list[list[int]], everything: np.ndarray, rows: np.ndarray, queries: np.ndarray, k: int) -> float:
    among = everything[rows]
    shares = []
    for numbers, query in zip(found, queries, strict=True):
        exact = rows[np.argsort(-(among @ query))[:k]]
        shares.append(len(set(numbers) & set(exact.tolist())) / len(exact))
    return float(np.mean(shares))


class Texts:
    """Texts of words as abstracts have them."""

    def __init__(self, corpus: Path) -> None:
        rows = (json.loads(line) for line in corpus.open())
        self._abstracts = [words for row in rows if len(words := row["text"].split()) > WORDS]

    def forever(self, seed: int) -> Iterator[str]:
        """Yield texts, the same for the same seed."""
        random = np.random.default_rng(seed)
        size = WORDS // RUNS
        while True:
            chosen = [self._abstracts[at] for at in random.integers(len(self._abstracts), size=RUNS)]
            starts = [int(random.integers(len(words) - size)) for words in chosen]
            yield " ".join(" ".join(words[start : start + size]) for words, start in zip(chosen, starts, strict=True))


def _batches(texts: Texts, first: int, last: int) -> Iterator[Batch]:
    for start in range(first, last, BATCH):
        end = min(start + BATCH, last)
        chunks = [_chunk(number, text) for number, text in zip(range(start, end), texts.forever(start), strict=False)]
        yield Batch(
            sources={chunk.source: "0" * 64 for chunk in chunks},
            chunks=chunks,
            searchable=[chunk.text for chunk in chunks],
            vectors=_vectors(start, end),
        )


def _chunk(row: int, text: str) -> Chunk:
    document, number = divmod(row, CHUNKS_A_DOCUMENT)
    name = f"document {document}"
    metadata = {"language": _language(row), "document": name}
    return Chunk(name, number + 1, name, ("Part",), number * 1_000, number * 1_000 + len(text), text, metadata)


def _row(chunk: Chunk) -> int:
    return int(chunk.source.removeprefix("document ")) * CHUNKS_A_DOCUMENT + chunk.number - 1


def _language(row: int) -> str:
    return LANGUAGES[row // CHUNKS_A_DOCUMENT % len(LANGUAGES)]


def _vectors(first: int, last: int) -> np.ndarray:
    documents = np.arange(first, last) // CHUNKS_A_DOCUMENT
    return _around(documents, np.random.default_rng(first + 1))


def _queries(count: int) -> np.ndarray:
    random = np.random.default_rng(2**31)
    return _around(random.integers(max(1, count // CHUNKS_A_DOCUMENT), size=QUERIES), random)


def _around(documents: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A new chunk of each document."""
    topics = _draw(np.random.default_rng(0), TOPICS)[documents % TOPICS]
    unique, place = np.unique(documents, return_inverse=True)
    centres = np.concatenate([_draw(np.random.default_rng(2**32 + int(one)), 1) for one in unique])[place]
    vectors = 0.6 * topics + 0.6 * centres + 0.6 * _draw(random, len(documents))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _draw(random: np.random.Generator, count: int) -> np.ndarray:
    return random.normal(size=(count, DIMENSION)) * np.arange(1, DIMENSION + 1) ** -0.35


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
