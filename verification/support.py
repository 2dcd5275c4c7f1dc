"""Which sentences of the sources say what a sentence of the summary says, as far as shared words tell.

Knows: sentences of words. A word weighs the more, the fewer sentences have it (inverse document frequency; Spärck
Jones, 1972).
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from contract.results import Evidence
from splitting.words import WORD, content
from verification.grounding import Grounding

_MOST = 3
_PARTS = 2_400  # characters: some 600 tokens
_FLOOR = 0.3  # score below which a sentence supports nothing
_BESIDE_BEST = 0.6  # of the best one's score: what else is shown
_LEAST_SHARED = 2  # words


class _Found(NamedTuple):
    """A sentence of the sources that shares words."""

    number: int
    score: float  # 0 to 1: how much of the words' weight it has
    shared: int  # words


def evidence(sentence: str, source: Grounding) -> tuple[Evidence, ...]:
    """Return the sentences that support `sentence` best, the best first."""
    words = set(content(WORD.findall(sentence)))
    ranked = _ranked(words, source)
    candidates = [one for one in ranked if one.score >= _FLOOR and one.shared >= min(_LEAST_SHARED, len(words))]
    return tuple(
        Evidence(passage=place.text, start=place.start, end=place.end, score=round(one.score, 3))
        for one in candidates[:_MOST]
        if one.score >= _BESIDE_BEST * candidates[0].score
        for place in (source.sentences[one.number],)
    )


def parts(sentences: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return for each sentence what `texts` say closest to it, in their order: some _PARTS characters."""
    source = Grounding(texts)
    return [_parts(set(content(WORD.findall(sentence))), source) for sentence in sentences]


def _parts(words: set[str], source: Grounding) -> str:
    taken: set[int] = set()
    size = 0
    for one in _ranked(words, source):
        around = {number for number in range(one.number - 1, one.number + 2) if 0 <= number < len(source.sentences)}
        size += sum(source.sentences[number].end - source.sentences[number].start for number in around - taken)
        if taken and size > _PARTS:
            break
        taken |= around
    pieces: list[str] = []
    for number in sorted(taken):
        place = source.sentences[number]
        gap = "" if not pieces else " " if number - 1 in taken else "\n\n"
        pieces.append(f"{gap}{source.texts[place.text][place.start : place.end]}")
    return "".join(pieces)


def _ranked(words: set[str], source: Grounding) -> list[_Found]:
    """The sentences that share any of `words`, the closest first."""
    weights: dict[str, float] = {}
    scores: defaultdict[int, float] = defaultdict(float)
    shared: defaultdict[int, int] = defaultdict(int)
    for word in words:
        there = {source.sentence_of[place] for place in source.places.get(word, ())}
        weights[word] = math.log(1 + len(source.sentences) / (1 + len(there)))
        for number in there:
            scores[number] += weights[word]
            shared[number] += 1
    total = sum(weights.values())
    found = [_Found(number, score / total, shared[number]) for number, score in scores.items()]
    return sorted(found, key=lambda one: (-one.score, one.number))
