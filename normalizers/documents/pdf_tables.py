"""Tables on a PDF's page that have empty cells: bars between the cells, so that what follows an empty one stays in its
column.

Knows: where rows and their cells stand. Knows nothing about pdfium, and leaves a table without empty cells as it is.
Runs in the child process and imports nothing of ours but the lines and rows.
"""

from bisect import bisect
from itertools import pairwise
from typing import NamedTuple

from normalizers.documents import pdf_columns
from normalizers.documents.pdf_columns import TOO_MANY, Row
from normalizers.documents.pdf_glyphs import Line

_MIN_COLUMNS, _MIN_ROWS, _MIN_CELLS = 3, 3, 2  # of a table, of it with more than one cell, and of each column
_MIN_FILLED = 0.5  # of a table's cells
_LEADING = 4  # of the size: rows are no further apart


class Table(NamedTuple):
    """Rows of a table with an empty cell between others: from, to, and the middles of what parts its columns."""

    begin: int
    end: int
    gutters: list[float]


class _Column(NamedTuple):
    left: float
    right: float
    rows: set[int]  # that have a cell in it


def tables(rows: list[Row]) -> list[Table]:
    """Return the tables that have an empty cell between others, in order."""
    found: list[Table | None] = []
    columns: list[_Column] = []
    for at, row in enumerate(rows):
        cells = _cells(row, at)
        follows = at > 0 and 0 < rows[at - 1].base - row.base < _LEADING * max(row.size, rows[at - 1].size)
        grown = _grown(columns, cells) if follows else None
        if grown is None:
            found.append(_table(columns, at))
            grown = _grown([], cells) or []
        columns = grown
    found.append(_table(columns, len(rows)))
    return [table for table in found if table]


def texts(lines: list[Line]) -> list[str]:
    """Return the texts of lines, bars between the cells of such tables."""
    rows = [pdf_columns.row(line) for line in lines]
    found = [line.text() for line in lines]
    for begin, end, gutters in tables(rows):
        for at in range(begin, end):
            if rows[at].gaps:
                found[at] = _barred(lines[at], gutters)
    return found


def _cells(row: Row, at: int) -> list[_Column]:
    """Return the cells of a row, the number of which is `at`, as columns of one cell each."""
    edges = [row.left, *(edge for gap in row.gaps for edge in gap), row.right]
    return [_Column(left, right, {at}) for left, right in zip(edges[::2], edges[1::2], strict=True)]


def _grown(columns: list[_Column], cells: list[_Column]) -> list[_Column] | None:
    """Return the columns with a row's cells in them, None when the row is no part of such a table.

    What stands alone in its row is part of it where it is within a column, and tells nothing of where columns are.
    """
    groups: list[list[_Column]] = []
    right = float("-inf")
    for one in sorted([*columns, *cells], key=lambda one: one.left):
        if one.left >= right:
            groups.append([])
        groups[-1].append(one)
        right = max(right, one.right) if one.left < right else one.right
    if len(cells) == 1:
        return columns if columns and all(len(group) <= 2 for group in groups) else None
    if len(groups) > TOO_MANY or not all(map(_are_one, groups)):
        return None
    return [_joined(group) for group in groups]


def _are_one(group: list[_Column]) -> bool:
    """Whether columns over one another are one: no row has a cell in two of them."""
    return all(one.rows.isdisjoint(other.rows) for number, one in enumerate(group) for other in group[number + 1 :])


def _joined(group: list[_Column]) -> _Column:
    rows = max((one.rows for one in group), key=len)
    for one in group:
        if one.rows is not rows:
            rows |= one.rows
    return _Column(group[0].left, max(one.right for one in group), rows)


def _table(columns: list[_Column], end: int) -> Table | None:
    """Return what ends before a row as a table, if it is one that has an empty cell between others."""
    if len(columns) < _MIN_COLUMNS:
        return None
    columns = _with_heads(columns)
    cells: dict[int, list[int]] = {}  # the numbers of each row's columns
    for number, column in enumerate(columns):
        for at in column.rows:
            cells.setdefault(at, []).append(number)
    is_table = (
        len(columns) >= _MIN_COLUMNS
        and len(cells) >= _MIN_ROWS
        and all(len(column.rows) >= _MIN_CELLS for column in columns)
        and sum(map(len, cells.values())) >= _MIN_FILLED * len(cells) * len(columns)
    )
    if not is_table or not any(row[0] == 0 and row[-1] >= len(row) for row in cells.values()):
        return None
    return Table(min(cells), end, [(one.right + other.left) / 2 for one, other in pairwise(columns)])


def _with_heads(columns: list[_Column]) -> list[_Column]:
    """Put heads above what they are of: a head may begin where its column's numbers do not reach."""
    first = min(min(column.rows) for column in columns)
    found: list[_Column] = []
    for column in columns:
        heads = [one for one in (*found[-1:], column) if one.rows == {first}]
        if found and heads and found[-1].rows.isdisjoint(column.rows):
            found[-1] = _joined([found[-1], column])
        else:
            found.append(column)
    return found


def _barred(line: Line, gutters: list[float]) -> str:
    cells = [Line() for _ in range(len(gutters) + 1)]
    for glyph in line.glyphs:
        cells[bisect(gutters, glyph.left)].glyphs.append(glyph)
    return " | ".join(cell.text() for cell in cells)
