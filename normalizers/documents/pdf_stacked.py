"""Tables that a file writes column by column: the cells of a row are put together again.

Knows: where lines stand, and how such a table is told from columns of prose, from lists and from addresses side by
side, which are read as they are written. Knows nothing about pdfium. Runs in the child process and imports nothing of
ours but the lines.
"""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from normalizers.documents.pdf_glyphs import Box, Line

_MIN_ROWS = 3
_SAME = 0.2  # of the size: how far the baselines of a row are apart
_NARROW = 15  # times as wide as high is what may be a number or a label
_MIN_VALUES = 0.5  # of a column's cells, for it to be one of numbers
_MIN_CAPITALS = 0.8  # of a column's cells, for them to begin anew
_MIN_COLUMNS_OF_WORDS = 3
_MIN_LEADING = 1.4  # of the size: rows of words are further apart than the lines of a list or an address
_MIN_LABELS = 0.8  # of a column's cells, for it to be one of labels
_MIN_FIGURES = 0.6  # of the cells beside labels, for them to be dates and numbers
_MOST_COLUMNS = 40
_VALUE = re.compile(
    r"[(<>~\u2248\xb1+\u2212-]?\s?[$\u20ac\xa3\xa5]?\s?\d[\d\s.,'%/:-]*(?:[%)*\u20ac$\xa3]|[A-Za-z]{1,3})?"
)
_HAS_DIGIT = re.compile(r"\d")
_ITEM = re.compile(r"\d+[.)]\s")


class _Cell(NamedTuple):
    """A line that may be a cell: its place among the lines, and on the page."""

    at: int
    left: float
    right: float
    base: float
    size: float


def may_be(boxes: Iterable[Box]) -> bool:
    """Whether pieces go up to where others stand, and down again beside them, row by row, either of them narrow."""
    above: list[tuple[float, bool]] = []  # where pieces stand that were written on the way down before, if narrow
    going: list[tuple[float, bool]] = []
    streak, last = 0, float("inf")
    for left, bottom, right, top in boxes:
        height = top - bottom
        if height <= 0 or right <= left or abs(bottom - last) < height / 2:
            continue
        if bottom > last:
            above, going, streak = going, [], 0
        is_narrow = right - left < _NARROW * height
        if streak == len(going):
            streak += any(abs(bottom - base) < height / 2 and (is_narrow or narrow) for base, narrow in above)
        if streak >= _MIN_ROWS:
            return True
        going.append((bottom, is_narrow))
        last = bottom
    return False


def in_rows(lines: list[Line]) -> list[Line]:
    """Return the lines with those of such tables put together, a row a line."""
    runs = _runs(lines)
    found: list[Line] = []
    at = 0
    while at < len(runs):
        columns = _columns(runs[at : at + _MOST_COLUMNS])
        if _is_table(columns, lines):
            begin, end = columns[0][0].at, columns[-1][-1].at + 1
            done = runs[at][0].at
            found += lines[done:begin] + _rows(columns, lines)
            at += len(columns) - 1
            runs[at] = [cell for cell in runs[at] if cell.at >= end]
            at += not runs[at]
        else:
            found += lines[runs[at][0].at : runs[at + 1][0].at if at + 1 < len(runs) else len(lines)]
            at += 1
    return found


def _runs(lines: list[Line]) -> list[list[_Cell]]:
    """Part lines, blank ones left out, where they go up."""
    runs: list[list[_Cell]] = []
    for at, line in enumerate(lines):
        inked = list(line.inked())
        if not inked:
            continue
        cell = _Cell(at, inked[0].left, inked[-1].right, inked[0].base, inked[0].size)
        if not runs or cell.base > runs[-1][-1].base + cell.size / 2:
            runs.append([])
        runs[-1].append(cell)
    return runs


def _columns(runs: Sequence[list[_Cell]]) -> list[list[_Cell]]:
    """Return the columns that begin in the first run: in it those of its cells that the next run begins beside."""
    columns: list[list[_Cell]] = []
    for run in runs[1:]:
        rows = columns[0] if columns else _from(runs[0], run[0])
        beside = _beside(columns[-1] if columns else rows, rows, run)
        if len(beside) < _MIN_ROWS:
            return columns
        columns = [*(columns or [rows]), beside]
        if len(beside) < len(run):  # something else follows the table
            return columns if run[len(beside)].base < rows[-1].base else []
    return columns


def _from(run: list[_Cell], beside: _Cell) -> list[_Cell]:
    start = next((at for at, cell in enumerate(run) if _are_level(cell, beside)), len(run))
    return run[start:]


def _beside(left: list[_Cell], rows: list[_Cell], run: list[_Cell]) -> list[_Cell]:
    """Return the cells with which a run begins that stand in these rows, right of the cells that end there."""
    edge = max((cell.right for cell in left), default=0.0)
    found: list[_Cell] = []
    at = 0
    for cell in run:
        while at < len(rows) and not _are_level(rows[at], cell):
            at += 1
        if at == len(rows) or cell.left <= edge:
            break
        found.append(cell)
    return found


def _are_level(one: _Cell, other: _Cell) -> bool:
    return abs(one.base - other.base) < _SAME * one.size


def _is_table(columns: list[list[_Cell]], lines: list[Line]) -> bool:
    """Whether cells are those of a table: of numbers below a head, beside labels, or of words in rows of their own."""
    if len(columns) < 2:
        return False
    first, *others = [[lines[cell.at].text() for cell in column] for column in columns]
    if _are_labels(first) and not any(map(_are_labels, others)):
        return True
    if _are_words(columns, [first, *others]) or _are_facts(first, others):
        return True
    return any(sum(map(_is_value, cells[1:])) >= _MIN_VALUES * (len(cells) - 1) for cells in others)


def _are_facts(labels: list[str], others: list[list[str]]) -> bool:
    """Whether cells are labels without colons and, most with a figure in them, what they label: dates and numbers.

    An address has figures itself, and items of a list may begin with them.
    """
    cells = [cell for column in others for cell in column]
    is_full = all(len(column) == len(labels) for column in others)
    figures = sum(_HAS_DIGIT.search(cell) is not None and not _ITEM.match(cell) for cell in cells)
    return is_full and not any(map(_HAS_DIGIT.search, labels)) and figures >= _MIN_FIGURES * len(cells)


def _are_words(columns: list[list[_Cell]], texts: list[list[str]]) -> bool:
    """Whether cells are those of a table without numbers: far apart, none empty, and each begins anew."""
    rows = columns[0]
    if len(columns) < _MIN_COLUMNS_OF_WORDS or any(len(column) != len(rows) for column in columns):
        return False
    leading = (rows[0].base - rows[-1].base) / (len(rows) - 1)
    are_lines = any(leading < _MIN_LEADING * cell.size for cell in rows)
    return not are_lines and all(map(_begin_anew, texts)) and all(len(set(row)) > 1 for row in zip(*texts, strict=True))


def _begin_anew(cells: list[str]) -> bool:
    """Whether cells are neither lines of prose nor items of a list, nor what addresses are made of."""
    capitals = sum(cell[:1].isupper() for cell in cells)
    return capitals >= _MIN_CAPITALS * len(cells) and not any(map(_HAS_DIGIT.search, cells))


def _are_labels(cells: list[str]) -> bool:
    return sum(cell.endswith((":", "?")) for cell in cells) >= _MIN_LABELS * len(cells)


def _is_value(cell: str) -> bool:
    return _VALUE.fullmatch(cell) is not None


def _rows(columns: list[list[_Cell]], lines: list[Line]) -> list[Line]:
    rows: list[Line] = []
    left = [deque(column) for column in columns]
    for first in columns[0]:
        row = Line()
        for column in left:
            if column and _are_level(first, column[0]):
                glyphs = lines[column.popleft().at].glyphs
                row.glyphs += [*([glyphs[0]._replace(text=" ")] if row.glyphs else []), *glyphs]
        rows.append(row)
    return rows
