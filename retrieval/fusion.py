"""Scores of several searches made into one ranking, without passages that repeat each other.

Knows: arithmetic. Knows nothing of texts, indexes or models.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Key = TypeVar("Key", bound=Hashable)
_DENSE = 0.8  # the share of cosines
_RELEVANCE = 0.8  # lambda of marginal relevance; the rest is for what is said already
_ALIKE = 0.9  # cosine from which two passages begin to repeat each other

Floats = npt.NDArray[np.float32]


def join(cosines: Sequence[Mapping[Key, float]], words: Sequence[Mapping[Key, float]]) -> dict[Key, float]:
    """Join, for each text, cosines and BM25 scores; what several texts found has the best of its scores.

    A convex combination of normalized scores, 0.8 of it the cosine's: Bruch, Gai, Ingber, "An Analysis of Fusion
    Functions for Hybrid Retrieval", ACM TOIS 42(1), 2023, whose weight that is; and CombMAX over the texts: Fox, Shaw,
    "Combination of Multiple Searches", TREC-2, 1994. Both are normalized by the best that any of the texts has: one
    that is about nothing stays low. What a vector search did not find is counted as near as the last that it did.
    """
    nearest = 1 + max((cosine for found in cosines for cosine in found.values()), default=0.0)
    most = max((score for found in words for score in found.values()), default=1.0)
    joined: dict[Key, float] = {}
    for near, lexical in zip(cosines, words, strict=True):
        last = min(near.values(), default=-1.0)
        for key in {**near, **lexical}:
            score = _DENSE * (1 + near.get(key, last)) / nearest + (1 - _DENSE) * lexical.get(key, 0.0) / most
            joined[key] = max(score, joined.get(key, 0.0))
    return joined


def marginal_relevance(relevance: Sequence[float], vectors: Floats, count: int) -> list[int]:
    """Return the places of the `count` best, best first, each chosen for being relevant and no repetition.

    Maximal marginal relevance: Carbonell, Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering
    Documents and Producing Summaries", SIGIR 1998. `relevance` is from 0 to 1; `vectors` [n, dimension] have unit
    length. Unlike theirs, two passages that are only of one subject do not count as alike: what is needed is often
    the neighbour of what is found, and all of cosine as their similarity took .04 to .09 of SciFact's nDCG@10.
    """
    repeated = np.zeros(len(relevance), dtype=np.float32)
    remaining = list(range(len(relevance)))
    chosen: list[int] = []
    while remaining and len(chosen) < count:
        best = max(remaining, key=lambda place: _RELEVANCE * relevance[place] - (1 - _RELEVANCE) * repeated[place])
        remaining.remove(best)
        chosen.append(best)
        repeated = np.maximum(repeated, np.clip((vectors @ vectors[best] - _ALIKE) / (1 - _ALIKE), 0, 1))
    return chosen
