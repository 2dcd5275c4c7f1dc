"""Small indices for tests: words that name their chunk, and vectors from a generator. No model."""

from pathlib import Path

import numpy as np

from indexing.store import Batch, update
from retrieval.manifest import Manifest
from retrieval.records import Chunk

DIMENSION = 16
MODEL = "made:0123456789abcdef"


def batch(source: str, count: int = 3, digest: str = "1", **metadata: str) -> Batch:
    """A source of `count` chunks, each with the words "<source> part<number>" and a vector that is its alone."""
    chunks = [
        Chunk(source, number, f"Title of {source}", ("Wide", "Narrow"), number * 10, number * 10 + 9, text, metadata)
        for number in range(1, count + 1)
        for text in [f"{source} part{number} describes running machines"]
    ]
    return Batch({source: digest}, chunks, [chunk.text for chunk in chunks], vectors(source, count))


def vectors(source: str, count: int) -> np.ndarray:
    """Unit vectors, the same for the same source."""
    random = np.random.default_rng(list(source.encode()))
    drawn = random.normal(size=(count, DIMENSION)).astype(np.float32)
    unit: np.ndarray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def change(folder: Path, *batches: Batch, removed: tuple[str, ...] = ()) -> Manifest:
    """Update the index in `folder`, or make it."""
    return update(folder, embedding=MODEL, dimension=DIMENSION, batches=batches, removed=removed)
