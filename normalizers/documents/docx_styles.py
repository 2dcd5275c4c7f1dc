"""What a DOCX's styles and lists say of its paragraphs: which are headings, how a run looks, what number a clause has.

Knows: styles and the styles that they are based on, and the definitions of numbering (ECMA-376 part 1, sections 17.7
and 17.9). Knows nothing about text. A file is never refused for its styles: without them a paragraph is a paragraph.
"""

import contextlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from errors import UserError
from normalizers.documents import docx_package
from normalizers.documents.docx_package import OFF, attribute, tag

MAX_BYTES = 2_000_000  # of the styles or the numbering; in larger ones nothing is looked for
_STYLES, _NUMBERING = "word/styles.xml", "word/numbering.xml"
_MAX_BASES = 10  # styles that a style is based on, one on the other
LEVELS = 9  # of a list

OUTLINE_LEVELS = {str(level - 1): level for level in range(1, 7)}  # deeper ones are body text
_STYLE_LEVELS = {"Title": 1} | {f"Heading{level}": level for level in range(1, 7)}  # by the ids that Word writes
_NAME_LEVELS = {"title": 1} | {f"heading {level}": level for level in range(1, 7)}  # the same in every language

_NOBODY_READS = 4  # half points: no print has 2 points
_MOVED = 4  # half points: as far as an exponent is raised
_NEARLY_WHITE = 0xF7  # of each colour

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{6}")
_MARKERS = {"black": "000000", "white": "FFFFFF"}  # highlights that text may have the colour of
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_NUMBER = 32_767  # Word's own


@dataclass(frozen=True)
class Look:
    """How a run looks, as far as its text depends on it."""

    is_vanished: bool = False
    is_tiny: bool = False
    colour: str = ""  # six hexadecimal digits; "": whatever can be read
    behind: str = ""  # the colour of its own background
    is_shaded: bool = False  # its background is not the page's
    is_struck: bool = False
    raised: str = ""  # "superscript" or "subscript"
    font: str = ""

    def is_unseen(self) -> bool:
        """Whether nobody sees the run: it is hidden, too small to read, or has the colour of what is behind it."""
        if self.is_vanished or self.is_tiny:
            return True
        if self.behind:
            return self.colour == self.behind or (_is_white(self.colour) and _is_white(self.behind))
        return _is_white(self.colour) and not self.is_shaded

    def with_property(self, name: str, attributes: dict[str, str]) -> "Look":
        """Return the look after one of the elements of w:rPr."""
        value = attribute(attributes, "w:val")
        if name == "w:vanish":
            return replace(self, is_vanished=value not in OFF)
        if name == "w:color":
            return replace(self, colour=value.upper() if _HEXADECIMAL.fullmatch(value) else "")
        if name == "w:sz":
            return replace(self, is_tiny=value.isdecimal() and int(value) <= _NOBODY_READS)
        if name in ("w:strike", "w:dstrike"):
            return replace(self, is_struck=value not in OFF)
        if name == "w:vertAlign":
            return replace(self, raised=value)
        if name == "w:position":
            return replace(self, raised=_moved(value))
        if name == "w:rFonts":
            return replace(self, font=attribute(attributes, "w:ascii") or self.font)
        if name == "w:highlight":
            return replace(self, behind=_MARKERS.get(value, ""), is_shaded=self.is_shaded or value not in OFF)
        if name == "w:shd":
            return replace(self, behind=_painted(attributes), is_shaded=self.is_shaded or is_shade(attributes))
        return self


def _moved(half_points: str) -> str:
    """Return what a text is that was put higher or lower by hand, "" when it hardly was."""
    if not half_points.removeprefix("-").isdecimal() or int(half_points[:4]) in range(1 - _MOVED, _MOVED):
        return ""
    return "subscript" if half_points.startswith("-") else "superscript"


def is_shade(attributes: dict[str, str]) -> bool:
    """Whether a w:shd paints another background than white."""
    painted = _painted(attributes)
    return bool(painted) and not _is_white(painted)


def _painted(attributes: dict[str, str]) -> str:
    """Return the colour of a w:shd, "" when it has none."""
    is_solid = attribute(attributes, "w:val") == "solid"  # all of the pattern's colour, none of the fill's
    colour = attribute(attributes, "w:color" if is_solid else "w:fill").upper()
    if colour == "AUTO" and is_solid:
        return "000000"
    return colour if _HEXADECIMAL.fullmatch(colour) else ""


def _is_white(colour: str) -> bool:
    if not _HEXADECIMAL.fullmatch(colour):
        return False
    return all(int(colour[place : place + 2], 16) >= _NEARLY_WHITE for place in (0, 2, 4))


@dataclass
class _Style:
    base: str = ""
    level: int | None = None  # of the headings that it makes
    list_id: str = ""
    list_level: int | None = None
    properties: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # of its runs


@dataclass
class _Level:
    """One level of a list."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    is_legal: bool = False  # all numbers in Arabic figures
    style: str = ""  # the paragraphs of which stand on this level
    restart: int = LEVELS  # it counts on behind a level from this one on, and begins anew behind a higher one


class Styles:
    """What the styles say, by the id that a paragraph or a run names one by."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._styles: dict[str, _Style] = {}
        self._looks: dict[tuple[str, Look], Look] = {}
        self._at_hand = _Style()
        self._is_in_run = False
        _read(archive, _STYLES, self._start, self._end)

    def heading(self, name: str) -> int:
        """Return the level of the headings that a style makes, 0 when it makes none."""
        for style in self._line(name):
            if style.level is not None:
                return style.level
        return _STYLE_LEVELS.get(name, 0)

    def list_of(self, name: str) -> tuple[str, int]:
        """Return the id and the level of the list that a style's paragraphs stand in; "" when in none."""
        line = self._line(name)
        level = next((style.list_level for style in line if style.list_level is not None), 0)
        return next((style.list_id for style in line if style.list_id), ""), level

    def look(self, name: str, look: Look) -> Look:
        """Return a look with that of a style laid over it."""
        if name not in self._styles:
            return look
        found = self._looks.get((name, look))
        if found is None:
            found = look
            for style in reversed(self._line(name)):
                for element, attributes in style.properties:
                    found = found.with_property(element, attributes)
            self._looks[name, look] = found
        return found

    def _line(self, name: str) -> list[_Style]:
        """A style, the one that it is based on, and so forth."""
        line: list[_Style] = []
        while name in self._styles and len(line) < _MAX_BASES:
            line.append(self._styles[name])
            name = line[-1].base
        return line

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        value = attribute(attributes, "w:val")
        if name == "w:style":
            self._at_hand = self._styles.setdefault(attribute(attributes, "w:styleId"), _Style())
        elif name == "w:rPr":
            self._is_in_run = True
        elif self._is_in_run:
            self._at_hand.properties.append((name, attributes))
        elif name == "w:basedOn":
            self._at_hand.base = value
        elif name == "w:name" and value.lower() in _NAME_LEVELS:
            self._at_hand.level = _NAME_LEVELS[value.lower()]
        elif name == "w:outlineLvl":
            self._at_hand.level = OUTLINE_LEVELS.get(value, 0)
        elif name == "w:numId":
            self._at_hand.list_id = value
        elif name == "w:ilvl":
            self._at_hand.list_level = _number(value, LEVELS - 1)

    def _end(self, name: str) -> None:
        if name == "w:rPr":
            self._is_in_run = False


class Numbering:
    """The lists of a document, and how far each has counted."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._definitions: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}  # a list's id: its definition's
        self._overrides: dict[str, dict[int, _Level]] = {}
        self._starts: dict[str, dict[int, int]] = {}  # where a list counts anew
        self._styled: dict[str, str] = {}  # a list style: the definition that it is
        self._borrowed: dict[str, str] = {}  # a definition: the list style whose definition it has
        self._counts: dict[str, dict[int, int]] = {}  # by definition: lists that share one count on
        self._begun: set[tuple[str, int]] = set()
        self._definition = self._list = ""
        self._levels: dict[int, _Level] = {}  # of the definition or override at hand
        self._place = 0
        _read(archive, _NUMBERING, self._start, lambda _: None)

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Return the level that is bound to a style."""
        levels = self._definitions.get(self._definition_of(list_id), {})
        return next((place for place, level in levels.items() if level.style == style), None)

    def mark(self, list_id: str, place: int) -> str:
        """Count one paragraph and return what stands before it: "2.1", "(a)", or "-" for a bullet."""
        definition = self._definition_of(list_id)
        levels = self._definitions.get(definition, {}) | self._overrides.get(list_id, {})
        level = levels.get(place)
        if level is None:
            return "-"
        counts = self._counts.setdefault(definition, {})
        starts = {at: one.start for at, one in levels.items()} | self._starts.get(list_id, {})
        if (list_id, place) not in self._begun and place in self._starts.get(list_id, {}):
            counts.pop(place, None)
        self._begun.add((list_id, place))
        for deeper in [at for at in counts if at > place and place < levels.get(at, _Level()).restart]:
            del counts[deeper]
        for above in range(place):
            counts.setdefault(above, starts.get(above, 1))
        counts[place] = counts[place] + 1 if place in counts else starts[place]
        if level.format == "bullet":
            return "-"

        def counted(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            form = "decimal" if level.is_legal or at not in levels else levels[at].format
            return _FORMATS.get(form, str)(counts[at]) if at <= place else ""

        return _PLACE.sub(counted, level.text).strip()

    def _definition_of(self, list_id: str) -> str:
        definition = self._lists.get(list_id, "")
        return self._styled.get(self._borrowed.get(definition, ""), definition)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        value = attribute(attributes, "w:val")
        if name == "w:abstractNum":
            self._definition = attribute(attributes, "w:abstractNumId")
            self._levels = self._definitions.setdefault(self._definition, {})
        elif name == "w:styleLink":
            self._styled[value] = self._definition
        elif name == "w:numStyleLink":
            self._borrowed[self._definition] = value
        elif name == "w:num":
            self._list = attribute(attributes, "w:numId")
            self._levels = self._overrides.setdefault(self._list, {})
        elif name == "w:abstractNumId":
            self._lists[self._list] = value
        elif name in ("w:lvl", "w:lvlOverride"):
            self._place = _number(attribute(attributes, "w:ilvl"), LEVELS - 1)
            if name == "w:lvl":
                self._levels[self._place] = _Level()
        elif name == "w:startOverride":
            self._starts.setdefault(self._list, {})[self._place] = _number(value, _MAX_NUMBER)
        elif self._place in self._levels:
            self._read_level(self._levels[self._place], name, value)

    @staticmethod
    def _read_level(level: _Level, name: str, value: str) -> None:
        if name == "w:start":
            level.start = _number(value, _MAX_NUMBER)
        elif name == "w:numFmt":
            level.format = value
        elif name == "w:lvlText":
            level.text = value[:100]
        elif name == "w:isLgl":
            level.is_legal = value not in OFF
        elif name == "w:lvlRestart":
            level.restart = _number(value, LEVELS)
        elif name == "w:pStyle":
            level.style = value


def _read(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
) -> None:
    """Give a part's elements to handlers, as far as it can be read."""
    if part not in archive.namelist() or archive.getinfo(part).file_size > MAX_BYTES:  # no more is ever unpacked
        return
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: start(tag(name), attributes)
    parser.EndElementHandler = lambda name: end(tag(name))
    with contextlib.suppress(UserError, *docx_package.BROKEN):
        docx_package.parse(parser, archive, part)


def _number(value: str, most: int) -> int:
    return min(int(value[:9]), most) if value[:9].isdecimal() else 0


def _letters(number: int) -> str:
    """a to z, then aa, bb and so forth."""
    repeated, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (repeated + 1) if 0 <= repeated < 26 else str(number)


def _roman(number: int) -> str:
    if number < 1:
        return "0"
    text = ""
    for value, figure in _ROMAN:
        text += figure * (number // value)
        number %= value
    return text


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_FORMATS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "ordinal": _ordinal,
}
