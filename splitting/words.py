"""Words in a form in which two ways of writing one are the same.

Knows: case, accents, possessives and the commonest endings of English. Knows nothing of sentences, numbers or names.
"""

import re
import unicodedata
from collections.abc import Iterable

WORD = re.compile(r"\d+(?:,\s?\d{3}(?!\d))*(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?")
_POSSESSIVE = re.compile(r"['’]s?$")
_ENDINGS = ("ing", "ed", "es", "ly", "s")


def listed(words: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(words.split())


FUNCTION_WORDS = listed(
    "a about after again against all also am an and any are as at be because been before being between both"
    " but by can could did do does during each few for from had has have he her here hers him his how i if in"
    " into is it its just may me might more most must my no nor not of off on once one only or other our out"
    " over own same shall she should so some such than that the their them then there these they this those"
    " through to too under until up us very was we were what when where which while who whom whose why will"
    " with would you your lrb rrb"
)


def fold(word: str) -> str:
    """Return a word without case, accents and possessive."""
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word)
        word = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _POSSESSIVE.sub("", word.casefold())


def stem(word: str) -> str:
    """Return a folded word without its ending. Crude and the same for both sides, which is all a comparison needs."""
    if word[0].isdigit():
        return re.sub(r"[,\s]", "", word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def content(words: Iterable[str]) -> list[str]:
    """Return the stems of the words that say something."""
    return [stem(folded) for folded in map(fold, words) if folded not in FUNCTION_WORDS]
