"""The text of a PDF; run as a program, a child process that reads the PDF from standard input.

Knows: pypdfium2, and in which order a page is read. Knows nothing about requests: with the files beside it that it
uses it imports nothing but pypdfium2 (see `pdf.py`), so that a start costs an interpreter and that.
"""

import re
import resource
import sys
from typing import NamedTuple

from pypdfium2 import PdfDocument, PdfiumError, PdfPage, PdfTextPage
from pypdfium2.raw import FORMTYPE_NONE, FORMTYPE_XFA_FOREGROUND, FORMTYPE_XFA_FULL, FPDF_ERR_PASSWORD

from normalizers.documents import (
    hyphens,
    pdf_fonts,
    pdf_layout,
    pdf_letters,
    pdf_notes,
    pdf_objects,
    pdf_seen,
    pdf_turn,
)
from normalizers.documents.pdf_drawn import Drawings
from normalizers.documents.pdf_limits import MAX_CHARACTERS, MAX_CPU_SECONDS, MAX_MEMORY, MAX_PAGES, OK, PAGE_BREAK
from normalizers.documents.pdf_seen import Seen

_MAX_PLACED = 1_000_000  # characters that are asked for their places; the pages behind are read as they are written
_MAX_OBJECTS = 300_000  # that are looked at
# What the one page of such a form says in a program that cannot draw it.
_SHELL = re.compile(r"please wait\b.{0,400}\b(?:proper contents of the document|pdf viewer)", re.IGNORECASE | re.DOTALL)


class Refused(Exception):  # noqa: N818 (what became of the file, not what failed here)
    """A PDF that is not read: one of our error codes and its detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Extract(NamedTuple):
    """What a PDF gives: its text, and how many characters were left out because nobody sees or can read them."""

    text: str
    hidden: int
    unmapped: int


def extract(data: bytes) -> Extract:
    """Return the text of all pages, PAGE_BREAK between them.

    Raises Refused E1006 for a form that only its maker's program shows, E1007 when the fonts do not say what most of
    the text is, E1011 when the PDF is encrypted or broken and E1012 when it is too long. pdfium serves one thread at
    a time, and may be brought down or kept busy by a hostile file: outside a test or a benchmark call `pdf.read`.
    """
    try:
        pdf = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise Refused("E1011", "document is a PDF that is encrypted with a password") from None
        raise Refused("E1011", f"document is a broken PDF of {len(data):,} bytes") from None
    with pdf:
        pages = len(pdf)
        if pages > MAX_PAGES:
            raise Refused("E1012", f"document is a PDF of {pages:,} pages; the limit is {MAX_PAGES:,}")
        return _Reader(pdf, pages).read()


class _Reader:
    """One pass over the pages."""

    def __init__(self, pdf: PdfDocument, count: int) -> None:
        self._pdf = pdf
        self._count = count
        form = pdf.get_formtype()
        self._is_drawn_elsewhere = form == FORMTYPE_XFA_FULL  # by the program that it was made with
        self._is_xfa = form == FORMTYPE_XFA_FOREGROUND
        self._annotations = 0
        self._drawings = Drawings()
        if form != FORMTYPE_NONE:
            pdf.init_forms()
        self._characters = self._hidden = self._unmapped = 0
        self._left_to_place, self._left_to_see = _MAX_PLACED, _MAX_OBJECTS

    def read(self) -> Extract:
        texts = []
        for number in range(self._count):
            texts.append(self._page(number))
            self._characters += len(texts[-1])
            if self._characters > MAX_CHARACTERS:
                raise Refused("E1012", f"document's PDF holds over {MAX_CHARACTERS:,} characters, which is the limit")
        text = PAGE_BREAK.join(texts)
        if self._is_shell(text):
            raise Refused("E1006", "document is an XFA form, whose pages are no PDF; a printed copy of it can be read")
        if pdf_fonts.is_gibberish(text):
            self._unmapped, self._characters = self._characters, 0
        total = self._characters + self._unmapped
        if 2 * self._unmapped > total:
            raise Refused("E1007", f"document's fonts do not say what {self._unmapped:,} of {total:,} characters are")
        return Extract(hyphens.joined(text), self._hidden, self._unmapped)

    def _is_shell(self, text: str) -> bool:
        """Whether the PDF is an XFA form of which only another program can draw the pages."""
        is_without_fields = self._is_xfa and not self._annotations
        return self._is_drawn_elsewhere or (self._count == 1 and (is_without_fields or bool(_SHELL.search(text))))

    def _page(self, number: int) -> str:
        try:
            page = self._pdf[number]
            text_page = page.get_textpage()
            if pdf_turn.put_upright(page, text_page):
                text_page = page.get_textpage()
            self._annotations += pdf_notes.count(page)
            self._left_to_see -= pdf_objects.count(page)
            seen = pdf_seen.NOTHING
            if self._left_to_see >= 0:
                seen = pdf_seen.look(page, text_page, self._drawings)
                text_page = page.get_textpage() if seen.is_changed else text_page
            text = self._text(page, text_page, seen)
        except PdfiumError:
            detail = f"document is a broken PDF: page {number + 1:,} of {self._count:,} cannot be read"
            raise Refused("E1011", detail) from None
        text = pdf_letters.joined(text.replace("\r\n", "\n"), text_page)
        page.close()  # and its text with it, or two thousand pages stay in memory
        return text.replace("\f", "\n")

    def _text(self, page: PdfPage, text_page: PdfTextPage, seen: Seen) -> str:
        notes, turn, covered = pdf_notes.notes(page), page.get_rotation(), pdf_seen.under(seen.covered, text_page)
        self._hidden += seen.hidden + len(covered)
        text = text_page.get_text_range()
        reasons = pdf_layout.reasons(seen.boxes, text_page, text, turn)
        is_placed = bool(notes or covered or reasons.are_columns or reasons.is_stacked)
        is_table = reasons.has_empty_cells or reasons.may_be_broken
        if (is_placed or is_table or reasons.exponents) and self._left_to_place > 0:
            self._left_to_place -= text_page.count_chars()
            if is_placed:
                text = pdf_layout.text(text_page, notes, turn, covered)
            elif is_table:
                text = pdf_layout.rows(text_page, turn)
            else:
                text = pdf_layout.with_exponents(text_page, reasons.exponents, turn)
        else:
            text = "\n".join([text, *(note.text for note in notes)])
        kept, unmapped = pdf_fonts.without_unmapped(text, text_page)
        self._unmapped += unmapped
        return kept


def limit() -> None:
    """Hold this process to the limits above."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS + 1))  # SIGXCPU, then SIGKILL
    if sys.platform != "darwin":  # which has this limit and refuses every value of it
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read a PDF from standard input; write OK and its text, or a code and its detail."""
    limit()
    try:
        text, hidden, unmapped = extract(sys.stdin.buffer.read())
        answer = f"{OK} {hidden} {unmapped}\n{text}"
    except Refused as refusal:
        answer = f"{refusal.code} {refusal}"
    except MemoryError:
        answer = f"E1012 document's PDF unpacks to over {MAX_MEMORY:,} bytes of memory, which is the limit"
    sys.stdout.buffer.write(answer.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
