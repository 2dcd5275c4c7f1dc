"""Numbers that states give to persons and vehicles, known by their form and their check digits wherever they stand.

Knows: how each country writes its numbers, and the words around one of the USA that may be another number. Knows
nothing about labels: what stands behind one is `identifiers.py`'s.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from stdnum.be import nn
from stdnum.br import cnpj, cpf
from stdnum.ch import ssn
from stdnum.cn import ric
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.in_ import pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.se import personnummer
from stdnum.us import itin

from normalizers.pii.context import CONTEXT, PATTERN, matches
from normalizers.pii.finding import Finding

_SSN = re.compile(r"(?<![\w-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![\w-])")
_SSN_WORDS = re.compile(r"\bssn|social security|\bsoc\. ?sec|\b(?:his|her|their|my|your) social\b")
_SSN_WORDS_WITHIN = 80  # characters on each side
_IN_PROSE = (
    re.compile(r"[a-z]{2,}[,;:]? \Z"),
    re.compile(r"[.,;:]?(?:\s{0,2}\Z| (?!units|people|persons|%)[a-z]{2,}\b|[.,;:)]?\n)|[.,;]\s[A-Z]"),
)
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `numbers`: what numbers() returns."""
    yield from _social_security(text, lowered, numbers)
    for pattern, is_valid, kind in _NUMBERS:
        for match in matches(pattern, text, numbers):
            if is_valid(match.group()):
                yield Finding(*match.span(), kind, 0.9, PATTERN)


def _social_security(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for match in matches(_SSN, text, numbers):
        area, separator, group, serial = match.groups()
        if itin.is_valid(match.group()):
            yield Finding(*match.span(), "TAX_ID", 0.9, PATTERN)
        elif area < "900" and area not in ("000", "666") and group != "00" and serial != "0000" and separator == "-":
            yield Finding(*match.span(), "SSN", 0.9, PATTERN)
        elif _is_alone(text, *match.span()) or _SSN_WORDS.search(
            lowered, max(0, match.start() - _SSN_WORDS_WITHIN), match.end() + _SSN_WORDS_WITHIN
        ):
            yield Finding(*match.span(), "SSN", 0.7, CONTEXT)


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether a number stands between words of prose, and in no row of numbers."""
    before, after = _IN_PROSE
    return before.search(text, max(0, start - 12), start) is not None and after.match(text, end) is not None


def _is_vin(value: str) -> bool:
    """Whether the ninth character is the check digit of a vehicle's number (49 CFR 565.15)."""
    total = sum(_VIN_WEIGHTS[place] * _VIN_VALUES[character] for place, character in enumerate(value))
    return value[8] == "0123456789X"[total % 11]


# Each with what says whether it is valid, and its type.
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...] = (
    (
        re.compile(r"(?<![\w.,-])[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![\w-])"),
        nir.is_valid,
        "SSN",
    ),
    (re.compile(r"(?<![\w.])[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![\w-])"), cpf.is_valid, "TAX_ID"),
    (
        re.compile(r"(?<![\w.])[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-[0-9]{2}(?![\w-])"),
        cnpj.is_valid,
        "TAX_ID",
    ),
    (re.compile(r"(?<!\w)[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z](?!\w)"), codicefiscale.is_valid, "TAX_ID"),
    (re.compile(r"(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z](?!\w)"), pan.is_valid, "TAX_ID"),
    (re.compile(r"(?<!\w)756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}(?!\w)"), ssn.is_valid, "SSN"),
    (re.compile(r"(?<![\w.-])[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}(?![\w-])"), nn.is_valid, "SSN"),
    (re.compile(r"(?<![\w-])[0-9]{6}[-+A][0-9]{3}[0-9A-FHJ-NPR-Y](?![\w-])"), hetu.is_valid, "SSN"),
    (re.compile(r"(?<![\w-])[0-9]{6}(?:[0-9]{2})?[-+][0-9]{4}(?![\w-])"), personnummer.is_valid, "SSN"),
    (re.compile(r"(?<!\w)[0-9]{17}[0-9X](?!\w)"), ric.is_valid, "ID_NUMBER"),
    (re.compile(r"(?<![\w-])[0-9]{6}-[1-8][0-9]{6}(?![\w-])"), rrn.is_valid, "SSN"),
    # A foreigner's in the USA, and the receipt of a petition there.
    (re.compile(r"(?<!\w)A[ #-]{0,2}[0-9]{2,3}[ -][0-9]{3}[ -][0-9]{3}(?![\w-])"), bool, "ID_NUMBER"),
    (re.compile(r"(?<!\w)(?:EAC|IOE|LIN|MSC|NBC|SRC|WAC|YSC)-?[0-9]{2}-?[0-9]{3}-?[0-9]{5}(?!\w)"), bool, "ID_NUMBER"),
    (re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)"), bool, "SSN"),
    (re.compile(r"(?<!\w)(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}(?!\w)"), _is_vin, "ID_NUMBER"),
)
