"""Rows of things, in which a surname alone is one, too: "Merck, Abbott, Siemens and Stryker".

Knows: how things are listed. Knows nothing about what is known to be a thing.
"""

import re
from collections.abc import Iterable, Iterator

from normalizers.pii import forenames, surnames
from normalizers.pii.spans import Regions

_ITEM = r"[^\W\d_a-z][\w.'-]*(?:(?: [&+] | )[^\W\d_a-z][\w.'-]*){0,3}"
_BETWEEN = r"(?:,? (?:and|or|und|et|y) |, |; | / )"
_SERIES = re.compile(rf"(?<![\w.'-])(?:{_ITEM})(?:{_BETWEEN}(?:{_ITEM})){{3,40}}")
_SEPARATOR = re.compile(_BETWEEN)
_LEAST = 3  # things, and half of the row


def find(text: str, things: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the other items of one word in rows of `things`. Linear time."""
    known = Regions([*things])
    for series in _SERIES.finditer(text):
        start, items = series.start(), []
        for separator in _SEPARATOR.finditer(text, series.start(), series.end()):
            items.append((start, separator.start()))
            start = separator.end()
        items.append((start, series.end()))
        others = [item for item in items if not known.holds(*item)]
        if len(items) - len(others) >= max(_LEAST, len(items) / 2):
            yield from (item for item in others if _is_alone(text[slice(*item)]))


def _is_alone(item: str) -> bool:
    is_given_name = forenames.is_word(item) or (forenames.is_one(item) and not surnames.is_one(item))
    return item.isalpha() and not is_given_name
