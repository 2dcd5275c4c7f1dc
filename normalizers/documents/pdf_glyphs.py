"""The words of one PDF page and where they stand, and the lines that they make, exponents raised.

Knows: pdfium's characters, and geometry within a line. Knows nothing about columns. Runs in the child process and
imports nothing of ours but `hyphens.py` and `notation.py`. Places are those on the page as it is shown, which may be
turned. To ask for a place takes longer than to read a line: it is asked where words begin and end, and of every
character only where one may be raised or stand under the one before it.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from pypdfium2 import PdfTextPage, raw

from normalizers.documents import hyphens, notation

EXPONENTS = {sign: notation.raised(sign) for sign in "0123456789+-\u2212n"}
_RAISED = frozenset(EXPONENTS.values())
SMALLER, HIGHER = 0.85, 0.15  # than the text before, as parts of its size: an exponent
BESIDE = 0.8  # of the size: how far behind what it raises an exponent may begin
_ACROSS = 1.5  # times its size is a word wide that is not written downwards
_SAME_LINE = 0.5  # of the size: how far two characters' baselines may be apart
_ALL = (0, sys.maxsize)  # characters of a page
_FEW = 8  # glyphs at a line's end that tell its size
_HAN = r"\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(f"[{_HAN}]")
_PIECE = re.compile(rf"\s|[{_HAN}]|{hyphens.MARK}|[^\s{hyphens.MARK}{_HAN}]+")
_MAY_BE_RAISED = re.compile(r"[0-9+\u2212-]|(?<![^\W\d_]{3})n\b")

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Glyph(NamedTuple):
    """A word, a character or the value of a form's field, and where it stands; in points, from below."""

    text: str
    left: float
    right: float
    x: float  # its origin: the ink of a character may stand anywhere in its cell
    base: float
    size: float


class Line:
    """Glyphs in the order in which they are read."""

    def __init__(self, glyphs: Iterable[Glyph] = ()) -> None:
        self.glyphs = list(glyphs)

    def text(self) -> str:
        """Return the text of the line."""
        return re.sub(" {2,}", " ", "".join(glyph.text for glyph in self.glyphs)).strip(" ")

    def inked(self) -> Iterator[Glyph]:
        """Yield what is no space."""
        return (glyph for glyph in self.glyphs if not glyph.text.isspace())

    def first(self) -> Glyph | None:
        """Return the first of the glyphs that is no space."""
        return next(self.inked(), None)

    def last(self) -> list[Glyph]:
        """Return the last few of the glyphs that are no spaces."""
        return list(islice((glyph for glyph in reversed(self.glyphs) if not glyph.text.isspace()), _FEW))[::-1]


def middle(values: Iterable[float]) -> float:
    """Return the median of some numbers, the upper one of two; `statistics` takes long to import."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def turned(box: Box, turn: int) -> Box:
    """Return a box as it stands on a page that is shown turned by so many degrees, clockwise."""
    left, bottom, right, top = box
    if turn == 90:
        return bottom, -right, top, -left
    if turn == 180:
        return -right, -top, -left, -bottom
    return (-top, left, -bottom, right) if turn == 270 else box


def lines(text_page: PdfTextPage, turn: int, hidden: Container[int] = (), part: tuple[int, int] = _ALL) -> list[Line]:
    """Return pdfium's lines, or those from one character to another, without hidden characters.

    A line that goes on where the last ended, behind an exponent, is the same.
    """
    found, line, is_broken = [], Line(), False
    for glyph in _glyphs(text_page, turn, hidden, part):
        if glyph.text == "\n":
            is_broken = True
            continue
        if not glyph.text.isspace() and (is_broken or _is_below(line, glyph)):
            if not _goes_on(line, glyph):
                found.append(line)
                line = Line()
            is_broken = False
        if not is_broken or line.glyphs:
            line.glyphs.append(_raised(glyph, line))
    return [*found, line]


def _is_below(line: Line, glyph: Glyph) -> bool:
    """Whether a character begins a row below a line's last word, of which it is no other half, nor written downwards.

    pdfium does not end all the rows of a table.
    """
    last = next((one for one in reversed(line.glyphs) if not one.text.isspace()), None)
    if last is None or last.text == hyphens.MARK or glyph.base > last.base - _SAME_LINE * last.size:
        return False
    is_across = last.right - last.left > _ACROSS * last.size or last.text.isdigit()
    return glyph.left < (last.right if is_across else last.left)


def _goes_on(line: Line, glyph: Glyph) -> bool:
    """Whether a character behind a line end is one more of the line; put the space between them that it shows."""
    inked = line.last()
    normal = max(inked, key=lambda one: one.size, default=None)
    if not normal or abs(glyph.base - normal.base) > _SAME_LINE * normal.size or glyph.left < inked[-1].right - 1:
        return False
    if glyph.left > inked[-1].right + 0.15 * normal.size and line.glyphs[-1].text != " ":
        line.glyphs.append(glyph._replace(text=" "))
    return True


def _glyphs(text_page: PdfTextPage, turn: int, hidden: Container[int], part: tuple[int, int]) -> Iterator[Glyph]:
    place_of = _places(text_page, turn)
    text_of_page = characters(text_page)
    last = Glyph("", 0, 0, 0, 0, 0)
    for found in _PIECE.finditer(text_of_page, *part):
        text, begin, end = found[0], found.start(), found.end()
        if text in "\0\r":
            continue
        if text.isspace():  # it stands where the word before it ends
            yield last._replace(text=text, left=last.right, x=last.right)
        elif end == begin + 1 or hidden or _MAY_BE_RAISED.search(text):
            for place in range(begin, end):
                if place not in hidden:
                    last = Glyph(text_of_page[place], *place_of(place))
                    yield last
        else:
            left, right, x, base, size = place_of(begin)
            until = place_of(end - 1)
            last = Glyph(text, min(left, until[0]), max(right, until[1]), x, base, size)
            yield last


def characters(text_page: PdfTextPage) -> str:
    """Return a page's characters, each in the place that pdfium knows it by."""
    text: str = text_page.get_text_range()
    count = text_page.count_chars()
    if len(text) == count:
        return text
    code_of, page = raw.FPDFText_GetUnicode, text_page.raw
    codes = (code_of(page, place) for place in range(count))
    return "".join(
        hyphens.MARK if code == 2 and raw.FPDFText_IsHyphen(page, place) == 1 else chr(code)
        for place, code in enumerate(codes)
    )


def _places(text_page: PdfTextPage, turn: int) -> Callable[[int], tuple[float, float, float, float, float]]:
    """Return what tells where a character stands: its left, right, origin and size."""
    # By name, and with references made once: a page has thousands of characters.
    box_of, origin_of, size_of = raw.FPDFText_GetCharBox, raw.FPDFText_GetCharOrigin, raw.FPDFText_GetFontSize
    matrix_of, page, matrix = raw.FPDFText_GetMatrix, text_page.raw, raw.FS_MATRIX()
    left, right, bottom, top, x, base = (ctypes.c_double() for _ in range(6))
    edges = tuple(map(ctypes.byref, (left, right, bottom, top)))
    origin, to_matrix = (ctypes.byref(x), ctypes.byref(base)), ctypes.byref(matrix)

    def place_of(place: int) -> tuple[float, float, float, float, float]:
        box_of(page, place, *edges)
        origin_of(page, place, *origin)
        matrix_of(page, place, to_matrix)  # many files write size 1, and make it larger
        size = size_of(page, place) * abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        if not turn:
            return left.value, right.value, x.value, base.value, size
        box = turned((left.value, bottom.value, right.value, top.value), turn)
        at = turned((x.value, base.value, x.value, base.value), turn)
        return box[0], box[2], at[0], at[1], size

    return place_of


def _raised(glyph: Glyph, line: Line) -> Glyph:
    """Return a digit that stands higher than the digit, letter or bracket before it as an exponent."""
    if glyph.text not in EXPONENTS:
        return glyph
    before = [one for one in line.glyphs[-4:] if not one.text.isspace()]
    if not before or glyph.left > before[-1].right + BESIDE * before[-1].size:
        return glyph
    text, size, base = before[-1].text[-1], before[-1].size, before[-1].base
    if text in _RAISED:
        is_raised = abs(glyph.base - base) < 0.1 * size and abs(glyph.size - size) < 0.1 * size
    else:
        is_higher = glyph.size < SMALLER * size and glyph.base > base + HIGHER * size
        is_raised = is_higher and (text.isalnum() or text in ")]" or "\ud800" <= text <= "\udfff")
    if not is_raised:
        return glyph
    while line.glyphs and line.glyphs[-1].text == " ":
        line.glyphs.pop()
    return glyph._replace(text=EXPONENTS[glyph.text])
