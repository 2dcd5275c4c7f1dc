"""How much of what a document says by name a passage has: who writes "the glass list" means the page of that title.

Knows: words, how rare each is, how names and codes are written. Knows nothing of vectors, indexes or sentences.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from heapq import nlargest

from retrieval.records import Chunk, Key
from splitting.structure import atoms, title
from splitting.words import WORD, content

_MOST = 8  # words that count, the best: else long passages and long documents win
_NAME = 3.0  # times as much counts a word that is a name in the document
_HEADING = 2.0  # and one that the passage is headed by

_SATURATION, _LENGTH = 1.2, 0.75  # k1 and b of BM25

_TOKEN = re.compile(r"\w+(?:[-'’]\w+)*")
_BEGINS = re.compile(r"(?:^|[.!?:\n])\W*\Z")
_FEW_DIGITS = 3  # a number of so many may be a code

_NAMELESS_IN_A_ROW = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december i i'm i've i'd i'll mr mrs ms dr ok am pm"
)
_NAMELESS = frozenset(_NAMELESS_IN_A_ROW.split())  # written with capitals in any text


def names_of(document: str) -> set[str]:
    """Return the words of a document that are names, codes or abbreviations by how they are written, in lower case."""
    found = set()
    for match in _TOKEN.finditer(document):
        word = match[0]
        is_code = sum(letter.isupper() for letter in word) > 1 or (
            any(letter.isdigit() for letter in word)
            and (len(word) >= _FEW_DIGITS or any(letter.isalpha() for letter in word))
        )
        begins_sentence = _BEGINS.search(document, max(match.start() - 4, 0), match.start())
        if is_code or (word[0].isupper() and not begins_sentence):
            found.add(word.casefold())
    return found - _NAMELESS


def tokens_of(passage: Chunk) -> set[str]:
    """Return the words of a passage, its title and its headings as `names_of` has them."""
    return {token.casefold() for token in _TOKEN.findall(_all_of(passage))}


def mentions(document: str, passages: Mapping[Key, Chunk]) -> dict[Key, float]:
    """Return for each passage from 0 to 1, the best, how much of the document's words it has.

    The sum of the best few words' BM25 (Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
    2009), in which names and headings count more. How rare a word is among `passages` is its weight.
    """
    words = {key: Counter(_words(_all_of(passage))) for key, passage in passages.items()}
    frequency = Counter(word for counts in words.values() for word in counts)
    lengths = {key: counts.total() for key, counts in words.items()}
    mean = sum(lengths.values()) / max(len(lengths), 1)
    names = set(_words(" ".join(names_of(document))))
    weights = {
        word: math.log(1 + (len(passages) - frequency[word] + 0.5) / (frequency[word] + 0.5))
        * (_NAME if word in names else 1.0)
        for word in set(_words(document)) & frequency.keys()
    }

    def score(key: Key) -> float:
        headed = set(_words(_headings(passages[key])))
        slowed = _SATURATION * (1 - _LENGTH + _LENGTH * lengths[key] / mean)
        counted = (
            weight * (_HEADING if word in headed else 1.0) * words[key][word] / (words[key][word] + slowed)
            for word, weight in weights.items()
            if word in words[key]
        )
        return sum(nlargest(_MOST, counted))

    scores = {key: score(key) for key in passages}
    most = max(scores.values(), default=0.0) or 1.0
    return {key: score / most for key, score in scores.items()}


def _words(text: str) -> list[str]:
    return content(WORD.findall(text))


def _all_of(passage: Chunk) -> str:
    return "\n".join((passage.title, *passage.headings, passage.text))


def _headings(passage: Chunk) -> str:
    """The title, the headings that a passage stands under, and those in it."""
    inside = (title(passage.text, atom) for atom in atoms(passage.text) if atom.level)
    return "\n".join((passage.title, *passage.headings, *inside))
