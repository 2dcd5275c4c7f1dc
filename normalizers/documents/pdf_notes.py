"""What was typed on a PDF's page and is not in its content: filled form fields, text and remarks.

Knows: pdfium's annotations and form fields. Knows nothing about the page's text, or where in it a note belongs. Runs in
the child process and imports nothing of ours.
"""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pypdfium2 import PdfPage, raw

_MAX_NOTES = 2_000  # on a page
_MAX_NOTE = 200_000  # bytes
_MAX_OPTIONS = 300  # of a field

_TEXT_FIELD, _CHOICES, _BOXES = 6, (4, 5), (2, 3)  # pdfium's types of form fields
_PASSWORD = 1 << 13
_UNSEEN = 2 | 32  # flags of an annotation: hidden, no view
_NOTE, _FREE_TEXT, _WIDGET = 1, 3, 20  # subtypes of annotations
_AREAS = frozenset((5, 6, 7, 13, 15, 28))  # squares, circles, polygons, stamps, ink, and what is to be made black
_MARKUP = frozenset((_NOTE, 8, 9, 10, 11, 12, 14))  # highlights and the like may have words of their own

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Note(NamedTuple):
    """A text, and the place on the page that it was typed in."""

    text: str
    box: Box | None  # None: it has no place in the text


def count(page: PdfPage) -> int:
    """Return how many annotations a page has, a form's fields among them."""
    return int(raw.FPDFPage_GetAnnotCount(page.raw))


def notes(page: PdfPage) -> list[Note]:
    """Return what was typed on the page: filled form fields, text and remarks, in the order of the file."""
    found: list[Note] = []
    for number in range(min(count(page), _MAX_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if annotation:
            found += _note(page, annotation)
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def areas(page: PdfPage) -> list[Box]:
    """Return where annotations are drawn that may cover what is under them."""
    found: list[Box] = []
    for number in range(min(count(page), _MAX_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if annotation:
            if raw.FPDFAnnot_GetSubtype(annotation) in _AREAS:
                found.append(_place(annotation))
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def _note(page: PdfPage, annotation: Any) -> Iterator[Note]:
    if raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
        return
    subtype = raw.FPDFAnnot_GetSubtype(annotation)
    if subtype == _WIDGET:
        text = _field(page, annotation)
    elif subtype == _FREE_TEXT or subtype in _MARKUP:
        text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    else:
        return
    if text:
        yield Note(text, _place(annotation) if subtype in (_WIDGET, _FREE_TEXT) else None)


def _place(annotation: Any) -> Box:
    box = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, box)
    return box.left, box.bottom, box.right, box.top


def _field(page: PdfPage, annotation: Any) -> str:
    """Return what a form's field holds; "" when it is empty, a button, a signature or a password."""
    form = page.formenv
    if form is None:  # the file lists none, but its pages have fields
        state = _string(raw.FPDFAnnot_GetStringValue, annotation, b"AS")
        return _box(state != "Off") if state else _string(raw.FPDFAnnot_GetStringValue, annotation, b"V")
    kind = raw.FPDFAnnot_GetFormFieldType(form.raw, annotation)
    if kind in _BOXES:
        return _box(bool(raw.FPDFAnnot_IsChecked(form.raw, annotation)))
    if kind not in (_TEXT_FIELD, *_CHOICES) or raw.FPDFAnnot_GetFormFieldFlags(form.raw, annotation) & _PASSWORD:
        return ""
    options = range(min(raw.FPDFAnnot_GetOptionCount(form.raw, annotation), _MAX_OPTIONS)) if kind in _CHOICES else ()
    chosen = [
        _string(raw.FPDFAnnot_GetOptionLabel, form.raw, annotation, option)
        for option in options
        if raw.FPDFAnnot_IsOptionSelected(form.raw, annotation, option)
    ]
    return ", ".join(chosen) or _string(raw.FPDFAnnot_GetFormFieldValue, form.raw, annotation)


def _box(is_checked: bool) -> str:
    return "☒" if is_checked else "☐"


def _string(get: Callable[..., int], *of: object) -> str:
    """Call one of pdfium's functions that fill a buffer with UTF-16; return the text without line ends around it."""
    size = min(get(*of, None, 0), _MAX_NOTE)
    buffer = ctypes.create_string_buffer(size)
    get(*of, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0").replace("\r\n", "\n").replace("\r", "\n").strip()
