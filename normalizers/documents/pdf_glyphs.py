"""The characters of one PDF page and where they stand, and the lines that they make, exponents raised.

Knows: pdfium's characters, and geometry within a line. Knows nothing about columns. Runs in the child process and
imports nothing of ours but `hyphens.py` and `notation.py`. Places are those on the page as it is shown, which may be
turned.
"""

import ctypes
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from pypdfium2 import PdfTextPage, raw

from normalizers.documents import hyphens, notation

EXPONENTS = {sign: notation.raised(sign) for sign in "0123456789+-\u2212n"}
_RAISED = frozenset(EXPONENTS.values())
SMALLER, HIGHER = 0.85, 0.15  # than the text before, as parts of its size: an exponent
BESIDE = 0.8  # of the size: how far behind what it raises an exponent may begin
_SAME_LINE = 0.5  # of the size: how far two characters' baselines may be apart
_FEW = 8  # characters at a line's end that tell its size

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Glyph(NamedTuple):
    """One character, or the value of a form's field, and where it stands; in points, from below."""

    text: str
    left: float
    right: float
    x: float  # its origin: the ink of a character may stand anywhere in its cell
    base: float
    size: float


class Line:
    """Characters in the order in which they are read."""

    def __init__(self, glyphs: Iterable[Glyph] = ()) -> None:
        self.glyphs = list(glyphs)

    def text(self) -> str:
        """Return the text of the line."""
        return re.sub(" {2,}", " ", "".join(glyph.text for glyph in self.glyphs)).strip(" ")

    def inked(self) -> Iterator[Glyph]:
        """Yield what is no space."""
        return (glyph for glyph in self.glyphs if not glyph.text.isspace())

    def first(self) -> Glyph | None:
        """Return the first of the characters that is no space."""
        return next(self.inked(), None)

    def last(self) -> list[Glyph]:
        """Return the last few of the characters that are no spaces."""
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


def lines(text_page: PdfTextPage, turn: int) -> list[Line]:
    """Return pdfium's lines; one that goes on where the last ended, behind an exponent, is the same."""
    found, line, is_broken = [], Line(), False
    for glyph in _glyphs(text_page, turn):
        if glyph.text == "\n":
            is_broken = True
            continue
        if is_broken and not glyph.text.isspace():
            if not _goes_on(line, glyph):
                found.append(line)
                line = Line()
            is_broken = False
        if not is_broken or line.glyphs:
            line.glyphs.append(_raised(glyph, line))
    return [*found, line]


def _goes_on(line: Line, glyph: Glyph) -> bool:
    """Whether a character behind a line end is one more of the line; put the space between them that it shows."""
    inked = line.last()
    normal = max(inked, key=lambda one: one.size, default=None)
    if not normal or abs(glyph.base - normal.base) > _SAME_LINE * normal.size or glyph.left < inked[-1].right - 1:
        return False
    if glyph.left > inked[-1].right + 0.15 * normal.size and line.glyphs[-1].text != " ":
        line.glyphs.append(glyph._replace(text=" "))
    return True


def _glyphs(text_page: PdfTextPage, turn: int) -> Iterator[Glyph]:

    # By name, and with references made once: a page has thousands of characters.
    character, size_of, box_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetFontSize, raw.FPDFText_GetCharBox
    origin_of, matrix_of = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetMatrix
    page, surrogate, matrix = text_page.raw, "", raw.FS_MATRIX()
    left, right, bottom, top, x, base = (ctypes.c_double() for _ in range(6))
    edges = tuple(map(ctypes.byref, (left, right, bottom, top)))
    origin, to_matrix = (ctypes.byref(x), ctypes.byref(base)), ctypes.byref(matrix)
    for place in range(text_page.count_chars()):
        code = character(page, place)
        if code in (0, 0xD):
            continue
        if 0xD800 <= code < 0xDC00:
            surrogate = chr(code)
            continue
        text = hyphens.MARK if code == 2 and raw.FPDFText_IsHyphen(page, place) == 1 else chr(code)
        if surrogate:
            text = (surrogate + text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            surrogate = ""
        box_of(page, place, *edges)
        origin_of(page, place, *origin)
        matrix_of(page, place, to_matrix)  # many files write size 1, and make it larger
        size = size_of(page, place) * abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        if turn:
            box = turned((left.value, bottom.value, right.value, top.value), turn)
            at = turned((x.value, base.value, x.value, base.value), turn)
            yield Glyph(text, box[0], box[2], at[0], at[1], size)
        else:
            yield Glyph(text, left.value, right.value, x.value, base.value, size)


def _raised(glyph: Glyph, line: Line) -> Glyph:
    """Return a digit that stands higher than the digit, letter or bracket before it as an exponent."""
    if glyph.text not in EXPONENTS:
        return glyph
    before = [one for one in line.glyphs[-4:] if not one.text.isspace()]
    if not before or glyph.left > before[-1].right + BESIDE * before[-1].size:
        return glyph
    text, size, base = before[-1].text, before[-1].size, before[-1].base
    if text in _RAISED:
        is_raised = abs(glyph.base - base) < 0.1 * size and abs(glyph.size - size) < 0.1 * size
    else:
        is_higher = glyph.size < SMALLER * size and glyph.base > base + HIGHER * size
        is_raised = is_higher and (text.isalnum() or text in ")]")
    if not is_raised:
        return glyph
    while line.glyphs and line.glyphs[-1].text == " ":
        line.glyphs.pop()
    return glyph._replace(text=EXPONENTS[glyph.text])
