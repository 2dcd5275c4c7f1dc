"""Pictures of a PDF's page with and without some of its text: where both are the same, nobody sees it.

Knows: how a page is drawn. Knows nothing about why a text may be unseen. What pdfium does not say of an object (which
layers are off, which patterns fill a text, what is drawn over it) shows in the picture. Drawing takes some hundredths
of a second, so that a document may have a few pictures only. Runs in the child process.
"""

import ctypes
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from pypdfium2 import PdfiumError, PdfPage, raw

_MAX_DRAWINGS = 40  # of all pages
_MAX_OBJECTS = 5_000  # on a page that is drawn
_PIXELS = 700  # along a page's longer side
_EDGED = 4  # pixels: a box that is wider has an inside
NEARLY_WHITE = 0xF7  # of each colour
_AS_SEEN = bytes(0xFF if value >= NEARLY_WHITE else value for value in range(256))

_Box = tuple[float, float, float, float]


class _Picture(NamedTuple):
    pixels: bytes
    stride: int  # bytes from one row to the next
    depth: int  # bytes a pixel
    width: int
    height: int


class Drawings:
    """The pictures that may be drawn of a document."""

    def __init__(self) -> None:
        self._left = _MAX_DRAWINGS

    def may_draw(self, page: PdfPage, times: int) -> bool:
        """Whether so many pictures of a page may be drawn."""
        return times <= self._left and raw.FPDFPage_CountObjects(page.raw) <= _MAX_OBJECTS

    def picture(self, page: PdfPage, without: Iterable[Any] = ()) -> _Picture | None:
        """Draw a page, without some text objects; None: it is too large."""
        self._left -= 1
        hidden = list(without)
        _set_active(hidden, False)
        try:
            return _drawn(page)
        finally:
            _set_active(hidden, True)


def unchanged(page: PdfPage, one: _Picture, other: _Picture, box: _Box) -> bool:
    """Whether two pictures of a page are the same in a box, given in the page's own points."""
    left, bottom, right, top = box
    corners = [_pixel(page, one, x, y) for x in (left, right) for y in (bottom, top)]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    begin, end = min(across), max(across) + 1
    if end - begin > _EDGED:  # a pixel at the edge shows what is beside the box
        begin, end = begin + 1, end - 1
    begin, end = max(0, begin) * one.depth, min(one.width, end) * one.depth
    for row in range(max(0, min(down)), min(one.height, max(down) + 1)):
        at = row * one.stride
        if one.pixels[at + begin : at + end] != other.pixels[at + begin : at + end]:
            return False
    return True


def _drawn(page: PdfPage) -> _Picture | None:
    with suppress(PdfiumError):
        bitmap = page.render(scale=_PIXELS / max(page.get_size()), may_draw_forms=False)
        pixels = bytes(bitmap.buffer).translate(_AS_SEEN)
        return _Picture(pixels, bitmap.stride, bitmap.n_channels, bitmap.width, bitmap.height)
    return None


def _pixel(page: PdfPage, picture: _Picture, x: float, y: float) -> tuple[int, int]:
    """Return where a point of the page, which may be shown turned or cut, is in its picture."""
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(
        page.raw, 0, 0, picture.width, picture.height, 0, x, y, ctypes.byref(across), ctypes.byref(down)
    )
    return across.value, down.value


def _set_active(handles: list[Any], is_active: bool) -> None:
    for handle in handles:
        raw.FPDFPageObj_SetIsActive(handle, is_active)
