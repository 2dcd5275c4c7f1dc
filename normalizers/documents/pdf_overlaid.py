"""Text that a file writes over a page that was there: what a printed form was filled with goes below its labels.

Knows: where lines stand, and how a second layer is told from a second column. Knows nothing about pdfium. Runs in the
child process and imports nothing of ours but the lines. Some programs write a page font by font, headings after texts:
that is a layer, too.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from normalizers.documents.pdf_glyphs import Box, Line

_FEWEST = 3  # lines of a layer
_LEAST = 0.6  # of a layer's lines stand among those of the page
_NEAR = 2.5  # times its size is a line away from the one that it belongs to
_APART = 0.3  # of the size: lines that are nearer stand in one another's place
_BAND = 20.0  # points of the page's height that are looked up at once
_MOST = 40  # lines in one band: those of a page made to hurt


class _Place(NamedTuple):
    at: int  # among the lines
    left: float
    right: float
    base: float


class _Page:
    """Where what was written before stands."""

    def __init__(self) -> None:
        self._bands: defaultdict[int, list[_Place]] = defaultdict(list)

    @property
    def is_begun(self) -> bool:
        """Whether anything was written before."""
        return bool(self._bands)

    def add(self, places: Iterable[_Place]) -> None:
        for place in places:
            if len(band := self._bands[int(place.base // _BAND)]) < _MOST:
                band.append(place)

    def nearest(self, place: _Place, near: float, *, above: bool) -> _Place | None:
        """Return the nearest line over or under a place that is less than `near` away."""
        sign = 1 if above else -1
        ends = sorted((int(place.base // _BAND), int((place.base + sign * near) // _BAND)))
        found = [
            other
            for band in range(ends[0], ends[1] + 1)
            for other in self._bands.get(band, ())
            if 0 < sign * (other.base - place.base) < near and other.left < place.right and place.left < other.right
        ]
        return min(found, key=lambda other: abs(other.base - place.base), default=None)


def may_be(boxes: Iterable[Box]) -> bool:
    """Whether pieces go up, and then down again among those that were written on the way down before."""
    page, layer = _Page(), list[_Place]()
    among = 0
    for left, bottom, right, top in boxes:
        height = top - bottom
        if height <= 0 or right <= left:
            continue
        place = _Place(0, left, right, bottom)
        if layer and bottom > layer[-1].base + height / 2:
            page.add(layer)
            layer, among = [], 0
        if page.is_begun and (not layer or abs(bottom - layer[-1].base) > height / 2):
            among += _is_among(place, height, layer, page)
            if among >= _FEWEST:
                return True
        layer.append(place)
    return False


def in_place(lines: list[Line]) -> list[Line]:
    """Return the lines with those of such layers below what they stand under, the uppermost above what follows it."""
    page, layer = _Page(), list[_Place]()
    sizes: dict[int, float] = {}
    behind: defaultdict[int, list[int]] = defaultdict(list)  # lines by the one that they go below
    before: defaultdict[int, list[int]] = defaultdict(list)
    moved = set[int]()
    for at, line in enumerate([*lines, None]):
        inked = list(line.inked()) if line else []
        place = _Place(at, inked[0].left, inked[-1].right, inked[0].base) if inked else None
        if line and not place:
            continue
        if layer and (place is None or place.base > layer[-1].base + inked[0].size / 2):
            moved |= _put(layer, sizes, page, behind, before)
            page.add(layer)
            layer = []
        if place:
            sizes[at] = inked[0].size
            layer.append(place)
    if len(moved) < _FEWEST:
        return lines
    return [lines[at] for at in _order(len(lines), moved, behind, before)]


def _put(
    layer: list[_Place],
    sizes: dict[int, float],
    page: _Page,
    behind: defaultdict[int, list[int]],
    before: defaultdict[int, list[int]],
) -> set[int]:
    """Say of each line of a layer which line it goes below or above, and return them; none when it is no layer."""
    among = sum(_is_among(place, sizes[place.at], layer[:number][-1:], page) for number, place in enumerate(layer))
    if among < _LEAST * len(layer):
        return set()
    moved = set[int]()
    for place in layer:
        near = _NEAR * sizes[place.at]
        if over := page.nearest(place, near, above=True):
            behind[over.at].append(place.at)
        elif under := page.nearest(place, near, above=False):
            before[under.at].append(place.at)
        else:
            continue
        moved.add(place.at)
    return moved


def _is_among(place: _Place, size: float, layer: list[_Place], page: _Page) -> bool:
    """Whether what stands over or under a line was there before, nearer than the line above it in its own layer."""
    own = layer[-1].base - place.base if layer else float("inf")
    near = (page.nearest(place, min(own, _NEAR * size), above=above) for above in (True, False))
    return any(other is not None and abs(other.base - place.base) > _APART * size for other in near)


def _order(
    count: int, moved: set[int], behind: defaultdict[int, list[int]], before: defaultdict[int, list[int]]
) -> list[int]:
    order: list[int] = []
    for first in range(count):
        todo = [] if first in moved else [first]
        done = set[int]()
        while todo:
            at = todo.pop()
            if at not in done:
                done.add(at)
                todo += [*reversed(behind[at]), at, *reversed(before[at])]
            else:
                order.append(at)
    return order
