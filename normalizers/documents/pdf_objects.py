"""The objects of a PDF's page in the order in which they are drawn, and how each looks: where, how large, what colour.

Knows: pdfium's page objects, and forms, which are pages in pages. Knows nothing about what anybody sees of them. Runs
in the child process and imports nothing of ours but the layers and what is nearly white.
"""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

from pypdfium2 import PdfPage, raw

from normalizers.documents import pdf_layers
from normalizers.documents.pdf_drawn import NEARLY_WHITE

TEXT, PATH, IMAGE, SHADING, _FORM = 1, 2, 3, 4, 5  # pdfium's types of page objects
CLEAR, WHITE, OTHER = range(3)  # colours
_MAX_DEPTH = 8  # forms in forms

Box = tuple[float, float, float, float]  # left, bottom, right, top
_Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

# What pdfium's functions write to; made once, because a page may have thousands of objects.
_RED, _GREEN, _BLUE, _OPACITY = (ctypes.c_uint() for _ in range(4))
_LEFT, _BOTTOM, _RIGHT, _TOP = (ctypes.c_float() for _ in range(4))
_FILL, _HAS_OUTLINE = ctypes.c_int(), ctypes.c_int()
_MATRIX, _SIZE = raw.FS_MATRIX(), ctypes.c_float()
_COLOUR_REFERENCES = tuple(map(ctypes.byref, (_RED, _GREEN, _BLUE, _OPACITY)))
_EDGE_REFERENCES = tuple(map(ctypes.byref, (_LEFT, _BOTTOM, _RIGHT, _TOP)))
_FILL_REFERENCES = (ctypes.byref(_FILL), ctypes.byref(_HAS_OUTLINE))
_MATRIX_REFERENCE, _SIZE_REFERENCE = ctypes.byref(_MATRIX), ctypes.byref(_SIZE)


class Item(NamedTuple):
    """A page object, what it is, how the form that it is in is placed on the page, and the layer that both are in."""

    handle: Any
    kind: int
    matrix: _Matrix
    layer: str


def count(page: PdfPage) -> int:
    """Return how many objects the page itself has."""
    return int(raw.FPDFPage_CountObjects(page.raw))


def items(page: PdfPage) -> Iterator[Item]:
    """Yield the objects of a page in the order in which they are drawn, those of forms in their place."""
    object_at, kind_of, page_handle = raw.FPDFPage_GetObject, raw.FPDFPageObj_GetType, page.raw
    for number in range(count(page)):
        handle = object_at(page_handle, number)
        kind = kind_of(handle)
        item = Item(handle, kind, _AS_IT_IS, pdf_layers.of(handle))
        if kind == _FORM:
            yield from _within(item, 1)
        else:
            yield item


def _within(form: Item, depth: int) -> Iterator[Item]:
    matrix = _joined(_matrix(form.handle), form.matrix)
    for number in range(raw.FPDFFormObj_CountObjects(form.handle)):
        handle = raw.FPDFFormObj_GetObject(form.handle, number)
        item = Item(handle, raw.FPDFPageObj_GetType(handle), matrix, form.layer or pdf_layers.of(handle))
        if item.kind == _FORM and depth < _MAX_DEPTH:
            yield from _within(item, depth + 1)
        else:
            yield item


def bounds(item: Item) -> Box:
    """Return where an object stands on the page."""
    raw.FPDFPageObj_GetBounds(item.handle, *_EDGE_REFERENCES)
    box = (_LEFT.value, _BOTTOM.value, _RIGHT.value, _TOP.value)
    return box if item.matrix is _AS_IT_IS else _moved(box, item.matrix)


def own_bounds(item: Item) -> Box:
    """Return where an object stands in the form that it is in."""
    return bounds(item._replace(matrix=_AS_IT_IS))


def size(item: Item) -> float:
    """Return how large a text's font is on the page."""
    raw.FPDFTextObj_GetFontSize(item.handle, _SIZE_REFERENCE)
    found = abs(_SIZE.value) * _scale(_matrix(item.handle))
    return found if item.matrix is _AS_IT_IS else found * _scale(item.matrix)


def is_slanted(item: Item) -> bool:
    """Whether a text runs neither along the page nor up or down."""
    a, b, c, d, _, _ = _joined(_matrix(item.handle), item.matrix)
    return bool((a or d) and (b or c))


def colour(handle: Any) -> int:
    """Return what a text or an area is filled with: CLEAR, WHITE, which a pattern may be, too, or OTHER."""
    if not raw.FPDFPageObj_GetFillColor(handle, *_COLOUR_REFERENCES):
        return OTHER
    if not _OPACITY.value:
        return CLEAR
    return WHITE if min(_RED.value, _GREEN.value, _BLUE.value) >= NEARLY_WHITE else OTHER


def is_filled(path: Any) -> bool:
    """Whether an outline's inside is painted."""
    raw.FPDFPath_GetDrawMode(path, *_FILL_REFERENCES)
    return _FILL.value != 0


def _moved(box: Box, matrix: _Matrix) -> Box:
    left, bottom, right, top = box
    a, b, c, d, e, f = matrix
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
