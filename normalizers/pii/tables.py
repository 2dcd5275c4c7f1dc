"""Tables in plain text: rows of cells between bars, tabs, semicolons or commas, one line a row.

Knows: how such lines look. Knows nothing about what is in a cell.
"""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

Span = tuple[int, int]
Row = list[Span]

_DELIMITERS = "|\t;,"  # one that a line has parts it, whatever of the later ones is in its cells
_RULE = re.compile(r"[ \t\r|:+=-]*")


def read(text: str) -> Iterator[list[Row]]:
    """Yield rows of as many cells that follow one another, two rows and two cells at least; rules are left out."""
    for (_, count), rows in groupby(_rows(text), key=lambda found: (found[0], len(found[1]))):
        if count > 1:
            table = [row for _, row in rows]
            if len(table) > 1:
                yield table


def _rows(text: str) -> Iterator[tuple[str, Row]]:
    """Yield what parts each line, and its cells; a blank line is one cell, which ends a table."""
    start = 0
    for line in text.split("\n"):
        if not line.strip() or not _RULE.fullmatch(line):
            delimiter = next((sign for sign in _DELIMITERS if sign in line), "")
            places = [-1, *(at for at, sign in enumerate(line) if sign == delimiter), len(line)]
            yield delimiter, [(start + left + 1, start + right) for left, right in pairwise(places)]
        start += len(line) + 1
