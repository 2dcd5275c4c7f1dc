"""Layers of a PDF's page (optional content groups) that are switched off: nobody sees what is in them.

Knows: which of a page's objects are marked as a layer's, and how a page is drawn. Knows nothing about what else hides
text. pdfium does not say which layers are off, but draws none of them: so a page is drawn with a layer's text and
without, as often as the limits allow, and where that makes no difference nobody sees it.
"""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pypdfium2 import PdfiumError, PdfPage, raw

_MAX_DRAWINGS = 40  # of all pages: each takes some hundredths of a second, and a scan's more
_MAX_OBJECTS = 5_000  # on a page that is drawn
_PIXELS = 700  # along a page's longer side
_MAX_NAME = 200  # bytes
_LAYER = "OC\0".encode("utf-16-le")
# What pdfium's functions write to; made once, because in a tagged file every object has a mark.
_NAME, _SIZE = ctypes.create_string_buffer(_MAX_NAME), ctypes.c_ulong()
_TO_NAME = (ctypes.cast(_NAME, ctypes.POINTER(raw.FPDF_WCHAR)), _MAX_NAME, ctypes.byref(_SIZE))


def of(handle: Any) -> str:
    """Return what tells the layer that a page object is marked with from others, "" when it is in none."""
    for number in range(raw.FPDFPageObj_CountMarks(handle)):
        mark = raw.FPDFPageObj_GetMark(handle, number)
        raw.FPDFPageObjMark_GetName(mark, *_TO_NAME)
        if _NAME.raw.startswith(_LAYER):
            is_named = raw.FPDFPageObjMark_GetParamStringValue(mark, b"Name", *_TO_NAME)
            name = _NAME.raw[: _SIZE.value].decode("utf-16-le", "replace").rstrip("\0") if is_named else ""
            return name or str(ctypes.cast(mark, ctypes.c_void_p).value)  # a rule about several has no name
    return ""


class Layers:
    """The layers of a document's pages, as far as its pages may be drawn."""

    def __init__(self) -> None:
        self._left = _MAX_DRAWINGS

    def off(self, page: PdfPage, layers: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        """Yield which layers are switched off, given the text objects of each."""
        if not layers or len(layers) >= self._left or raw.FPDFPage_CountObjects(page.raw) > _MAX_OBJECTS:
            return
        self._left -= 1 + len(layers)
        with suppress(PdfiumError):  # a page too large to draw
            whole = _drawn(page)
            for layer, texts in layers.items():
                for text in texts:
                    raw.FPDFPageObj_SetIsActive(text, False)
                is_off = _drawn(page) == whole
                for text in texts:
                    raw.FPDFPageObj_SetIsActive(text, True)
                if is_off:
                    yield layer


def _drawn(page: PdfPage) -> bytes:
    return bytes(page.render(scale=_PIXELS / max(page.get_size()), may_draw_forms=False).buffer)
