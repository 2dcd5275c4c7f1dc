"""From a DOCX's bytes to its text: paragraphs apart, list items dashed, headings marked, a table row a line, as
`html.py` writes them.

Knows: the parts of a word-processing package that hold what a reader sees, which styles make a heading, and how far a
file may unpack. Knows nothing about pictures, comments, headers and footers, or about headings in a table. Parts are
unpacked and parsed piece by piece, nesting is never a call stack, and entities are refused, so time and memory are
bounded by the limits below.
"""

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from xml.parsers import expat

from errors import UserError
from normalizers.documents import html

MAX_PARTS = 10_000
MAX_UNPACKED = 100_000_000  # bytes of one part
MAX_ELEMENTS = 2_000_000
MAX_DEPTH = 1_000
MAX_STYLES = 2_000_000  # bytes of the styles; in larger ones no heading is looked for
_PIECE = 2**21  # bytes; expat before 2.6 reads an unfinished tag again with every piece: small ones took 40 s

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_STYLES_PART = "word/styles.xml"
_NOTE_PARTS = ("word/footnotes.xml", "word/endnotes.xml")
_ENCRYPTED = 1  # in a member's flags
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, ValueError)
_DIRECTORY_ENTRY = b"PK\x01\x02"

# Namespaces of the text and of formulas, each in its transitional and its strict edition.
_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
}
# A second rendering of the same content, text that was moved away or deleted, what a form could hold, notes' rulers,
# and where tabs stop.
_SKIPPED = frozenset(
    ("mc:Fallback", "w:moveFrom", "w:del", "w:sdtPr", "w:separator", "w:continuationSeparator", "w:tabs")
)
_TEXT = frozenset(("w:t", "m:t"))
_CHARACTERS = {"w:tab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
_LIST_STYLES = ("ListBullet", "ListNumber")
_OFF = frozenset(("0", "false", "off"))

_OUTLINE_LEVELS = {str(level - 1): level for level in range(1, 7)}  # deeper ones are body text
_STYLE_LEVELS = {"Title": 1} | {f"Heading{level}": level for level in range(1, 7)}  # by the ids that Word writes
_NAME_LEVELS = {"title": 1} | {f"heading {level}": level for level in range(1, 7)}  # the same in every language
_MAX_BASES = 10  # styles that a style is based on, one on the other


def read(data: bytes) -> str:
    """Return the text of the document and its notes.

    Raises UserError E1011 when the file is encrypted, broken or no DOCX and E1012 when it unpacks to too much.
    """
    parts = data.count(_DIRECTORY_ENTRY)  # asked before the directory is read: each entry becomes an object
    if parts > MAX_PARTS:
        raise UserError("E1012", f"document's archive has {parts:,} parts; the limit is {MAX_PARTS:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            main = sorted(name for name in names if _MAIN_PART.fullmatch(name))
            if not main:
                raise UserError("E1011", "document is a zip archive and no DOCX: it has no word/document.xml")
            levels = _style_levels(archive) if _STYLES_PART in names else _STYLE_LEVELS
            wanted = [main[0], *(name for name in _NOTE_PARTS if name in names)]
            return "\n\n".join(filter(None, (_Part(archive, name, levels).text() for name in wanted)))
    except _BROKEN:
        raise UserError("E1011", f"document is a broken DOCX of {len(data):,} bytes") from None


class _Part:
    """One pass over a part's XML: `text()` gives what was collected."""

    def __init__(self, archive: zipfile.ZipFile, name: str, levels: Mapping[str, int]) -> None:
        self._name = name
        self._levels = levels  # of the styles that make headings
        self._pieces: list[str] = []
        self._owed = ""  # the line ends or space between what was written and what will be
        self._depth = 0
        self._elements = 0
        self._skipped_at = 0  # the depth of the element whose content is skipped; 0: none is
        self._in_text = False
        self._is_hidden = False  # the run at hand
        self._is_item = False  # the paragraph at hand
        self._is_dashed = False  # and its dash was written
        self._level = 0  # of the heading that the paragraph is; 0: it is none
        self._paragraph_depth = 0
        self._paragraph_start = 0  # its first piece, which is the gap before it
        self._cells: list[int] = []  # cells so far in each open table row, the innermost last
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        _parse(parser, archive, name)

    def text(self) -> str:
        return "".join(self._pieces)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count()
        if self._skipped_at:
            return
        tag = _tag(name)
        if tag in _SKIPPED:
            self._skipped_at = self._depth
        elif tag in _TEXT:
            self._in_text = True
        elif tag in _CHARACTERS:
            self._write(_CHARACTERS[tag])
        elif tag.startswith("w:"):
            self._start_structure(tag, _attribute(attributes, "w:val"))

    def _count(self) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise UserError("E1012", f"document's {self._name} is nested over {MAX_DEPTH:,} deep, which is the limit")
        if self._elements > MAX_ELEMENTS:
            raise UserError("E1012", f"document's {self._name} has over {MAX_ELEMENTS:,} elements, which is the limit")

    def _start_structure(self, tag: str, value: str) -> None:
        if tag == "w:p":
            self._start_paragraph()
        elif tag in ("w:pStyle", "w:outlineLvl") and self._read_level(tag, value):
            self._is_item = False
        elif (tag == "w:numPr" and not self._level) or (tag == "w:pStyle" and value.startswith(_LIST_STYLES)):
            self._is_item = True
        elif tag == "w:numId" and value == "0":  # a list's style without its number
            self._is_item = False
        elif tag == "w:r":
            self._is_hidden = False
        elif tag == "w:vanish":  # text that no reader sees is a place for planted instructions
            self._is_hidden = value not in _OFF
        elif tag == "w:tr":
            self._cells.append(0)
        elif tag == "w:tc" and self._cells:
            if self._cells[-1]:
                self._owed = self._owed.strip(" ")
                self._write(" | ")
            self._cells[-1] += 1

    def _start_paragraph(self) -> None:
        if self._level:  # of the heading that this paragraph, of a text box, stands in
            self._end_heading()
            self._owe("\n\n")
        self._is_item = self._is_dashed = False
        self._paragraph_depth, self._paragraph_start = self._depth, len(self._pieces)

    def _read_level(self, tag: str, value: str) -> int:
        """Return the level of the heading that the paragraph at hand is, as its properties say so far."""
        if self._depth == self._paragraph_depth + 2 and not self._cells:  # what it was before a change is deeper
            self._level = (self._levels if tag == "w:pStyle" else _OUTLINE_LEVELS).get(value, 0)
        return self._level

    def _end_heading(self) -> None:
        """Make one line of the paragraph's text when it is a heading."""
        if self._level and len(self._pieces) > self._paragraph_start:
            gap, *text = self._pieces[self._paragraph_start :]
            line = html.heading("".join(text), self._level)
            if line is not None:
                self._pieces[self._paragraph_start :] = [gap, line]
        self._level = 0

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._skipped_at:
            if self._depth < self._skipped_at:
                self._skipped_at = 0
            return
        tag = _tag(name)
        if tag in _TEXT:
            self._in_text = False
        elif tag == "w:r":
            self._is_hidden = False
        elif tag == "w:p":
            self._end_heading()
            self._owe(" " if self._cells else "\n" if self._is_item else "\n\n")
        elif tag == "w:tr" and self._cells:
            self._cells.pop()
            self._owed = ""
            self._owe("\n")
        elif tag == "w:tbl" and not self._cells:
            self._owe("\n\n")

    def _characters(self, text: str) -> None:
        if self._in_text and not self._skipped_at:
            self._write(text)

    def _owe(self, gap: str) -> None:
        if self._pieces and gap.count("\n") >= self._owed.count("\n"):
            self._owed = gap

    def _write(self, text: str) -> None:
        if self._is_hidden:
            return
        if self._owed == "\n" and not self._cells and not self._is_item:
            self._owed = "\n\n"  # a list ends
        self._pieces.append(self._owed)
        self._owed = ""
        if self._is_item and not self._is_dashed:
            self._pieces.append("- ")
            self._is_dashed = True
        self._pieces.append(" " if self._cells and text == "\n" else text)


class _Styles:
    """One pass over the styles: `levels()` gives those that make a heading of a paragraph."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._levels: dict[str, int] = {}
        self._bases: dict[str, str] = {}
        self._id = ""  # of the style at hand
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        _parse(parser, archive, _STYLES_PART)

    def levels(self) -> dict[str, int]:
        found = {name: self._level(name) for name in {*self._levels, *self._bases}}
        return {name: level for name, level in found.items() if level}

    def _level(self, name: str) -> int:
        for _ in range(_MAX_BASES):
            if name in self._levels:
                break
            name = self._bases.get(name, "")
        return self._levels.get(name, 0)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag, value = _tag(name), _attribute(attributes, "w:val")
        if tag == "w:style":
            self._id = _attribute(attributes, "w:styleId")
        elif tag == "w:basedOn":
            self._bases[self._id] = value
        elif tag == "w:name" and value.lower() in _NAME_LEVELS:
            self._levels[self._id] = _NAME_LEVELS[value.lower()]
        elif tag == "w:outlineLvl":
            self._levels[self._id] = _OUTLINE_LEVELS.get(value, 0)


def _style_levels(archive: zipfile.ZipFile) -> Mapping[str, int]:
    """Return the levels of the styles that make headings; a file is never refused for its styles."""
    if archive.getinfo(_STYLES_PART).file_size <= MAX_STYLES:  # no more than this is ever unpacked
        with contextlib.suppress(UserError, *_BROKEN):
            return _STYLE_LEVELS | _Styles(archive).levels()
    return _STYLE_LEVELS


def _parse(parser: expat.XMLParserType, archive: zipfile.ZipFile, name: str) -> None:
    """Put a part through a parser that has its handlers. Raises UserError E1011 and E1012."""

    def refuse_doctype(*_: object) -> None:
        # The format has none. In one, entities could be declared that unfold to anything.
        raise UserError("E1011", f"document's {name} declares a document type, which no DOCX does")

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        for piece in _unpacked(archive, name):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UserError("E1011", f"document is a broken DOCX: {name}, line {error.lineno:,}") from None
    except (LookupError, ValueError):
        raise UserError("E1011", f"document is a broken DOCX: {name} is in an unknown encoding") from None


def _attribute(attributes: dict[str, str], wanted: str) -> str:
    return next((value for name, value in attributes.items() if _tag(name) == wanted), "")


@lru_cache(maxsize=1_000)
def _tag(name: str) -> str:
    """The prefix that this file knows a namespace by, and the local name."""
    namespace, _, local = name.rpartition(" ")
    return f"{_NAMESPACES.get(namespace, '?')}:{local}"


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part's bytes piece by piece, up to MAX_UNPACKED whatever size the archive declares."""
    information = archive.getinfo(name)
    if information.flag_bits & _ENCRYPTED:
        raise UserError("E1011", "document is a DOCX that is encrypted with a password")
    if information.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # all that the format allows
        raise UserError(
            "E1011", f"document is a broken DOCX: {name} is compressed by method {information.compress_type}"
        )
    size = 0
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            if size > MAX_UNPACKED:
                raise UserError(
                    "E1012", f"document's {name} unpacks to over {MAX_UNPACKED:,} bytes, which is the limit"
                )
            yield piece
