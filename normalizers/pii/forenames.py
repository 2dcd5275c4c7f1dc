"""Words that are given names somewhere and no English words: what is likely a person where little else says so.

Knows: `forenames.txt`, whose head lines name its source. Knows nothing about findings, nor of the model.
"""

import unicodedata
from functools import cache
from pathlib import Path

_FORENAMES = Path(__file__).with_suffix(".txt")


def is_one(word: str) -> bool:
    """Whether a word is such a name, however it is written: "Padraig", "pádraig", "Jan-Willem"."""
    plain = _plain(word)
    return plain in _forenames() or plain.partition("-")[0] in _forenames()


def _plain(word: str) -> str:
    if word.isascii():
        return word.casefold()
    letters = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


@cache
def _forenames() -> frozenset[str]:
    lines = _FORENAMES.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
