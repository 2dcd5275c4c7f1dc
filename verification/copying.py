"""How much of a summary's sentence stands in the sources as it is.

A sentence is read as the fewest pieces that are copied, the longest first from each place, as Grusky, Naaman & Artzi do
(2018, "Newsroom"). Knows words. Knows nothing of what is right: who copies says what the sources say, unless he joins
what does not belong together.
"""

from collections.abc import Sequence

from splitting.words import WORD, fold, stem
from verification.grounding import Grounding


def copied(sentence: str, source: Grounding) -> float:
    """Return 1 for a sentence that is copied as a whole, and the less, the smaller its pieces are.

    It is the mean share of the sentence that the piece has in which one of its words is: sum(n * n) / words ** 2.
    """
    words = [stem(fold(word)) for word in WORD.findall(sentence)]
    pieces, place = [], 0
    while place < len(words):
        pieces.append(_longest(words[place:], source))
        place += max(pieces[-1], 1)
    return sum(piece * piece for piece in pieces) / max(len(words), 1) ** 2


def _longest(words: Sequence[str], source: Grounding) -> int:
    """How many of `words`, from the first on, stand in the sources in a row."""
    begins = source.places.get(words[0], [])
    if len(words) > 1 and len(seconds := source.places.get(words[1], [])) < len(begins):
        begins = [second - 1 for second in seconds if second and source.stems[second - 1] == words[0]] or begins[:1]
    longest = 0
    for begin in begins:
        count = 0
        while count < len(words) and source.stems[begin + count : begin + count + 1] == [words[count]]:
            count += 1
        longest = max(longest, count)
    return longest
