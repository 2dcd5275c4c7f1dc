"""Persons' names that their writing tells: behind a judge's title, before initials, with an Irish particle.

Knows: such forms. Knows no names: all others are the model's.
"""

import re
from collections.abc import Iterator

from normalizers.pii.context import PATTERN, holds
from normalizers.pii.finding import Finding

_WORD = r"[^\W\d_a-z][^\W\d_]+(?:['-][^\W\d_]+){0,3}"
_JUDGE = re.compile(
    r"(?<!\w)(?:[Hh]on\.|HON\.|Honou?rable|HONOU?RABLE|Judge|JUDGE|(?:Mr\.?|Mrs\.?|Ms\.?|Lord|Lady|Chief) Justice)"
    r" (?:(?:Chief |Mr\. |Ms\. )?(?:Justice|Judge) )?"
    r"(?!Advocate|General|Court|Presid|Rapporteur|Department|Justice|Judge)"
    rf"((?:(?:[A-Z]\.|{_WORD}) ){{0,3}}{_WORD})"
)
_INITIALS = re.compile(
    rf"(?<![\w.]){_WORD}(?<=...), "
    r"(?!D\. ?C\.|N\. ?[CDHJMY]\.|[SEWMC]\. ?D\.|U\. ?[KS]\.|[AP]\. ?M\.)[A-Z]\.(?:[ -]?[A-Z]\.){0,2}(?!\w)"
)
_IRISH = re.compile(rf"(?<!\w)(?:(?:\u00d3|N\u00ed|U\u00ed|Nic|Mhic|Mac Giolla) |O')(?!Clock){_WORD}")


def find(text: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    if holds(text, "on", "ON", "Judge", "JUDGE", "Justice"):
        yield from (Finding(*match.span(1), "PERSON", 0.8, PATTERN) for match in _JUDGE.finditer(text))
    for pattern in (_INITIALS, _IRISH):
        yield from (Finding(*match.span(), "PERSON", 0.7, PATTERN) for match in pattern.finditer(text))
