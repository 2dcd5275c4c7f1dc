"""CSV with a header: `,` `;` `|` or tab separates, and a list is a JSON array. UTF-8, or else Windows-1252.

A first line such as `sep=;`, as Excel reads and writes it, names another character that separates.

Knows: records, quotes and delimiters. Knows nothing of what a row must have.
"""

import csv
import re
from collections.abc import Iterator
from itertools import chain

from contract.record import Record
from errors import UserError
from rows import columns, grid, lines
from rows.grid import Cells
from rows.lines import Line

_BLANKS = ' \t\r\n,;|"'  # all that a row without text may have
_SEPARATOR = re.compile(r'\s*"?sep=(?P<delimiter>[^"\n])"?[\s,;]*', re.IGNORECASE)


def records(source: Iterator[Line]) -> Iterator[Record]:
    """Yield the rows below the header.

    Raises UserError E1014 for a header that is none, and for a quote that does not close within MAX_CHARACTERS: where
    the next row begins can no longer be told.
    """
    return grid.records("line", _split(lines.utf_8_or_windows_1252(source)))


def has_source(header: str) -> bool:
    """Whether a line is a header with a source among its columns."""
    return any(_name(cell) in columns.SOURCES for cell in header.split(_delimiter(header)))


def _split(source: Iterator[Line]) -> Iterator[Cells]:
    """Yield the cells of each row, of the header first."""
    written = (line for line in source if line.text.strip(_BLANKS))
    first = next(written, None)
    named = _SEPARATOR.fullmatch(first.text) if first else None
    first = next(written, None) if named else first
    if first is None:
        return
    delimiter = named["delimiter"] if named else _delimiter(first.text)
    rest = _Lines(chain([first], source))
    csv.field_size_limit(max(csv.field_size_limit(), lines.MAX_CHARACTERS))  # _Lines holds a row to it
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
    while True:
        rest.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if rest.ended:
                raise UserError("E1014", f"line {rest.begin:,}: a quote opens here and never closes") from None
            yield Cells(rest.begin, [], f"it ends on line {rest.number:,} with a quote or a line end out of place")
        else:
            yield Cells(rest.begin, cells, rest.problem)


class _Lines:
    """The lines that a csv.reader draws from, and what it does not tell: where its row began, its size, its problem."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self.begin = self.number = 0
        self.ended = False
        self.begin_row()

    def begin_row(self) -> None:
        self._size = 0
        self.problem = ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._source, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number = line.number
        if not self._size:
            self.begin = line.number
        self._size += len(line.text)
        if self._size > lines.MAX_CHARACTERS:
            detail = (
                f"its record does not end within {lines.MAX_CHARACTERS:,} characters; perhaps a quote does not close"
            )
            raise UserError("E1014", f"line {self.begin:,}: {detail}")
        self.problem = self.problem or line.problem
        return line.text


def _delimiter(header: str) -> str:
    """Choose the delimiter that makes the most of our columns of a header."""

    def count(delimiter: str) -> int:
        return sum(_name(cell) in columns.COLUMNS for cell in header.split(delimiter))

    return max(",;\t|", key=count)


def _name(cell: str) -> str:
    return cell.strip(' \t\n"').lower()
