"""What of a PDF's page nobody sees, and what nobody can read.

Knows: pdfium's page objects, their colours and sizes, and which characters have no meaning. Knows nothing about where
text belongs. Text that no reader sees is a place for planted instructions; a scan's invisible text, which says what
its picture shows, stays. Runs in the child process and imports nothing of ours.
"""

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_TINY = 2.0  # points: no print is that small
_NEARLY_WHITE = 0xF7  # of each colour
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5  # pdfium's types of page objects
_NOT_DRAWN = (3, 7)  # text rendering modes: invisible, and clip only
_MAX_DEPTH = 8  # forms in forms
_SAMPLED = 40  # characters of a page that are asked for before all are
_TOO_MANY = 2_000  # areas: a drawing, and what lies under its labels is not asked
# What pdfium's functions write to; made once, because a page may have thousands of objects.
_INTS = tuple(ctypes.c_int() for _ in range(2))
_COLOUR = tuple(ctypes.c_uint() for _ in range(4))  # red, green, blue, opacity
_EDGES = tuple(ctypes.c_float() for _ in range(4))
_Box = tuple[float, float, float, float]


def count(page: "PdfPage") -> int:
    """Return how many objects the page itself has."""
    from pypdfium2.raw import FPDFPage_CountObjects

    return int(FPDFPage_CountObjects(page.raw))


def drop_unseen(page: "PdfPage", text_page: "PdfTextPage") -> int:
    """Take the text off the page that nobody sees; return how many characters it had."""
    from pypdfium2 import raw

    painted: list[_Box] = []
    pictures: list[_Box] = []
    edges = page.get_bbox()
    unseen = []
    for item, owner, scale in _objects(page):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == _TEXT:
            reason = _is_unseen(item, scale, owner is None, edges, painted, pictures)
            if reason:
                unseen.append((item, owner))
        elif kind == _PATH and _is_painted(item):
            painted.append(_bounds(item))
        elif kind in (_IMAGE, _SHADING):
            pictures.append(_bounds(item))
    dropped = 0
    for item, owner in unseen:
        dropped += max(0, raw.FPDFTextObj_GetText(item, text_page.raw, None, 0) // 2 - 1)
        removed = raw.FPDFFormObj_RemoveObject(owner, item) if owner else raw.FPDFPage_RemoveObject(page.raw, item)
        if removed:
            raw.FPDFPageObj_Destroy(item)
    return dropped


def without_unmapped(text: str, text_page: "PdfTextPage") -> tuple[str, int]:
    """Return a page's text without the characters that its fonts give no meaning to, and how many they are."""
    from pypdfium2.raw import FPDFText_GetUnicode, FPDFText_HasUnicodeMapError

    total = text_page.count_chars()
    step = max(1, total // _SAMPLED)
    if not any(FPDFText_HasUnicodeMapError(text_page.raw, place) == 1 for place in range(0, total, step)):
        return text, 0
    codes = [
        FPDFText_GetUnicode(text_page.raw, place)
        for place in range(total)
        if FPDFText_HasUnicodeMapError(text_page.raw, place) == 1
    ]
    is_legible = codes.count(0x20) * 15 >= len(codes) and min(codes) >= 0x20  # codes that happen to be the letters'
    if is_legible:
        return text, 0
    if 2 * len(codes) > total:
        return "", total
    garbage = {code for code in codes if code < 0x20 and code not in (0x9, 0xA, 0xD)}
    return text.translate(dict.fromkeys(garbage)), len(codes)


def _objects(page: "PdfPage") -> Iterator[tuple[Any, Any, float]]:
    """Yield the objects of a page in the order in which they are drawn, the form each is in, and that form's scale."""
    from pypdfium2 import raw

    def within(form: Any, scale: float, depth: int) -> Iterator[tuple[Any, Any, float]]:
        for number in range(raw.FPDFFormObj_CountObjects(form)):
            item = raw.FPDFFormObj_GetObject(form, number)
            if raw.FPDFPageObj_GetType(item) == _FORM and depth < _MAX_DEPTH:
                yield from within(item, scale * _scale(item), depth + 1)
            else:
                yield item, form, scale

    for number in range(count(page)):
        item = raw.FPDFPage_GetObject(page.raw, number)
        if raw.FPDFPageObj_GetType(item) == _FORM:
            yield from within(item, _scale(item), 1)
        else:
            yield item, None, 1.0


def _is_unseen(
    item: Any, scale: float, is_placed: bool, edges: _Box, painted: list[_Box], pictures: list[_Box]
) -> bool:
    """Whether a text is too small, not drawn, white on white or beside the page."""
    from pypdfium2 import raw

    raw.FPDFTextObj_GetFontSize(item, _EDGES[0])
    if 0 < abs(_EDGES[0].value) * _scale(item) * scale <= _TINY:
        return True
    red, green, blue, opacity = _COLOUR
    has_colour = raw.FPDFPageObj_GetFillColor(item, *_COLOUR)
    is_white = has_colour and min(red.value, green.value, blue.value) >= _NEARLY_WHITE
    mode = raw.FPDFTextObj_GetTextRenderMode(item)
    if mode in _NOT_DRAWN or (has_colour and opacity.value == 0 and mode == 0):
        return is_placed and not _is_over(item, pictures)
    if is_white and mode == 0:
        return is_placed and not _is_over(item, painted) and not _is_over(item, pictures)
    return is_placed and _is_beside(_bounds(item), edges)


def _is_painted(path: Any) -> bool:
    """Whether a path fills an area with another colour than white."""
    from pypdfium2 import raw

    raw.FPDFPath_GetDrawMode(path, *_INTS)
    if not _INTS[0].value:
        return False
    red, green, blue, opacity = _COLOUR
    if not raw.FPDFPageObj_GetFillColor(path, *_COLOUR):
        return True  # a pattern
    return min(red.value, green.value, blue.value) < _NEARLY_WHITE and opacity.value > 0


def _is_over(item: Any, areas: list[_Box]) -> bool:
    """Whether the middle of a text lies in one of the areas."""
    left, bottom, right, top = _bounds(item)
    x, y = (left + right) / 2, (bottom + top) / 2
    return len(areas) > _TOO_MANY or any(area[0] <= x <= area[2] and area[1] <= y <= area[3] for area in areas)


def _is_beside(box: _Box, edges: _Box) -> bool:
    return box[2] < edges[0] or box[0] > edges[2] or box[3] < edges[1] or box[1] > edges[3]


def _bounds(item: Any) -> _Box:
    from pypdfium2.raw import FPDFPageObj_GetBounds

    left, bottom, right, top = _EDGES
    FPDFPageObj_GetBounds(item, *_EDGES)
    return left.value, bottom.value, right.value, top.value


def _scale(item: Any) -> float:
    """Return by how much the object's matrix makes it larger."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return 1.0
    return float(abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5)
