"""The lines of one PDF page by where its characters stand: columns one after the other, a form's values beside their
labels, exponents raised.

Knows: pdfium's characters and annotations, and geometry. Knows nothing about files or limits. Like `pdf_text.py`, which
asks for it only where the text alone is not enough, it runs in the child process and imports nothing of ours.
"""

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from normalizers.documents import hyphens, notation

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_EXPONENTS = {sign: notation.raised(sign) for sign in "0123456789+-\u2212n"}
_RAISED = frozenset(_EXPONENTS.values())
_SMALLER, _HIGHER = 0.85, 0.15  # than the text before, as parts of its size: an exponent
_BESIDE = 0.8  # of the size: how far behind what it raises an exponent may begin
_SAME_LINE = 0.5  # of the size: how far two characters' baselines may be apart
_GUTTER = 0.8  # of the size: wider than between words
_SAMPLED = 50  # pieces of a page that tell whether it is written from above
_UPRIGHT = 1.3  # their width to their height: one character, or many under one another
_LEADING = 2.5  # of the size: lines of a column are no further apart
_MIN_WIDTH = 8  # of the height: a column's line is wider
_HAN = re.compile(r"[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MIN_UPRIGHT = 6  # characters that tell how they are written
_LOOSER = 1.2  # times as far apart are columns as the characters in one
_MIN_ROWS = 3  # that columns have
_MIN_WORDS, _MIN_LOWER = 3, 0.35  # words in a line of prose, and how many lines begin in lower case
_MAX_DEPTH = 4  # columns in columns
_MAX_ROW = 60  # points: a higher field is no part of a line
_TOO_MANY = 300  # gaps in a line, options of a field: a page made to hurt
_MAX_NOTES = 2_000  # on a page
_MAX_NOTE = 200_000  # bytes

_TEXT_FIELD, _CHOICES, _BOXES = 6, (4, 5), (2, 3)  # pdfium's types of form fields
_PASSWORD = 1 << 13
_UNSEEN = 2 | 32  # flags of an annotation: hidden, no view
_NOTE, _FREE_TEXT, _WIDGET = 1, 3, 20  # subtypes of annotations
_MARKUP = frozenset((_NOTE, 8, 9, 10, 11, 12, 14))  # highlights and the like may have words of their own

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Glyph(NamedTuple):
    """One character, or the value of a form's field, and where it stands; in points, from below."""

    text: str
    left: float
    right: float
    base: float
    size: float


class Note(NamedTuple):
    """Text that is not in the page's content: what was typed into a form or on the page, or noted beside it."""

    text: str
    box: Box | None  # None: it has no place in the text


@dataclass
class _Line:
    glyphs: list[Glyph] = field(default_factory=list)

    def text(self) -> str:
        return re.sub(" {2,}", " ", "".join(glyph.text for glyph in self.glyphs)).strip(" ")

    def inked(self) -> list[Glyph]:
        return [glyph for glyph in self.glyphs if glyph.text.strip()]


def needs(text_page: "PdfTextPage") -> bool:
    """Whether pieces of the page stand beside or under one another as columns do, or a digit higher as an exponent."""
    beside, run = 0, 0.0  # pairs of columns' lines, and how wide the line before a gap was
    last: Box = (0.0, 0.0, 0.0, 0.0)
    begin = 0.0  # of the run of pieces without a gap
    first = [box for box in islice(_rects(text_page), _SAMPLED) if box[3] > box[1]]
    if first and median((box[2] - box[0]) / (box[3] - box[1]) for box in first) < _UPRIGHT:
        return True
    for box in _rects(text_page):
        # The height of the ink is 0.7 of the size.
        height, shared = last[3] - last[1], min(last[3], box[3]) - max(last[1], box[1])
        gap = box[0] - last[2]
        is_on_line = shared > 0.3 * min(height, box[3] - box[1])
        is_small = box[3] - box[1] < _SMALLER * height and box[1] > last[1] + _HIGHER * height
        if is_on_line and is_small and -height < gap < _BESIDE * 1.4 * height and _is_digit(text_page, box):
            return True
        if not is_on_line or gap > _GUTTER * height or gap < -height:
            width = last[2] - begin
            is_wide = width > _MIN_WIDTH * height
            beside += is_wide and run > 0
            run = width if is_wide and shared > 0 and gap > 0 else 0.0
            begin = box[0]
        last = box
    return beside + (run > 0 and last[2] - begin > 0) >= _MIN_ROWS


def _rects(text_page: "PdfTextPage") -> Iterator[Box]:
    """Yield where each piece of text stands that the file draws at once."""
    from pypdfium2.raw import FPDFText_GetRect

    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    page = text_page.raw
    for number in range(text_page.count_rects()):
        FPDFText_GetRect(page, number, left, top, right, bottom)
        yield left.value, bottom.value, right.value, top.value


def _is_digit(text_page: "PdfTextPage", box: Box) -> bool:
    from pypdfium2.raw import FPDFText_GetCharIndexAtPos, FPDFText_GetUnicode

    middle = (box[1] + box[3]) / 2
    place = FPDFText_GetCharIndexAtPos(text_page.raw, box[0] + 1, middle, 1.0, 1.0)
    return place >= 0 and chr(FPDFText_GetUnicode(text_page.raw, place)) in _EXPONENTS


def text(text_page: "PdfTextPage", notes: list[Note]) -> str:
    """Return the page's text in the order in which it is read, the notes that have a place at their places."""
    glyphs = list(_glyphs(text_page))
    columns = _upright(glyphs)
    lines = columns or list(_lines(glyphs))
    for note in notes:
        if note.box:
            _put(lines, note.text, note.box)
    texts = [line.text() for line in (lines if columns else _in_columns(lines, 0))]
    return "\n".join([*texts, *(f"Note: {note.text}" for note in notes if not note.box)])


def _upright(glyphs: list[Glyph]) -> list[_Line]:
    """Return the columns of Chinese or Japanese written from above, the right one first; none when it is not."""
    inked = [glyph for glyph in glyphs if glyph.text.strip()]
    if 2 * sum(bool(_HAN.match(glyph.text)) for glyph in inked) < len(inked) or len(inked) < _MIN_UPRIGHT:
        return []
    size = median(glyph.size for glyph in inked)
    columns = _grouped(inked, lambda glyph: (glyph.left + glyph.right) / 2, size)
    down = [one.base - other.base for column in columns for one, other in pairwise(sorted(column, key=_height))]
    rows = _grouped(inked, lambda glyph: glyph.base, size)
    across = [other.left - one.left for row in rows for one, other in pairwise(sorted(row, key=lambda one: one.left))]
    if not down or (across and median(across) < _LOOSER * median(down)):
        return []
    return [_Line(sorted(column, key=_height)) for column in reversed(columns)]


def _height(glyph: Glyph) -> float:
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


def _lines(glyphs: list[Glyph]) -> Iterator[_Line]:
    """Yield pdfium's lines; one that goes on where the last ended, behind an exponent, is the same."""
    line, is_broken = _Line(), False
    for glyph in glyphs:
        if glyph.text == "\n":
            is_broken = True
            continue
        if is_broken and glyph.text.strip():
            inked = line.inked()[-8:]
            normal = max(inked, key=lambda one: one.size, default=None)
            if (
                not normal
                or abs(glyph.base - normal.base) > _SAME_LINE * normal.size
                or glyph.left < inked[-1].right - 1
            ):
                yield line
                line = _Line()
            elif glyph.left > inked[-1].right + 0.15 * normal.size and line.glyphs[-1].text != " ":
                line.glyphs.append(glyph._replace(text=" "))
            is_broken = False
        if not is_broken or line.glyphs:
            line.glyphs.append(_raised(glyph, line))
    yield line


def _glyphs(text_page: "PdfTextPage") -> Iterator[Glyph]:
    from pypdfium2 import raw

    page, surrogate = text_page.raw, ""
    left, right, bottom, top, x, base = (ctypes.c_double() for _ in range(6))
    for place in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(page, place)
        if code in (0, 0xD):
            continue
        if 0xD800 <= code < 0xDC00:
            surrogate = chr(code)
            continue
        text = hyphens.MARK if code == 2 and raw.FPDFText_IsHyphen(page, place) == 1 else chr(code)
        if surrogate:
            text = (surrogate + text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            surrogate = ""
        raw.FPDFText_GetCharBox(page, place, left, right, bottom, top)
        raw.FPDFText_GetCharOrigin(page, place, x, base)
        yield Glyph(text, left.value, right.value, base.value, raw.FPDFText_GetFontSize(page, place))


def _raised(glyph: Glyph, line: _Line) -> Glyph:
    """Return a digit that stands higher than the digit or letter before it as an exponent."""
    if glyph.text not in _EXPONENTS:
        return glyph
    before = [one for one in line.glyphs[-4:] if one.text.strip()]
    if not before or glyph.left > before[-1].right + _BESIDE * before[-1].size:
        return glyph
    size, base = before[-1].size, before[-1].base
    if before[-1].text in _RAISED:
        is_raised = abs(glyph.base - base) < 0.1 * size and abs(glyph.size - size) < 0.1 * size
    else:
        is_raised = glyph.size < _SMALLER * size and glyph.base > base + _HIGHER * size and before[-1].text.isalnum()
    if not is_raised:
        return glyph
    while line.glyphs and line.glyphs[-1].text == " ":
        line.glyphs.pop()
    return glyph._replace(text=_EXPONENTS[glyph.text])


def _put(lines: list[_Line], text: str, box: Box) -> None:
    """Put a note into the line that it stands in, or on a line of its own under what stands above it."""
    left, bottom, right, top = box
    glyph = Glyph(f" {text} ", left, right, bottom, top - bottom)
    rows = [line for line in lines if any(bottom - 1 <= one.base <= top for one in line.inked()[:1])]
    before = [line for line in rows if line.inked()[0].left < right]
    if rows and top - bottom < _MAX_ROW:
        line = (before or rows)[-1]
        place = next((at for at, one in enumerate(line.glyphs) if one.text.strip() and one.left >= left), None)
        line.glyphs.insert(len(line.glyphs) if place is None else place, glyph)
        return
    above = [at for at, line in enumerate(lines) if line.inked() and line.inked()[0].base >= top]
    lines.insert(above[-1] + 1 if above else 0, _Line([glyph]))


def _in_columns(lines: list[_Line], depth: int) -> list[_Line]:
    """Return the lines with those that hold prose of two columns taken apart, the left column first."""
    found = _columns(lines) if depth < _MAX_DEPTH else None
    if not found:
        return lines
    begin, end, gutter = found
    left, right = [], []
    for line in lines[begin:end]:
        one, other = _parted(line, gutter)
        left += [one] if one.glyphs else []
        right += [other] if other.glyphs else []
    rest = _in_columns(lines[end:], depth + 1)
    return [*lines[:begin], *_in_columns(left, depth + 1), *_in_columns(right, depth + 1), *rest]


def _columns(lines: list[_Line]) -> tuple[int, int, float] | None:
    """Find the first lines in a row that hold two columns of prose: from, to, and where between them the gutter is."""
    rows = [_row(line) for line in lines]
    refused: set[tuple[int, int]] = set()
    for begin, row in enumerate(rows):
        for low, high in row.gaps:
            end = begin
            while end < len(rows) and (shared := _shared(rows, end, begin, low, high)):
                low, high = shared
                end += 1
            middle = (low + high) / 2
            if end - begin < _MIN_ROWS or (end, int(middle / 20)) in refused:
                continue
            if _are_prose(lines[begin:end], middle):
                return begin, end, middle
            refused.add((end, int(middle / 20)))
    return None


def _shared(rows: list["_Row"], at: int, begin: int, low: float, high: float) -> tuple[float, float] | None:
    """Return what is left of a gutter after one more line, None when the line goes over it."""
    row = rows[at]
    if row.right <= low + 1 or row.left >= high - 3:  # in one column only, and near enough to be of it
        is_near = at > begin and abs(rows[at - 1].base - row.base) < _LEADING * row.size
        return (low, high) if is_near else None
    shared = ((max(low, start), min(high, end)) for start, end in row.gaps)
    return next(((start, end) for start, end in shared if end - start > 0.3 * row.size), None)


class _Row(NamedTuple):
    """What of a line counts when columns are looked for."""

    left: float
    right: float
    base: float
    size: float
    gaps: list[tuple[float, float]]


def _row(line: _Line) -> _Row:
    inked = line.inked()
    if not inked:
        return _Row(0, 0, 0, 0, [])
    gaps = list(islice(_gaps(inked), _TOO_MANY))
    return _Row(inked[0].left, inked[-1].right, inked[0].base, inked[0].size, gaps)


def _gaps(inked: list[Glyph]) -> Iterator[tuple[float, float]]:
    for one, other in pairwise(inked):
        if other.left - one.right > _GUTTER * one.size:
            yield one.right, other.left


def _are_prose(lines: list[_Line], gutter: float) -> bool:
    """Whether both sides of a gutter are running text: rows of a table have short cells that begin anew."""
    for side in zip(*(_parted(line, gutter) for line in lines), strict=True):
        texts = [line.text() for line in side if line.inked()]
        if len(texts) < _MIN_ROWS or median(len(text.split()) for text in texts) < _MIN_WORDS:
            return False
        goes_on = sum(text[:1].islower() for text in texts[1:])
        if goes_on < _MIN_LOWER * (len(texts) - 1):
            return False
    return True


def _parted(line: _Line, gutter: float) -> tuple[_Line, _Line]:
    left = [glyph for glyph in line.glyphs if glyph.right <= gutter or (glyph.left < gutter and glyph.text.isspace())]
    kept = set(map(id, left))
    return _Line(left), _Line([glyph for glyph in line.glyphs if id(glyph) not in kept])


def notes(page: "PdfPage") -> list[Note]:
    """Return what was typed on the page: filled form fields, text and remarks, in the order of the file."""
    from pypdfium2 import raw

    found: list[Note] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MAX_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if annotation:
            found += _note(page, annotation)
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def _note(page: "PdfPage", annotation: Any) -> Iterator[Note]:
    from pypdfium2 import raw

    if raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
        return
    subtype = raw.FPDFAnnot_GetSubtype(annotation)
    if subtype == _WIDGET:
        text = _field(page, annotation)
    elif subtype == _FREE_TEXT or subtype in _MARKUP:
        text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    else:
        return
    box = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, box)
    if text:
        yield Note(text, (box.left, box.bottom, box.right, box.top) if subtype in (_WIDGET, _FREE_TEXT) else None)


def _field(page: "PdfPage", annotation: Any) -> str:
    """Return what a form's field holds; "" when it is empty, a button, a signature or a password."""
    from pypdfium2 import raw

    form = page.formenv
    if form is None:
        return _string(raw.FPDFAnnot_GetStringValue, annotation, b"V")
    kind = raw.FPDFAnnot_GetFormFieldType(form.raw, annotation)
    if kind in _BOXES:
        return "☒" if raw.FPDFAnnot_IsChecked(form.raw, annotation) else "☐"
    if kind not in (_TEXT_FIELD, *_CHOICES) or raw.FPDFAnnot_GetFormFieldFlags(form.raw, annotation) & _PASSWORD:
        return ""
    options = range(min(raw.FPDFAnnot_GetOptionCount(form.raw, annotation), _TOO_MANY)) if kind in _CHOICES else ()
    chosen = [
        _string(raw.FPDFAnnot_GetOptionLabel, form.raw, annotation, option)
        for option in options
        if raw.FPDFAnnot_IsOptionSelected(form.raw, annotation, option)
    ]
    return ", ".join(chosen) or _string(raw.FPDFAnnot_GetFormFieldValue, form.raw, annotation)


def _string(get: Callable[..., int], *of: object) -> str:
    """Call one of pdfium's functions that fill a buffer with UTF-16; return the text without line ends around it."""
    from pypdfium2.raw import FPDF_WCHAR

    size = min(get(*of, None, 0), _MAX_NOTE)
    buffer = ctypes.create_string_buffer(size)
    get(*of, ctypes.cast(buffer, ctypes.POINTER(FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0").replace("\r\n", "\n").replace("\r", "\n").strip()
