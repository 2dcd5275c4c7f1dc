"""Embedding: chunks a second of ours beside sentence-transformers' own loop, and how near the vectors are.

    pip install --no-deps --target FOLDER -r benchmarks/requirements-sentence-transformers.txt
    PYTHONPATH=FOLDER python -m benchmarks.embedding        # every core
    PYTHONPATH=FOLDER python -m benchmarks.embedding --threads 1

The same texts in turns, the best round of each, on SciFact's abstracts cut to the tokens named ([CLS] and [SEP]
included) and on its titles. Theirs is `SentenceTransformer.encode` as it comes: float32, batches of 32, sorted by
length. Without sentence-transformers our figures stand alone.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from benchmarks.sets import DATA, present
from retrieval import embed
from weights import load

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

CORPUS = DATA / "retrieval" / "scifact" / "corpus.jsonl"
SIZES = (128, 222, 256)  # tokens; chunks have at most 220 word pieces
ROUNDS = 3  # the best counts
QUERIES = 100

Encode = Callable[[Sequence[str]], "Floats"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="JSON Lines of {title, text}")
    parser.add_argument("--chunks", type=int, default=128, help="texts of each length; default: %(default)s")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: every core")
    arguments = parser.parse_args()
    present(arguments.corpus)
    print(f"# {machine.describe()}; {arguments.threads} threads; best of {ROUNDS} rounds")
    folder, alias = load.find_embedding_model()
    began = time.perf_counter()
    embedder = embed.load(folder, alias, arguments.threads)
    print(f"# {embedder.identity} loaded in {time.perf_counter() - began:.2f} s, torch and transformers included")
    encoders: dict[str, Encode] = {"ours": embedder.encode}
    if theirs := _sentence_transformers(folder, arguments.threads):
        encoders["sentence-transformers"] = theirs
    rows = [json.loads(line) for line in arguments.corpus.read_text(encoding="utf-8").splitlines()]
    samples = {f"{size} tokens": _cut(rows, embedder, size, arguments.chunks) for size in SIZES}
    samples["titles"] = [row["title"] for row in rows][: 4 * arguments.chunks]
    print("\n| texts | encoder | texts a second | x theirs | cosine with theirs | least |\n|---|---|---|---|---|---|")
    for name, texts in samples.items():
        _report(f"{len(texts)} of {name}", texts, encoders)
    _report_queries(samples["titles"][:QUERIES], embedder.encode)


def _cut(rows: list[dict[str, Any]], embedder: embed.Embedder, size: int, count: int) -> list[str]:
    """The first texts that are long enough, cut at spaces to at most `size` tokens."""
    texts = (f"{row['title']}. {row['text']}" for row in rows)
    long_enough = (text for text in texts if embedder.count([text])[0] > size)
    return [_shorten(text, embedder, size - 2) for text in itertools.islice(long_enough, count)]


def _shorten(text: str, embedder: embed.Embedder, pieces: int) -> str:
    """The longest beginning of whole words that has at most so many word pieces."""
    words = text.split(" ")
    counts = embedder.count([" ".join(words[:length]) for length in range(1, len(words) + 1)])
    return " ".join(words[: sum(count <= pieces for count in counts)])


def _sentence_transformers(folder: Path, threads: int) -> Encode | None:
    """Their encode() on the same folder, to whose files it adds the mean and the unit length."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        print("# sentence-transformers is not installed, so nothing is beside us; see the head of this file")
        return None
    import torch

    torch.set_num_threads(threads)
    model = SentenceTransformer(str(folder), local_files_only=True)
    return lambda texts: model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)


def _report(name: str, texts: list[str], encoders: dict[str, Encode]) -> None:
    seconds = dict.fromkeys(encoders, float("inf"))
    vectors: dict[str, Floats] = {}
    for _ in range(ROUNDS):
        for encoder, encode in encoders.items():
            began = time.perf_counter()
            vectors[encoder] = encode(texts)
            seconds[encoder] = min(seconds[encoder], time.perf_counter() - began)
    theirs = list(encoders)[-1]
    for encoder, taken in seconds.items():
        cosines = (vectors[encoder] * vectors[theirs]).sum(axis=1)
        compared = f"{seconds[theirs] / taken:.2f} | {cosines.mean():.5f} | {cosines.min():.5f}"
        print(f"| {name} | {encoder} | {len(texts) / taken:.1f} | {compared if len(encoders) > 1 else '| |'} |")


def _report_queries(texts: list[str], encode: Encode) -> None:
    milliseconds = []
    for text in texts:
        began = time.perf_counter()
        encode([text])
        milliseconds.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"\n{len(texts)} titles one by one: median {statistics.median(milliseconds):.1f} ms, p95 {p95:.1f} ms each")


if __name__ == "__main__":
    main()
