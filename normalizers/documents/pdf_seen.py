"""What of a PDF's page nobody sees, and what nobody can read.

Knows: pdfium's page objects, their colours and sizes, and which characters have no meaning. Knows nothing about where
text belongs. Text that no reader sees is a place for planted instructions; a scan's invisible text, which says what
its picture shows, stays. Runs in the child process and imports nothing of ours but the layers.
"""

import ctypes
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from pypdfium2 import PdfPage, PdfTextPage, raw

from normalizers.documents import pdf_layers
from normalizers.documents.pdf_layers import Layers

_TINY = 2.0  # points: no print is that small
_NEARLY_WHITE = 0xF7  # of each colour
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5  # pdfium's types of page objects
_FILLED, _NOT_DRAWN = 0, (3, 7)  # text rendering modes; the others: invisible, and clip only
_CLEAR, _WHITE, _OTHER = range(3)  # colours
_MAX_DEPTH = 8  # forms in forms
_SAMPLED = 40  # characters of a page that are asked for before all are
_MEANINGLESS = re.compile("[\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_SPACES = frozenset((0x2, 0x9, 0xA, 0xD))  # and pdfium's hyphen at a line's end
_MIN_CONTROLS = 10  # characters to each that is a control: in place of spaces, so that the rest is no text either
_TOO_MANY = 2_000  # areas: a drawing, and what lies under its labels is not asked
# What pdfium's functions write to; made once, because a page may have thousands of objects.
_COLOUR = tuple(ctypes.c_uint() for _ in range(4))  # red, green, blue, opacity
_EDGES = tuple(ctypes.c_float() for _ in range(4))
_MODE = (ctypes.c_int(), ctypes.c_int())  # how a path is filled, and whether it has an outline
_MATRIX, _SIZE = raw.FS_MATRIX(), ctypes.c_float()
_COLOUR_REFERENCES, _EDGE_REFERENCES, _MODE_REFERENCES = (
    tuple(map(ctypes.byref, values)) for values in (_COLOUR, _EDGES, _MODE)
)
_MATRIX_REFERENCE, _SIZE_REFERENCE = ctypes.byref(_MATRIX), ctypes.byref(_SIZE)
_THIN = 0.01  # points: no text that pdfium reads is so thin
_SLANT = 0.001
_Box = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def count(page: PdfPage) -> int:
    """Return how many objects the page itself has."""
    return int(raw.FPDFPage_CountObjects(page.raw))


class _Item(NamedTuple):
    """A page object, how the form that it is in is placed on the page, and the layer that both are in."""

    handle: Any
    matrix: _Matrix
    layer: str


def drop_unseen(page: PdfPage, text_page: PdfTextPage, layers: Layers) -> tuple[int, bool]:
    """Take the text off the page that nobody sees; return how many characters it had, and whether the page changed."""
    look = _Look(page.get_bbox())
    for item in _items(page):
        look.take(item)
    unseen = look.unseen()
    for layer in layers.off(page, {layer: [item.handle for item in items] for layer, items in look.layered.items()}):
        unseen += look.layered[layer]
    dropped = 0
    for item in unseen:
        dropped += max(0, int(raw.FPDFTextObj_GetText(item.handle, text_page.raw, None, 0)) // 2 - 1)
        raw.FPDFPageObj_SetIsActive(item.handle, False)
    return dropped, look.is_changed or bool(unseen)


class _Look:
    """One look at a page's objects, in the order in which they are drawn."""

    def __init__(self, edges: _Box) -> None:
        self.layered: dict[str, list[_Item]] = {}  # text that is seen if its layer is
        self.is_changed = False
        self._edges = edges
        self._painted: list[_Box] = []
        self._pictures: list[_Box] = []
        self._unseen: list[_Item] = []
        self._not_drawn: list[tuple[_Item, _Box]] = []
        self._texts = 0

    def take(self, item: _Item) -> None:
        """Take the next object."""
        kind = raw.FPDFPageObj_GetType(item.handle)
        if kind == _TEXT:
            self._take_text(item)
        elif kind == _PATH and _is_filled(item) and _colour(item) == _OTHER:
            self._painted.append(_bounds(item))
        elif kind in (_IMAGE, _SHADING):
            self._pictures.append(_bounds(item))

    def _take_text(self, item: _Item) -> None:
        self._texts += 1
        box = _bounds(item)
        if box[2] - box[0] < _THIN < box[3] - box[1]:
            _slant(item)
            self.is_changed = True
        mode, colour = raw.FPDFTextObj_GetTextRenderMode(item.handle), _colour(item)
        if _is_tiny(item) or _is_beside(box, self._edges):
            self._unseen.append(item)
        elif mode in _NOT_DRAWN or (mode == _FILLED and colour == _CLEAR):
            self._not_drawn.append((item, box))
        elif mode == _FILLED and colour == _WHITE and not _is_over(box, self._painted, self._pictures):
            self._unseen.append(item)
        elif item.layer:
            self.layered.setdefault(item.layer, []).append(item)

    def unseen(self) -> list[_Item]:
        """Return the text that nobody sees, whatever layers are on."""
        # A scan's picture may be drawn over its text, in strips between the lines, or as outlines.
        if len(self._not_drawn) == self._texts and (self._painted or self._pictures):
            return self._unseen
        return [*self._unseen, *(item for item, box in self._not_drawn if not _is_over(box, self._pictures))]


def _slant(item: _Item) -> None:
    """Slant a text by next to nothing: pdfium takes one without width for empty, which Chinese or Japanese from above
    is where no font has its characters."""
    _, bottom, _, top = _bounds(item._replace(matrix=_AS_IT_IS))
    raw.FPDFPageObj_Transform(item.handle, 1, 0, _SLANT, 1, -_SLANT * (bottom + top) / 2, 0)


def without_unmapped(text: str, text_page: PdfTextPage) -> tuple[str, int]:
    """Return a page's text without the characters that its fonts give no meaning to, and how many they are."""
    total = text_page.count_chars()
    codes, controls = _unmapped(text_page, total)
    if codes.count(0x20) * 15 >= len(codes) and min(codes, default=0x20) >= 0x20:
        codes = []  # they are the letters', by chance
    if 2 * len(codes) > total or _MIN_CONTROLS * controls > total:
        return "", total
    garbage = {code for code in codes if code < 0x20 and code not in _SPACES}
    text = text.translate(dict.fromkeys(garbage))
    if 2 * len(_MEANINGLESS.findall(text)) > len("".join(text.split())):
        return "", total
    return text, len(codes)


def _unmapped(text_page: PdfTextPage, total: int) -> tuple[list[int], int]:
    """Return the codes of the characters that their font has no map for, and how many are mapped to controls.

    Of a few characters it is asked first.
    """
    code_of, lacks_map = raw.FPDFText_GetUnicode, raw.FPDFText_HasUnicodeMapError
    page, step = text_page.raw, max(1, total // _SAMPLED)

    def is_control(code: int) -> bool:
        return code < 0x20 and code not in _SPACES

    if not any(lacks_map(page, at) == 1 or is_control(code_of(page, at)) for at in range(0, total, step)):
        return [], 0
    found = [(code_of(page, at), lacks_map(page, at) == 1) for at in range(total)]
    controls = sum(is_control(code) and not is_unmapped for code, is_unmapped in found)
    return [code for code, is_unmapped in found if is_unmapped], controls


def _items(page: PdfPage) -> Iterator[_Item]:
    """Yield the objects of a page in the order in which they are drawn, those of forms in their place."""

    def within(form: _Item, depth: int) -> Iterator[_Item]:
        matrix = _joined(_matrix(form.handle), form.matrix)
        for number in range(raw.FPDFFormObj_CountObjects(form.handle)):
            handle = raw.FPDFFormObj_GetObject(form.handle, number)
            yield from opened(_Item(handle, matrix, form.layer or pdf_layers.of(handle)), depth)

    def opened(item: _Item, depth: int) -> Iterator[_Item]:
        if raw.FPDFPageObj_GetType(item.handle) == _FORM and depth < _MAX_DEPTH:
            yield from within(item, depth + 1)
        else:
            yield item

    for number in range(count(page)):
        handle = raw.FPDFPage_GetObject(page.raw, number)
        yield from opened(_Item(handle, _AS_IT_IS, pdf_layers.of(handle)), 0)


def _is_tiny(item: _Item) -> bool:
    raw.FPDFTextObj_GetFontSize(item.handle, _SIZE_REFERENCE)
    size = abs(_SIZE.value) * _scale(_matrix(item.handle))
    if item.matrix is not _AS_IT_IS:
        size *= _scale(item.matrix)
    return 0 < size <= _TINY


def _colour(item: _Item) -> int:
    """Return what a text or an area is filled with: _CLEAR, _WHITE or _OTHER, which a pattern is, too."""
    if not raw.FPDFPageObj_GetFillColor(item.handle, *_COLOUR_REFERENCES):
        return _OTHER
    red, green, blue, opacity = _COLOUR
    if not opacity.value:
        return _CLEAR
    return _WHITE if min(red.value, green.value, blue.value) >= _NEARLY_WHITE else _OTHER


def _is_filled(path: _Item) -> bool:
    raw.FPDFPath_GetDrawMode(path.handle, *_MODE_REFERENCES)
    return _MODE[0].value != 0


def _is_over(box: _Box, *areas: list[_Box]) -> bool:
    """Whether the middle of a text lies in one of the areas."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if sum(map(len, areas)) > _TOO_MANY:
        return True
    return any(area[0] <= x <= area[2] and area[1] <= y <= area[3] for area in chain(*areas))


def _is_beside(box: _Box, edges: _Box) -> bool:
    return box[2] < edges[0] or box[0] > edges[2] or box[3] < edges[1] or box[1] > edges[3]


def _bounds(item: _Item) -> _Box:
    raw.FPDFPageObj_GetBounds(item.handle, *_EDGE_REFERENCES)
    left, bottom, right, top = (edge.value for edge in _EDGES)
    if item.matrix is _AS_IT_IS:
        return left, bottom, right, top
    a, b, c, d, e, f = item.matrix
    across = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    up = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    return min(across), min(up), max(across), max(up)


def _matrix(handle: Any) -> _Matrix:
    found = raw.FPDFPageObj_GetMatrix(handle, _MATRIX_REFERENCE)
    return (_MATRIX.a, _MATRIX.b, _MATRIX.c, _MATRIX.d, _MATRIX.e, _MATRIX.f) if found else _AS_IT_IS


def _joined(inner: _Matrix, outer: _Matrix) -> _Matrix:
    """Return the matrix that does what the inner one does, then what the outer one does."""
    a, b, c, d, e, f = outer
    return (
        inner[0] * a + inner[1] * c, inner[0] * b + inner[1] * d,
        inner[2] * a + inner[3] * c, inner[2] * b + inner[3] * d,
        inner[4] * a + inner[5] * c + e, inner[4] * b + inner[5] * d + f,
    )  # fmt: skip


def _scale(matrix: _Matrix) -> float:
    """Return by how much a matrix makes things larger."""
    return float(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5)
