"""Tables whose cells go over several lines and are written line by line across the page: each cell is read whole.

Knows: how rows of such a table are told from columns of prose, which are not apart at the same heights. Knows nothing
about pdfium, or where columns are. Runs in the child process and imports nothing of ours but the lines.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from normalizers.documents.pdf_glyphs import Glyph, Line

_MIN_ROWS, _MIN_WRAPPED = 3, 2  # of a table, and of its rows those of several lines
_MIN_PITCH = 0.9  # of the size: lines of a text are no nearer
_APART = 1.2  # times as far apart as the lines of a cell are rows


def in_order(lines: list[Line], parts_of: Callable[[Line], Sequence[Line]]) -> list[Line]:
    """Return the lines of a table cell by cell; none when they are no table.

    `parts_of` parts a line by columns; a part without ink is one that a cell does not go over.
    """
    rows = list(_rows(lines))
    if len(rows) < _MIN_ROWS or sum(len(row) > 1 for row in rows) < _MIN_WRAPPED:
        return []
    found: list[Line] = []
    for row in rows:
        first, *others = (parts_of(lines[at]) for at in row)
        if not all(part.first() for part in first):
            return []
        if any(part.first() for other in others for part in other[:-1]):
            found += [part for cell in zip(first, *others, strict=True) for part in cell if part.first()]
        else:  # nothing stands behind the rest of the last cell
            found += [lines[at] for at in row]
    return found


def _rows(lines: list[Line]) -> Iterator[list[int]]:
    """Yield the lines of each row, by their numbers; none where lines are nearer than those of a text."""
    heads = [head for line in lines if (head := line.first())]
    pitches = [_pitch(one, other) for one, other in pairwise(heads)]
    if len(heads) < len(lines) or not pitches or min(pitches) < _MIN_PITCH:
        return
    row = [0]
    for at, pitch in enumerate(pitches, start=1):
        if pitch > _APART * min(pitches):
            yield row
            row = []
        row.append(at)
    yield row


def _pitch(one: Glyph, other: Glyph) -> float:
    """How far a line is below another, in sizes of its text."""
    return (one.base - other.base) / other.size if other.size else 0.0
