"""The text of a PDF; run as a program, a child process that reads the PDF from standard input.

Knows: pypdfium2, and what a child process may take. Knows nothing about requests, and imports nothing of ours: it is
started by its path (see `pdf.py`), so that a start costs an interpreter and pypdfium2 and nothing else.
"""

import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PAGES = 2_000
MAX_CHARACTERS = 20_000_000
MAX_CPU_SECONDS = 20
MAX_MEMORY = 2**29  # bytes of address space
PAGE_BREAK = "\n\f\n"

OK = "OK"  # the first line of the output, or an error's code and detail


class Refused(Exception):  # noqa: N818 (what became of the file, not what failed here)
    """A PDF that is not read: one of our error codes and its detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def extract(data: bytes) -> str:
    """Return the text of all pages, PAGE_BREAK between them.

    Raises Refused E1011 when the PDF is encrypted or broken and E1012 when it is too long. pdfium serves one thread at
    a time, and may be brought down or kept busy by a hostile file: outside a test or a benchmark call `pdf.read`.
    """
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise Refused("E1011", "document is a PDF that is encrypted with a password") from None
        raise Refused("E1011", f"document is a broken PDF of {len(data):,} bytes") from None
    with pdf:
        pages = len(pdf)
        if pages > MAX_PAGES:
            raise Refused("E1012", f"document is a PDF of {pages:,} pages; the limit is {MAX_PAGES:,}")
        return PAGE_BREAK.join(_pages(pdf, pages))


def _pages(pdf: "PdfDocument", count: int) -> list[str]:
    texts: list[str] = []
    characters = 0
    for number in range(count):
        texts.append(_page(pdf, number, count))
        characters += len(texts[-1])
        if characters > MAX_CHARACTERS:
            raise Refused("E1012", f"document's PDF holds over {MAX_CHARACTERS:,} characters, which is the limit")
    return texts


def _page(pdf: "PdfDocument", number: int, count: int) -> str:
    from pypdfium2 import PdfiumError

    try:
        page = pdf[number]
        text: str = page.get_textpage().get_text_range()
    except PdfiumError:
        raise Refused("E1011", f"document is a broken PDF: page {number + 1:,} of {count:,} cannot be read") from None
    page.close()  # and its text with it, or two thousand pages stay in memory
    # pdfium marks the hyphen at a line's end, and has joined the word's halves already.
    return text.replace("\r\n", "\n").replace("\ufffe", "").replace("\f", "\n")


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
        answer = f"{OK}\n{extract(sys.stdin.buffer.read())}"
    except Refused as refusal:
        answer = f"{refusal.code} {refusal}"
    except MemoryError:
        answer = f"E1012 document's PDF unpacks to over {MAX_MEMORY:,} bytes of memory, which is the limit"
    sys.stdout.buffer.write(answer.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
