"""Which sentences of the sources say what a sentence of the summary says, as far as shared words tell.

Knows: sentences of words. A word weighs the more, the fewer sentences have it (inverse document frequency; Spärck
Jones, 1972).
"""

import math
from collections import defaultdict

from contract.results import Evidence
from splitting.words import WORD, content
from verification.grounding import Grounding

_MOST = 3
_FLOOR = 0.3  # score below which a sentence supports nothing
_BESIDE_BEST = 0.6  # of the best one's score: what else is shown
_LEAST_SHARED = 2  # words


def evidence(sentence: str, source: Grounding) -> tuple[Evidence, ...]:
    """Return the sentences that support `sentence` best, the best first."""
    words = set(content(WORD.findall(sentence)))
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
    least = _FLOOR * total
    candidates = [
        number
        for number, score in scores.items()
        if score >= least and shared[number] >= min(_LEAST_SHARED, len(words))
    ]
    best = sorted(candidates, key=lambda number: (-scores[number], number))[:_MOST]
    return tuple(
        Evidence(passage=place.text, start=place.start, end=place.end, score=round(scores[number] / total, 3))
        for number in best
        if scores[number] >= _BESIDE_BEST * scores[best[0]]
        for place in (source.sentences[number],)
    )
