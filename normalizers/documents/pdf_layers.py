"""Layers of a PDF's page (optional content groups) that are switched off: nobody sees what is in them.

Knows: which of a page's objects are marked as a layer's. Knows nothing about what else hides text. pdfium does not say
which layers are off, but draws none of them: where a page looks the same without a layer's text, nobody sees it.
"""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pypdfium2 import PdfPage, raw

from normalizers.documents.pdf_drawn import Drawings

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


def off(page: PdfPage, layers: Mapping[str, Sequence[Any]], drawings: Drawings) -> Iterator[str]:
    """Yield which layers are switched off, given the text objects of each."""
    if layers and drawings.may_draw(page, 1 + len(layers)):
        whole = drawings.picture(page)
        for layer, texts in layers.items():
            if whole and drawings.picture(page, texts) == whole:
                yield layer
