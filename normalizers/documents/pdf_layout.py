"""The text of one PDF page by where its characters stand: columns one after the other, a form's values beside their
labels, exponents raised.

Knows: when places say more than the order in which a file was written, and where a note belongs among the lines. Knows
nothing about files or limits. Like `pdf_text.py`, which asks for it only where the text alone is not enough, it runs in
the child process and imports nothing of ours but the files beside it.
"""

import re
from collections.abc import Container
from itertools import islice, pairwise
from typing import NamedTuple

from pypdfium2 import PdfTextPage, raw

from normalizers.documents import hyphens, pdf_columns, pdf_glyphs, pdf_overlaid, pdf_stacked, pdf_tables
from normalizers.documents.pdf_columns import Row
from normalizers.documents.pdf_glyphs import Box, Glyph, Line
from normalizers.documents.pdf_notes import Note

_INK = 0.7  # of the size: the height of the ink
_SAMPLED = 50  # pieces of a page that tell whether it is written from above
_UPRIGHT = 1.3  # their width to their height: one character, or many under one another
_MIN_WIDTH = 8  # of the height: a column's line is wider
_MAX_EXPONENT = 2.5  # its width to its height: a few digits, and no dash
_ACROSS = 0.8  # of a page's width: with more of it written on pdfium takes it for rows
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u2010]\n(?=\w)")  # which pdfium sees only where lines follow one another
_MAX_ROW = 60  # points: a higher field is no part of a line


class Reasons(NamedTuple):
    """Why a page's text is not read as the file was written."""

    are_columns: bool  # pieces stand beside or under one another as columns do
    has_empty_cells: bool  # between others of a table
    may_be_broken: bool  # pdfium ends lines elsewhere than the rows of a table do
    is_stacked: bool  # a table may be written column by column, or a form's values after its labels
    exponents: list[int]  # the places of characters that stand higher


def reasons(boxes: list[Box], text_page: PdfTextPage, text: str, turn: int) -> Reasons:
    """Look at where the pieces of a page stand that the file draws at once.

    `boxes` are their places, `text` is the page's, `turn` by how many degrees it is shown turned.
    """
    if pdf_glyphs.HAN.search(text) and _are_upright(boxes):
        return Reasons(True, False, False, False, [])
    exponents: list[int] = []
    rows: list[Row] = []
    last: Box = (0.0, 0.0, 0.0, 0.0)
    parts: list[tuple[float, float]] = []  # of the row at hand: what has no gap in it
    for placed in boxes:
        if placed[3] <= placed[1]:
            continue
        box = pdf_glyphs.turned(placed, turn) if turn else placed
        height, shared = last[3] - last[1], min(last[3], box[3]) - max(last[1], box[1])
        gap = box[0] - last[2]
        is_on_line = shared > 0.3 * min(height, box[3] - box[1])
        is_small = box[3] - box[1] < pdf_glyphs.SMALLER * height and box[1] > last[1] + pdf_glyphs.HIGHER * height
        may_be_raised = is_on_line and is_small and -height < gap < pdf_glyphs.BESIDE * height / _INK
        if may_be_raised and (place := _exponent(text_page, placed)) >= 0:
            exponents.append(place)
        if not parts or not is_on_line or gap < -height:
            rows += _row(parts, last)
            parts = [(box[0], box[2])]
        elif gap > pdf_columns.GUTTER * height:
            parts.append((box[0], box[2]))
        else:
            parts[-1] = (parts[-1][0], box[2])
        last = box
    rows += _row(parts, last)
    placed_boxes = [pdf_glyphs.turned(box, turn) for box in boxes]
    is_stacked = pdf_stacked.may_be(placed_boxes) or pdf_overlaid.may_be(placed_boxes)
    has_empty_cells = bool(pdf_tables.tables(rows))
    return Reasons(_are_columns(rows), has_empty_cells, _may_be_broken(rows, boxes), is_stacked, exponents)


def _are_upright(boxes: list[Box]) -> bool:
    first = list(islice((box for box in boxes if box[3] > box[1]), _SAMPLED))
    return bool(first) and pdf_glyphs.middle((box[2] - box[0]) / (box[3] - box[1]) for box in first) < _UPRIGHT


def _exponent(text_page: PdfTextPage, box: Box) -> int:
    """Return the place of a piece that stands higher, -1 when it is no digit or a few."""
    width, height = box[2] - box[0], box[3] - box[1]
    if width > _MAX_EXPONENT * height:
        return -1
    place = raw.FPDFText_GetCharIndexAtPos(text_page.raw, box[0] + 1, (box[1] + box[3]) / 2, 1.0, 1.0)
    is_digit = place >= 0 and chr(raw.FPDFText_GetUnicode(text_page.raw, place)) in pdf_glyphs.EXPONENTS
    return place if is_digit else -1


def _row(parts: list[tuple[float, float]], last: Box) -> list[Row]:
    """Make a row of the parts that stand beside one another, `last` where its last piece stands; none of none."""
    if not parts:
        return []
    gaps = [(one[1], other[0]) for one, other in pairwise(parts)]
    return [Row(parts[0][0], parts[-1][1], last[1], (last[3] - last[1]) / _INK, gaps[: pdf_columns.TOO_MANY])]


def _may_be_broken(rows: list[Row], boxes: list[Box]) -> bool:
    """Whether a page is so much of a table that pdfium takes it for one that is written from above.

    It does where the pieces leave more free across the page than down it, as cells far apart do.
    """
    if len(rows) < pdf_columns.MIN_ROWS or 2 * sum(bool(row.gaps) for row in rows) < len(rows):
        return False
    across = _covered([(box[0], box[2]) for box in boxes])
    return across <= _ACROSS and across <= _covered([(box[1], box[3]) for box in boxes])


def _covered(spans: list[tuple[float, float]]) -> float:
    """Return which part of the way from the first of some spans to the last is within one of them."""
    covered, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        covered += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return covered / max(1.0, reached - min(spans)[0])


def _are_columns(rows: list[Row]) -> bool:
    """Whether a gutter goes down between pieces that are wide on both sides, as prose is."""
    if sum(any(_is_wide(row, at) for at in range(len(row.gaps))) for row in rows) < pdf_columns.MIN_ROWS:
        return False  # which says so of a table in a fraction of the time
    return any(_is_between_columns(rows[run.begin : run.end], run.gutter) for run in pdf_columns.runs(rows))


def _is_between_columns(rows: list[Row], gutter: float) -> bool:
    beside = 0
    for row in rows:
        at = next((at for at, (left, right) in enumerate(row.gaps) if left <= gutter <= right), None)
        beside += at is not None and _is_wide(row, at)
    return beside >= pdf_columns.MIN_ROWS


def _is_wide(row: Row, at: int) -> bool:
    """Whether what stands on both sides of one of a row's gaps is wide."""
    begin = row.gaps[at - 1][1] if at else row.left
    end = row.gaps[at + 1][0] if at + 1 < len(row.gaps) else row.right
    left, right = row.gaps[at]
    return min(left - begin, end - right) > _MIN_WIDTH * _INK * row.size


def with_exponents(text_page: PdfTextPage, exponents: list[int], turn: int) -> str:
    """Return the page's text as it is written, but for the lines around exponents."""
    written = pdf_glyphs.characters(text_page)
    parts: list[tuple[int, int]] = []
    for place in sorted(exponents):
        begin = written.rfind("\n", 0, max(0, written.rfind("\n", 0, place))) + 1
        end = _line_end(written, _line_end(written, place))
        if parts and begin <= parts[-1][1]:
            begin, _ = parts.pop()
        parts.append((begin, end))
    pieces, done = [], 0
    for begin, end in parts:
        lines = pdf_glyphs.lines(text_page, turn, part=(begin, end))
        pieces += [written[done:begin], "\n".join(line.text() for line in lines)]
        done = end
    return _whole("".join([*pieces, written[done:]]).replace("\0", ""))


def _line_end(text: str, place: int) -> int:
    """Return where the line ends that goes on behind a place."""
    end = text.find("\n", place + 1)
    return len(text) if end < 0 else end


def _whole(text: str) -> str:
    """Put characters together whose halves are apart."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def rows(text_page: PdfTextPage, turn: int) -> str:
    """Return the page's text row by row."""
    return _whole("\n".join(pdf_tables.texts(pdf_glyphs.lines(text_page, turn))))


def text(text_page: PdfTextPage, notes: list[Note], turn: int, hidden: Container[int] = ()) -> str:
    """Return the page's text in the order in which it is read, the notes that have a place at their places.

    `hidden` are the places of characters that are left out.
    """
    lines = pdf_glyphs.lines(text_page, turn, hidden)
    columns = pdf_columns.upright(lines)
    lines = columns or pdf_stacked.in_rows(pdf_overlaid.in_place(lines))
    for note in notes:
        if note.box:
            _put(lines, note.text, pdf_glyphs.turned(note.box, turn))
    texts = [line.text() for line in lines] if columns else pdf_tables.texts(pdf_columns.in_order(lines))
    text = _BROKEN_WORD.sub(hyphens.MARK, "\n".join(texts))
    return _whole("\n".join([text, *(f"Note: {note.text}" for note in notes if not note.box)]))


def _put(lines: list[Line], text: str, box: Box) -> None:
    """Put a note into the line that it stands in, or on a line of its own under what stands above it."""
    left, bottom, right, top = box
    glyph = Glyph(f" {text} ", left, right, left, bottom, top - bottom)
    heads = [(at, head) for at, line in enumerate(lines) if (head := line.first())]
    rows = [(at, head.left) for at, head in heads if bottom - 1 <= head.base <= top]
    if rows and top - bottom < _MAX_ROW:
        line = lines[max((at for at, start in rows if start < right), default=rows[-1][0])]
        place = next((at for at, one in enumerate(line.glyphs) if not one.text.isspace() and one.left >= left), None)
        line.glyphs.insert(len(line.glyphs) if place is None else place, glyph)
        return
    above = max((at for at, head in heads if head.base >= top), default=-1)
    lines.insert(above + 1, Line([glyph]))
