"""Scripts in which names are not found: the model reads Latin letters only, and the lists of places are English.

Knows: Unicode's names of letters, and the variable that has such texts refused. Knows nothing about findings.
"""

import os
import re
import unicodedata
from collections import Counter
from functools import cache

from errors import UserError

VARIABLE = "PRECIS_REDACT_UNCOVERED"

_WORD = re.compile(r"[^\W\d_]{2,}+")  # a letter alone is a symbol, such as that of an angle
# Beyond Latin letters, the marks and symbols of prose, and ligatures.
_MAY_BE_OTHER = re.compile("[^\0-\u024f\u1e00-\u1eff\u2000-\u20cf\u2190-\u2bff\ufb00-\ufb06\ufeff\ufffd]")
_SYMBOLS = ("MATHEMATICAL", "MODIFIER", "MICRO", "MASCULINE", "FEMININE", "KELVIN", "ANGSTROM", "OHM", "SCRIPT")
_NAMES = {"CJK": "Han", "HANGUL": "Hangul"}


def not_covered(text: str) -> Counter[str]:
    """Return how many words of a folded text are written in each script whose names are not found, by its name.

    Look-alikes of Latin letters in Latin words count as those, as they do for the detectors. Han, Thai and others put
    no spaces between words: there a run of letters counts as one.
    """
    if not _MAY_BE_OTHER.search(text):
        return Counter()
    return Counter(script for word in _WORD.findall(text) if (script := _script(word)) != "Latin")


def are_refused() -> bool:
    """Whether the environment has texts in such scripts refused. Raises UserError E1009 for what it may not say."""
    value = os.environ.get(VARIABLE, "report")
    if value not in ("report", "refuse"):
        raise UserError("E1009", f"{VARIABLE} is {value!r}; it must be report or refuse")
    return value == "refuse"


def refuse(text: str, found: Counter[str]) -> None:
    """Raise UserError E1018 when words in such scripts were `found` in the folded `text`."""
    if found:
        count, of = found.total(), len(_WORD.findall(text))
        raise UserError("E1018", f"{count:,} of {of:,} words are written in {', '.join(sorted(found))}: no names found")


def _script(word: str) -> str:
    """Return the script of a word's first letter that is not Latin, or Latin where it has one such only: "\u03bcm"."""
    if word.isascii():
        return "Latin"
    others = [script for script in map(_of_letter, word) if script != "Latin"]
    return others[0] if len(others) > 1 else "Latin"


@cache
def _of_letter(letter: str) -> str:
    first = unicodedata.name(letter, "LATIN").split(" ")[0]
    if first in ("LATIN", "FULLWIDTH", *_SYMBOLS):
        return "Latin"
    return _NAMES.get(first, first.split("-")[0].capitalize())
