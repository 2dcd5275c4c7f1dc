"""Columns on a PDF's page: prose that stands beside prose, and Chinese or Japanese that is written from above.

Knows: where characters and lines stand, and how running text is told from a table's cells. Knows nothing about pdfium.
Runs in the child process and imports nothing of ours but the lines.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

from normalizers.documents import pdf_cells
from normalizers.documents.pdf_glyphs import HAN, Glyph, Line, middle

GUTTER = 0.8  # of the size: wider than between words
MIN_ROWS = 3  # that columns have
_LEADING = 2.5  # of the size: lines of a column are no further apart
_MIN_WORDS, _MIN_LOWER = 3, 0.35  # words in a line of prose, and how many lines begin in lower case
_MAX_DEPTH = 4  # columns in columns
_MOST_LINES, _MOST_COLUMNS = 500, 8  # of a table with cells of several lines
TOO_MANY = 40  # gaps in a line: those of a page made to hurt
_MIN_UPRIGHT = 6  # characters that tell how they are written
_LOOSER = 1.2  # times as far apart are columns as the characters in one


class Row(NamedTuple):
    """What of a line counts when columns are looked for."""

    left: float
    right: float
    base: float
    size: float
    gaps: list[tuple[float, float]]  # that are wider than between words


class Run(NamedTuple):
    """Rows in a row that have a gutter between two columns: from, to, and where its middle is."""

    begin: int
    end: int
    gutter: float


def runs(rows: list[Row]) -> list[Run]:
    """Return where gutters go down over MIN_ROWS rows or more, the uppermost and leftmost first."""
    found: list[Run] = []
    active: list[tuple[int, float, float]] = []  # the first row of each gutter, and what is left of its width
    for at, row in enumerate([*rows, None]):
        going = []
        for begin, low, high in active:
            shared = row and _shared(row, rows[at - 1], low, high)
            if shared:
                going.append((begin, *shared))
            elif at - begin >= MIN_ROWS:
                found.append(Run(begin, at, (low + high) / 2))
        for low, high in row.gaps if row else ():
            if not any(start < high and low < end for _, start, end in going):
                going.append((at, low, high))
        active = going[:TOO_MANY]
    return sorted(found, key=lambda run: (run.begin, run.gutter))


def _shared(row: Row, above: Row, low: float, high: float) -> tuple[float, float] | None:
    """Return what is left of a gutter after one more row, None when the row goes over it."""
    if row.right < high or row.left > low:  # in one column only, and near enough to be of it
        left = (max(low, row.right), high) if row.right < high else (low, min(high, row.left))
        return left if left[1] - left[0] > 0.3 * row.size and abs(above.base - row.base) < _LEADING * row.size else None
    shared = ((max(low, start), min(high, end)) for start, end in row.gaps)
    return next(((start, end) for start, end in shared if end - start > 0.3 * row.size), None)


def in_order(lines: list[Line], depth: int = 0) -> list[Line]:
    """Return the lines with those that hold prose of two columns taken apart, the left first, and tables by cells."""
    ordered: list[Line] = []
    done = 0
    found = runs([row(line) for line in lines]) if depth < _MAX_DEPTH else []
    for at, run in enumerate(found):
        if run.begin < done:
            continue
        end, cells = _in_cells(lines, run, found[max(0, at - TOO_MANY) : at + TOO_MANY])
        parted = [_parted(line, run.gutter) for line in lines[run.begin : run.end]]
        sides = [[line for line in side if line.first()] for side in zip(*parted, strict=True)]
        if cells:
            ordered += lines[done : run.begin] + cells
            done = end
        elif all(map(_is_prose, sides)):
            ordered += lines[done : run.begin]
            for side in sides:
                ordered += in_order(side, depth + 1)
            done = run.end
    return [*ordered, *lines[done:]]


def _in_cells(lines: list[Line], run: Run, near: list[Run]) -> tuple[int, list[Line]]:
    """Return where a table ends that begins with a run, and its lines cell by cell; none when it is no table.

    Cells that are nearly full leave no gutter, and show where the next begins: where it does in the rows above.
    """
    gutters = [other.gutter for other in near if other.begin <= run.begin and other.end >= run.end][:_MOST_COLUMNS]
    if run.end - run.begin > _MOST_LINES:
        return run.end, []
    starts = [first.left for line in lines[run.begin : run.end] if (first := _parted(line, run.gutter)[1].first())]
    edge = min(starts, default=run.gutter)
    more = takewhile(lambda line: _has_edge(line, edge), islice(lines, run.end, run.end + _MOST_LINES))
    end = run.end + sum(1 for _ in more)
    at_edge = [edge - 1 if gutter == run.gutter else gutter for gutter in gutters]
    for until, places in ((end, at_edge), (run.end, gutters)):
        if cells := pdf_cells.in_order(lines[run.begin : until], partial(_in_parts, gutters=places)):
            return until, cells
    return run.end, []


def _has_edge(line: Line, edge: float) -> bool:
    """Whether a line ends before an edge of a column, or a word of it begins there."""
    inked = list(line.inked())
    return bool(inked) and (inked[-1].right < edge or any(abs(glyph.left - edge) < 1 for glyph in inked))


def row(line: Line) -> Row:
    """Return what counts of a line."""
    inked = list(line.inked())
    if not inked:
        return Row(0, 0, 0, 0, [])
    return Row(inked[0].left, inked[-1].right, inked[0].base, inked[0].size, list(islice(_gaps(inked), TOO_MANY)))


def _gaps(inked: list[Glyph]) -> Iterator[tuple[float, float]]:
    for one, other in pairwise(inked):
        if other.left - one.right > GUTTER * one.size:
            yield one.right, other.left


def _is_prose(lines: list[Line]) -> bool:
    """Whether one side of a gutter is running text: rows of a table have short cells that begin anew."""
    texts = [line.text() for line in lines]
    if len(texts) < MIN_ROWS or middle(len(text.split()) for text in texts) < _MIN_WORDS:
        return False
    return sum(text[:1].islower() for text in texts[1:]) >= _MIN_LOWER * (len(texts) - 1)


def _in_parts(line: Line, gutters: list[float]) -> list[Line]:
    parts = [line]
    for gutter in gutters:
        parts[-1:] = _parted(parts[-1], gutter)
    return parts


def _parted(line: Line, gutter: float) -> tuple[Line, Line]:
    left, right = Line(), Line()
    for glyph in line.glyphs:
        is_left = glyph.right <= gutter or (glyph.left < gutter and glyph.text.isspace())
        (left if is_left else right).glyphs.append(glyph)
    return left, right


def upright(lines: list[Line]) -> list[Line]:
    """Return the columns of Chinese or Japanese written from above, the right one first; none when it is not."""
    inked = [glyph for line in lines for glyph in line.inked()]
    characters = sum(len(glyph.text) for glyph in inked)
    if characters < _MIN_UPRIGHT or 2 * sum(bool(HAN.match(glyph.text)) for glyph in inked) < characters:
        return []
    size = middle(glyph.size for glyph in inked)
    columns = _grouped(inked, lambda glyph: glyph.x, size)
    down = [one.base - other.base for column in columns for one, other in pairwise(sorted(column, key=_depth))]
    rows = _grouped(inked, lambda glyph: glyph.base, size)
    across = [other.x - one.x for row in rows for one, other in pairwise(sorted(row, key=lambda one: one.x))]
    if not down or (across and middle(across) < _LOOSER * middle(down)):
        return []
    return [Line(sorted(column, key=_depth)) for column in reversed(columns)]


def _depth(glyph: Glyph) -> float:
    return -glyph.base


def _grouped(glyphs: list[Glyph], key: Callable[[Glyph], float], size: float) -> list[list[Glyph]]:
    """Part glyphs where their keys, in order, are half a character apart."""
    groups: list[list[Glyph]] = []
    last = float("-inf")
    for glyph in sorted(glyphs, key=key):
        if key(glyph) - last > size / 2:
            groups.append([])
        groups[-1].append(glyph)
        last = key(glyph)
    return groups
