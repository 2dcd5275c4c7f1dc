"""Words that are given names somewhere and no English words: what is likely a person where little else says so.

Knows: `forenames.txt`, whose head lines name its source. Knows nothing about findings, nor of the model.
"""

from functools import cache
from pathlib import Path

from normalizers.pii import word_lists
from splitting.words import fold

_FORENAMES = Path(__file__).with_suffix(".txt")


def is_one(word: str) -> bool:
    """Whether a word is such a name, however it is written: "Padraig", "pádraig", "Jan-Willem"."""
    plain = fold(word)
    return plain in _forenames() or plain.partition("-")[0] in _forenames()


@cache
def _forenames() -> frozenset[str]:
    return frozenset(word_lists.read(_FORENAMES))
