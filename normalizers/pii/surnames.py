"""Words that are surnames somewhere: what names a person behind an initial, as "kowalski" does in "@tkowalski".

Knows: `surnames.txt`, whose head lines name its source. Knows nothing about findings, nor of the model.
"""

from functools import cache
from pathlib import Path

from normalizers.pii import word_lists
from splitting.words import fold

_SURNAMES = Path(__file__).with_suffix(".txt")


def is_one(word: str) -> bool:
    """Whether a word is such a name, however it is written."""
    return fold(word) in _surnames()


@cache
def _surnames() -> frozenset[str]:
    return frozenset(word_lists.read(_SURNAMES))
