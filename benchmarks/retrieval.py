"""How well passages are found: BM25, vectors and both, on a set of questions with the documents that answer them.

    python -m benchmarks.retrieval [--folder benchmarks/data/retrieval/scifact]

The folder holds corpus.jsonl {id, title, text} and queries.jsonl {id, text, relevant}, as BEIR's SciFact does. A real
index is built in a temporary folder with the configured embedding model, which takes minutes. What is found are
chunks; a document ranks where its best chunk does. "Hybrid" is retrieval.search as `precis knowledge search` uses it,
with passages that repeat others passed over; "ranks" is reciprocal rank fusion, for comparison.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.sets import DATA, present
from computing import cores
from indexing import update
from indexing.library import load_embedder
from retrieval.index import Index
from retrieval.records import Hit, Key
from retrieval.search import search
from weights import load

CUT = 10  # documents that are looked at
DEPTH = 100  # chunks, so that there are as many documents as are looked at

Found = Callable[[str], Sequence[str]]  # ids of documents, best first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, default=DATA / "retrieval" / "scifact")
    folder = parser.parse_args().folder
    corpus, queries = present(folder / "corpus.jsonl"), _rows(present(folder / "queries.jsonl"))
    print(machine.describe())
    with tempfile.TemporaryDirectory() as temporary:
        started = time.perf_counter()
        embedder = load_embedder(*load.find_embedding_model(), cores.count())
        change = update.build(corpus, Path(temporary) / "index", embedder)
        print(f"{change} ({time.perf_counter() - started:.0f} s)")
        index = Index.open(Path(temporary) / "index")

        def lexical(text: str) -> list[Hit]:
            return index.search_text([text], DEPTH)[0]

        def dense(text: str) -> list[Hit]:
            return index.search_vectors(embedder.encode([text]), DEPTH)[0]

        def ranks(text: str) -> list[str]:
            scores = reciprocal_ranks([[hit.chunk.key for hit in by(text)] for by in (lexical, dense)])
            return [source for source, _ in sorted(scores, key=lambda key: -scores[key])]

        ways: dict[str, Found] = {
            "BM25": lambda text: _sources(lexical(text)),
            "vectors": lambda text: _sources(dense(text)),
            "ranks": ranks,
            "hybrid": lambda text: _sources(search(index, [text], embedder.encode([text]), k=CUT, one_per_source=True)),
        }
        print(f"| {len(queries)} queries | nDCG@{CUT} | recall@{CUT} |\n|---|---|---|")
        for name, find in ways.items():
            found = [(list(dict.fromkeys(find(row["text"])))[:CUT], set(row["relevant"])) for row in queries]
            print(f"| {name} | {mean(ndcg(*one) for one in found):.3f} | {mean(recall(*one) for one in found):.3f} |")


def reciprocal_ranks(rankings: Iterable[Sequence[Key]], constant: int = 60) -> dict[Key, float]:
    """Join rankings: what stands at rank r of one gets 1 / (constant + r) for it.

    Reciprocal rank fusion: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR 2009; the constant is theirs.
    """
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (constant + rank)
    return scores


def ndcg(found: Sequence[str], relevant: Collection[str], cut: int = CUT) -> float:
    """Return the normalized discounted cumulative gain at `cut`, where a document is relevant or is not.

    Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the logarithm
    of rank + 1, as trec_eval and BEIR compute it.
    """
    gain = sum(1 / math.log2(rank + 1) for rank, one in enumerate(found[:cut], start=1) if one in relevant)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(cut, len(relevant)) + 1))
    return gain / ideal


def recall(found: Sequence[str], relevant: Collection[str], cut: int = CUT) -> float:
    """Return the share of the relevant documents that are among the first `cut`."""
    return len(set(found[:cut]) & set(relevant)) / len(relevant)


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean."""
    every = list(values)
    return sum(every) / len(every)


def _sources(hits: Iterable[Hit]) -> list[str]:
    return [hit.chunk.source for hit in hits]


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
