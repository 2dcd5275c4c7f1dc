"""Hybrid search: the passages of an index that answer a question, by their words and by their meaning.

Knows: an index, and how what both find is joined. Knows nothing of documents, prompts or citations.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from retrieval.fusion import Floats, join, marginal_relevance
from retrieval.records import Chunk, Hit, Key

if TYPE_CHECKING:
    from retrieval.index import Index

ANYTHING: Mapping[str, str] = MappingProxyType({})

_DEPTH = 100  # passages that BM25 and the vectors each find for a text
_POOL = 3  # times as many passages as asked for, of which those that repeat others are passed over


@dataclass(frozen=True)
class Found:
    """What the texts of one search found, joined."""

    chunks: Mapping[Key, Chunk]
    scores: Mapping[Key, float]  # 0 to 1, on one scale for all the texts
    cosines: Sequence[Mapping[Key, float]]  # of each text


def search(
    index: "Index",
    texts: Sequence[str],
    vectors: Floats,
    *,
    k: int,
    where: Mapping[str, str] = ANYTHING,
    one_per_source: bool = False,
) -> list[Hit]:
    """Return the `k` passages that are best for any of `texts`, best first, passing over those that repeat another.

    `vectors` are the texts', [texts, dimension]. Only passages whose metadata has every pair of `where`. Score: from 0
    to 1, by which the results of one search are compared, not of two.
    """
    if not texts:
        return []
    found = find(index, texts, vectors, where)
    order = sorted(found.scores, key=lambda key: (-found.scores[key], key))
    if one_per_source:
        order = first_of_each(order)
    return best(index, found.chunks, found.scores, order, k)


def first_of_each(order: Iterable[Key]) -> list[Key]:
    """Return the first passage of each source, in the order in which they come."""
    first: dict[str, Key] = {}
    for key in order:
        first.setdefault(key[0], key)
    return list(first.values())


def find(index: "Index", texts: Sequence[str], vectors: Floats, where: Mapping[str, str] = ANYTHING) -> Found:
    """Return all that BM25 and the vectors find for `texts`. A passage is worth what its best text makes it worth.

    On one scale for all texts: by ranks, the first passage of a text that is about nothing counts like the one that is
    needed (`python -m benchmarks.retrieval` shows both).
    """
    lexical, nearest = index.search(texts, vectors, _DEPTH, where)
    cosines = _by_key(nearest)
    chunks = {hit.chunk.key: hit.chunk for hits in (*lexical, *nearest) for hit in hits}
    return Found(chunks, join(cosines, _by_key(lexical)), cosines)


def best(
    index: "Index", chunks: Mapping[Key, Chunk], scores: Mapping[Key, float], order: Iterable[Key], k: int
) -> list[Hit]:
    """Return the first `k` of `order`, without those that repeat another."""
    pool = [key for key, _ in zip(order, range(_POOL * k), strict=False)]
    passages = [chunks[key] for key in pool]
    places = marginal_relevance([scores[key] for key in pool], index.vectors(passages), k)
    return [Hit(passages[place], scores[pool[place]]) for place in places]


def _by_key(found: Sequence[Sequence[Hit]]) -> list[dict[Key, float]]:
    return [{hit.chunk.key: hit.score for hit in hits} for hits in found]
