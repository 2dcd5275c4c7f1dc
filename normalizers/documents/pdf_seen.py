"""What of a PDF's page nobody sees.

Knows: by what text is put out of sight: its size, its colour, its place, what is drawn over it, the layer that it is
in. Knows nothing about where text belongs. Text that no reader sees is a place for planted instructions, and what is
under a black box is not to be read; a scan's invisible text, which says what its picture shows, stays. Runs in the
child process and imports nothing of ours but the files beside it.
"""

import ctypes
from itertools import chain
from typing import Any, NamedTuple

from pypdfium2 import PdfPage, PdfTextPage, raw

from normalizers.documents import pdf_drawn, pdf_layers, pdf_notes, pdf_objects
from normalizers.documents.pdf_drawn import Drawings
from normalizers.documents.pdf_objects import CLEAR, IMAGE, OTHER, PATH, SHADING, TEXT, WHITE, Box, Item

_TINY = 2.0  # points: no print is that small
_LOW, _HIGH = 2 * _TINY, 60.0  # points: nothing is asked of the size of a text that is higher and wider, up to here
_FILLED, _NOT_DRAWN = 0, (3, 7)  # text rendering modes; the others: invisible, and clip only
_TOO_MANY = 2_000  # areas: a drawing, and what lies under its labels is not asked
_THIN = 0.01  # points: no text that pdfium reads is so thin
_SLANT = 0.001
_BAND = 20  # points: texts are looked up by the height that they stand at
_FAR = 1e6  # points: beside any page
_LARGE = 0.5  # of the page: pictures over the text of a scan
_WHOLE = 0.95  # of a text's width


class Suspect(NamedTuple):
    """A text object that may be unseen, and the part of its place where it would be."""

    text: Item
    box: Box
    is_whole: bool


class Seen(NamedTuple):
    """What a look at a page finds."""

    boxes: list[Box]  # where its pieces of text stand
    hidden: int  # characters of text that was switched off
    is_changed: bool  # so that its text is to be read anew
    covered: list[Suspect]  # parts that something is drawn over, of text that is still there


NOTHING = Seen([], 0, False, [])


def look(page: PdfPage, text_page: PdfTextPage, drawings: Drawings) -> Seen:
    """Switch off the text of a page that nobody sees; say what was found."""
    found = _Look(page.get_bbox())
    for item in pdf_objects.items(page):
        found.take(item)
    for area in pdf_notes.areas(page):
        found.cover(area)
    suspects = _confirmed(page, found.white, found.covered(), drawings)
    unseen = [*found.unseen(), *(suspect.text for suspect in suspects if suspect.is_whole)]
    layers = {layer: [item.handle for item in texts] for layer, texts in found.layered.items()}
    for layer in pdf_layers.off(page, layers, drawings):
        unseen += found.layered[layer]
    hidden = 0
    for handle in {_address(item.handle): item.handle for item in unseen}.values():
        hidden += max(0, int(raw.FPDFTextObj_GetText(handle, text_page.raw, None, 0)) // 2 - 1)
        raw.FPDFPageObj_SetIsActive(handle, False)
    parts = [suspect for suspect in suspects if not suspect.is_whole]
    return Seen(found.boxes, hidden, found.is_changed or bool(unseen), parts)


def under(covered: list[Suspect], text_page: PdfTextPage) -> frozenset[int]:
    """Return the places of the characters that stand where something is drawn over them."""
    boxes: dict[int, list[Box]] = {}
    for suspect in covered:
        boxes.setdefault(_address(suspect.text.handle), []).append(suspect.box)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    found = set()
    for place in range(text_page.count_chars() if boxes else 0):
        for area in boxes.get(_address(raw.FPDFText_GetTextObject(text_page.raw, place)), ()):
            raw.FPDFText_GetCharBox(text_page.raw, place, left, right, bottom, top)
            if _holds(area, (left.value, bottom.value, right.value, top.value)):
                found.add(place)
    return frozenset(found)


class _Look:
    """One look at a page's objects, in the order in which they are drawn."""

    def __init__(self, edges: Box) -> None:
        self.boxes: list[Box] = []
        self.layered: dict[str, list[Item]] = {}  # text that is seen if its layer is
        self.white: list[Suspect] = []  # text on what seems to be the page
        self.is_changed = False
        self._edges = edges
        self._painted: list[Box] = []
        self._pictures: list[Box] = []
        self._unseen: list[Item] = []
        self._not_drawn: list[tuple[Item, Box]] = []
        self._texts: list[tuple[Item, Box]] = []  # that may be covered
        self._covers: list[tuple[int, Box]] = []  # how many texts an area may be drawn over, and where it is
        self._pictured = 0.0  # square points of text's page that pictures are drawn over

    def take(self, item: Item) -> None:
        """Take the next object."""
        if item.kind == TEXT:
            self._take_text(item)
        elif item.kind == PATH and pdf_objects.is_filled(item.handle):
            box = pdf_objects.bounds(item)
            if pdf_objects.colour(item.handle) == OTHER:
                self._painted.append(box)
            self.cover(box)
        elif item.kind in (IMAGE, SHADING):
            box = pdf_objects.bounds(item)
            self._pictures.append(box)
            self._pictured += _size(box) if self._texts else 0
            self.cover(box)

    def cover(self, area: Box) -> None:
        """Take where something is drawn over the text so far."""
        if self._texts and min(area[2] - area[0], area[3] - area[1]) > _LOW:
            self._covers.append((len(self._texts), area))

    def _take_text(self, item: Item) -> None:
        box = pdf_objects.bounds(item)
        left, bottom, right, top = box
        width, height = right - left, top - bottom
        mode, colour = raw.FPDFTextObj_GetTextRenderMode(item.handle), pdf_objects.colour(item.handle)
        if width < _THIN < height:
            _slant(item)
            self.is_changed = True
        if not (_LOW < height < _HIGH and width > _LOW) and _is_tiny(item, min(width, height)):
            self._unseen.append(item)
        elif right < self._edges[0] or left > self._edges[2] or top < self._edges[1] or bottom > self._edges[3]:
            self._unseen.append(item)
            return
        self.boxes.append(box)
        if mode in _NOT_DRAWN or (mode == _FILLED and colour == CLEAR):
            self._not_drawn.append((item, box))
        elif mode == _FILLED and colour == WHITE and not _is_over(box, self._painted, self._pictures):
            self.white.append(Suspect(item, box, True))
        else:
            self._texts.append((item, box))
            if item.layer:
                self.layered.setdefault(item.layer, []).append(item)

    def unseen(self) -> list[Item]:
        """Return the text that nobody sees, whatever the page looks like."""
        # A scan's picture may be drawn over its text, in strips between the lines, or as outlines.
        if len(self._not_drawn) == len(self.boxes) and (self._painted or self._pictures):
            return self._unseen
        return [*self._unseen, *(item for item, box in self._not_drawn if not _is_over(box, self._pictures))]

    def covered(self) -> list[Suspect]:
        """Return the text that an area was drawn over, which may be a clear one; none of a scan's."""
        if len(self._covers) > _TOO_MANY or self._pictured > _LARGE * _size(self._edges):
            return []
        bands: dict[int, list[int]] = {}
        for number, (_, box) in enumerate(self._texts if self._covers else ()):
            bands.setdefault(_band(_middle(box)[1]), []).append(number)
        found: list[Suspect | None] = []
        for drawn, area in self._covers:
            lowest, highest = _band(area[1]), _band(area[3])
            near = chain.from_iterable(bands[band] for band in bands if lowest <= band <= highest)
            found += (_covered(*self._texts[number], area) for number in near if number < drawn)
        return [suspect for suspect in found if suspect]


def _confirmed(page: PdfPage, white: list[Suspect], covered: list[Suspect], drawings: Drawings) -> list[Suspect]:
    """Return those suspects that the page looks the same without; the white ones, when it cannot be drawn."""
    suspects = [*white, *covered]
    if not suspects or not drawings.may_draw(page, 2):
        return white
    whole, bare = drawings.picture(page), drawings.picture(page, [suspect.text.handle for suspect in suspects])
    if not whole or not bare:
        return white
    return [suspect for suspect in suspects if pdf_drawn.unchanged(page, whole, bare, suspect.box)]


def _covered(text: Item, box: Box, area: Box) -> Suspect | None:
    """Return the part of a text that an area is drawn over, None when that is next to nothing."""
    left, right = max(box[0], area[0]), min(box[2], area[2])
    if not area[1] <= _middle(box)[1] <= area[3] or right - left < min(_TINY, (box[2] - box[0]) / 2):
        return None
    return Suspect(
        text, (left, max(box[1], area[1]), right, min(box[3], area[3])), right - left > _WHOLE * (box[2] - box[0])
    )


def _band(y: float) -> int:
    return int(max(-_FAR, min(_FAR, y)) // _BAND)  # in this order also of what is no number


def _slant(item: Item) -> None:
    """Slant a text by next to nothing: pdfium takes one without width for empty, which Chinese or Japanese from above
    is where no font has its characters."""
    _, bottom, _, top = pdf_objects.own_bounds(item)
    raw.FPDFPageObj_Transform(item.handle, 1, 0, _SLANT, 1, -_SLANT * (bottom + top) / 2, 0)


def _is_tiny(item: Item, narrow: float) -> bool:
    """Whether a text is too small to read, given the narrower side of its place: a font may be large at size 1."""
    return 0 < pdf_objects.size(item) <= _TINY and (narrow <= _LOW or pdf_objects.is_slanted(item))


def _is_over(box: Box, *areas: list[Box]) -> bool:
    """Whether the middle of a text lies in one of the areas."""
    if sum(map(len, areas)) > _TOO_MANY:
        return True
    return any(_holds(area, box) for area in chain(*areas))


def _holds(area: Box, box: Box) -> bool:
    x, y = _middle(box)
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]


def _size(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _address(handle: Any) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value or 0
