"""Words that are given names somewhere: what is likely a person where little else says so.

Knows: `forenames.txt`, names that are no English words, and `forename_words.txt`, those that are, whose head lines name
their sources. Knows nothing about findings, nor of the model.
"""

from functools import cache
from pathlib import Path

from normalizers.pii import word_lists
from splitting.words import fold

_FORENAMES = Path(__file__).with_suffix(".txt")
_WORDS = Path(__file__).with_name("forename_words.txt")


def is_one(word: str) -> bool:
    """Whether a word is such a name, however it is written: "Padraig", "pádraig", "Jan-Willem"."""
    plain = fold(word)
    return plain in _forenames() or plain.partition("-")[0] in _forenames()


def is_word(word: str) -> bool:
    """Whether a word is such a name and an English word, a place or a month as well: "Grace", "Dawn", "April"."""
    return fold(word) in _words()


@cache
def _words() -> frozenset[str]:
    return frozenset(word_lists.read(_WORDS))


@cache
def _forenames() -> frozenset[str]:
    return frozenset(word_lists.read(_FORENAMES))
