"""Letters on a PDF's page that stand apart from the words they are of: initials that are several lines high, and
headings that are spaced letter by letter.

Knows: pdfium's characters, how large they are and how far apart. Knows nothing about lines or columns. Runs in the
child process and imports nothing of ours but `pdf_glyphs.py`.
"""

import ctypes
import re
from itertools import islice, pairwise

from pypdfium2 import PdfTextPage, raw

from normalizers.documents import pdf_glyphs
from normalizers.documents.pdf_glyphs import middle

_INITIAL = re.compile(r"(?m)^([^\W\d_])\r?\n([^\W\d_]\S*.{0,20})")
_SPACED = re.compile(r"(?m)^(?:[^\W\d_] ){5,}[^\W\d_]$")
_HIGH = 1.8  # times as high as the text beside it is an initial
_WIDE = 1.6  # times as far apart as letters are words
_MOST = 100  # of each on a page


def joined(text: str, text_page: PdfTextPage) -> str:
    """Return the page's text with such letters put to their words; `text` has LF as its line ends."""
    if not (_INITIAL.search(text) or _SPACED.search(text)):
        return text
    written = pdf_glyphs.characters(text_page)
    for found in islice(_INITIAL.finditer(written), _MOST):
        if _is_initial(text_page, found.start(1), found.start(2)):
            text = text.replace(f"{found[1]}\n{found[2]}", f"{found[1]}{found[2]}", 1)
    for found in islice(_SPACED.finditer(written.replace("\r", "\n")), _MOST):
        text = text.replace(found[0], _words(text_page, found), 1)
    return text


def _is_initial(text_page: PdfTextPage, place: int, behind: int) -> bool:
    """Whether the letter in one place is large, and what stands behind it begins beside its upper half."""
    _, low, _, high = _box(text_page, place)
    _, base, _, top = _box(text_page, behind)
    return high - low > _HIGH * (top - base) and low + (high - low) / 2 < top < high + (top - base)


def _words(text_page: PdfTextPage, found: re.Match[str]) -> str:
    """Return the words of a line of single letters: what is further apart than the letters of most."""
    boxes = [_box(text_page, place) for place in range(found.start(), found.end(), 2)]
    gaps = [right[0] - left[2] for left, right in pairwise(boxes)]
    apart = _WIDE * middle(gaps)
    return found[0][0] + "".join(
        f" {letter}" if gap > apart else letter for gap, letter in zip(gaps, found[0][2::2], strict=True)
    )


def _box(text_page: PdfTextPage, place: int) -> pdf_glyphs.Box:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text_page.raw, place, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value
