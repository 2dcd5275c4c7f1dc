"""The text of one part of a DOCX: paragraphs apart, list items dashed or numbered, headings marked, a table row a line,
as `html.py` writes them.

Knows: the elements that hold what a reader sees. Knows nothing about pictures, or about headings in a table. One pass
over the elements, nesting is never a call stack, and what no reader sees is left out and counted: it is a place for
planted instructions. Struck text stands between ~~ and ~~.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

from errors import UserError
from normalizers.documents import docx_fields, docx_package, docx_styles, notation
from normalizers.documents.docx_fields import Fields
from normalizers.documents.docx_formula import Formula
from normalizers.documents.docx_package import OFF, attribute, tag
from normalizers.documents.docx_styles import LEVELS, Look, Numbering, Styles
from normalizers.documents.docx_writer import Writer

MAX_ELEMENTS = 2_000_000
MAX_DEPTH = 1_000

# Text that was moved away or deleted, how anything looked before a change, notes' rulers, readings above characters,
# and where tabs stop.
_SKIPPED = frozenset(
    ("w:moveFrom", "w:del", "w:cellDel", "w:pPrChange", "w:rPrChange", "w:tblPrChange", "w:trPrChange",
     "w:tcPrChange", "w:separator", "w:continuationSeparator", "w:rt", "w:tabs")
)  # fmt: skip
_TEXT = frozenset(("w:t", "m:t"))
_CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
_DRAWING = ("mc:", "v:", "c:", "dgm:")
_DRAWN = {"dgm:relIds": "r:dm", "c:chart": "r:id"}  # diagrams and charts: where their data is
_LIST_STYLES = ("ListBullet", "ListNumber")
_PLAIN_TABLES = frozenset(("", "TableGrid", "TableNormal"))
_MAX_NAME = 100  # characters of a comment's author


@dataclass
class _Paragraph:
    depth: int
    start: int  # its first piece, which is the gap before it
    style: str = ""
    level: int = 0  # of the heading that it is; 0: it is none
    has_list: bool = False
    list_id: str = ""
    list_level: int = -1  # -1: nothing said which
    is_shaded: bool = False
    is_joined: bool = False  # to the next: its end was deleted, or it is a large initial
    is_counted: bool = False  # its mark was asked for
    is_item: bool = False


@dataclass
class _Row:
    depth: int
    cells: int = 0
    is_hidden: bool = False


class Part:
    """One pass over a part's XML: `text()` gives what was collected, `unseen` how many characters were left out.

    `chunk` gives the text of another file that is put in here, by the id of its relationship.
    """

    def __init__(
        self, archive: zipfile.ZipFile, name: str, styles: Styles, numbering: Numbering, chunk: Callable[[str], str]
    ) -> None:
        self.unseen = 0
        self._name = name
        self._styles = styles
        self._numbering = numbering
        self._chunk = chunk
        self._written = Writer()
        self._path: list[str] = []  # the elements that are open
        self._elements = 0
        self._skipped_at = 0  # the depth of the element whose content is skipped; 0: none is
        self._in_text = False
        self._looks: list[Look] = []  # of the runs that are open
        self._paragraphs: list[_Paragraph] = []  # that are open: a text box stands in one
        self._rows: list[_Row] = []  # that are open, the innermost last
        self._shades: list[int] = []  # depths of what is open and has another background than white
        self._appended = 0  # pieces of text so far
        self._renderings: list[int] = []  # how many there were where content began that has several
        self._fields = Fields()
        self._formula: Formula | None = None
        self._formulas_end = -1  # the place behind the last one
        self._is_placeholder = False  # whether the control at hand is empty
        self._prefix = ""  # of the comment at hand
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        docx_package.parse(parser, archive, name)

    def text(self) -> str:
        """Return what was collected."""
        return self._written.text()

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        name = tag(full_name)
        self._path.append(name)
        self._count()
        if self._skipped_at:
            return
        if name in _SKIPPED:
            self._skip(name)
        elif name in _TEXT:
            self._in_text = True
        elif name in _CHARACTERS:
            self._write(_CHARACTERS[name])
        elif name in ("w:showingPlcHdr", "w:sdtContent"):
            self._start_control(name, attributes)
        elif name.startswith("m:"):
            self._start_formula(name, attributes)
        elif name.startswith(_DRAWING):
            self._start_drawing(name, attributes)
        elif name.startswith("w:"):
            self._start_structure(name, attributes)

    def _count(self) -> None:
        self._elements += 1
        if len(self._path) > MAX_DEPTH:
            raise UserError("E1012", f"document's {self._name} is nested over {MAX_DEPTH:,} deep, which is the limit")
        if self._elements > MAX_ELEMENTS:
            raise UserError("E1012", f"document's {self._name} has over {MAX_ELEMENTS:,} elements, which is the limit")

    def _skip(self, name: str) -> None:
        self._skipped_at = len(self._path)
        owner = self._path[-2] if len(self._path) > 1 else ""
        if name == "w:del" and owner == "w:trPr" and self._rows:
            self._skipped_at = self._rows[-1].depth  # the whole row was deleted, its text may say nothing of it
        elif name == "w:cellDel" and owner == "w:tcPr":
            self._skipped_at -= 2  # its cell
        elif name == "w:del" and owner == "w:rPr" and self._paragraphs:
            self._paragraphs[-1].is_joined = True

    def _start_drawing(self, name: str, attributes: dict[str, str]) -> None:
        """Read what is drawn; of several renderings of the same content the first that has text."""
        if name in _DRAWN:
            self._write_chunk(attribute(attributes, _DRAWN[name]))
        elif name == "v:textpath":  # letters that are shapes
            self._write(attribute(attributes, "?:string"))
        elif name == "mc:AlternateContent":
            self._renderings.append(self._appended)
        elif name.startswith("mc:") and self._renderings and self._appended > self._renderings[-1]:
            self._skipped_at = len(self._path)

    def _start_formula(self, name: str, attributes: dict[str, str]) -> None:
        if name == "m:oMath":
            self._formula = Formula()
        elif self._formula:
            self._formula.start(name, attribute(attributes, "m:val"))

    def _start_structure(self, name: str, attributes: dict[str, str]) -> None:
        owner = self._path[-2] if len(self._path) > 1 else ""
        if name == "w:p":
            self._start_paragraph()
        elif name == "w:r":
            self._start_run()
        elif owner == "w:rPr":
            self._read_look(name, attributes)
        elif owner in ("w:pPr", "w:numPr"):
            self._read_paragraph(name, attributes)
        elif name == "w:sym":
            self._write_symbol(attribute(attributes, "w:char"), attribute(attributes, "w:font"))
        elif name in ("w:fldChar", "w:fldSimple"):
            self._read_field(name, attributes)
        elif self._fields and owner in docx_fields.FORM_PARTS:
            self._fields.hold(name, attribute(attributes, "w:val"))
        elif name == "w:comment":
            author = attribute(attributes, "w:author")[:_MAX_NAME].strip()
            self._prefix = f"Comment by {author}: " if author else "Comment: "
        elif name == "w:altChunk":
            self._write_chunk(attribute(attributes, "r:id"))
        else:
            self._start_table(name, owner, attributes)

    def _start_control(self, name: str, attributes: dict[str, str]) -> None:
        if name == "w:showingPlcHdr":
            self._is_placeholder = attribute(attributes, "w:val") not in OFF
            return
        if self._is_placeholder:  # "Choose an item.", which nobody did
            self._skipped_at = len(self._path)
        self._is_placeholder = False

    def _start_table(self, name: str, owner: str, attributes: dict[str, str]) -> None:
        if name == "w:tr":
            self._rows.append(_Row(len(self._path)))
        elif name == "w:tc" and self._rows:
            if self._rows[-1].cells and not self._rows[-1].is_hidden:
                self._written.end_cell()
                self._append(" | ")
            self._rows[-1].cells += 1
        elif name == "w:hidden" and owner == "w:trPr" and self._rows:
            self._rows[-1].is_hidden = attribute(attributes, "w:val") not in OFF
        elif name == "w:shd" and owner in ("w:tcPr", "w:tblPr") and docx_styles.is_shade(attributes):
            self._shades.append(len(self._path) - 2)
        elif name == "w:tblStyle" and attribute(attributes, "w:val") not in _PLAIN_TABLES:
            self._shades.append(len(self._path) - 2)  # its head may be white on blue
        elif name == "w:txbxContent":
            self._shades.append(len(self._path))
        elif name == "w:background" and attribute(attributes, "w:color").upper() not in ("", "AUTO", "FFFFFF"):
            self._shades.append(len(self._path) - 1)

    def _start_paragraph(self) -> None:
        if self._paragraphs and self._paragraphs[-1].level:  # the heading that a text box stands in
            self._end_heading(self._paragraphs[-1])
            self._written.owe("\n\n")
        self._paragraphs.append(_Paragraph(len(self._path), self._written.position()))

    def _start_run(self) -> None:
        paragraph = self._paragraphs[-1] if self._paragraphs else None
        look = Look(is_shaded=bool(self._shades) or bool(paragraph and paragraph.is_shaded))
        self._looks.append(self._styles.look(paragraph.style if paragraph else "", look))

    def _read_look(self, name: str, attributes: dict[str, str]) -> None:
        if self._looks and self._path[-3:-1] == ["w:r", "w:rPr"]:
            look = self._looks.pop()
            if name == "w:rStyle":
                look = self._styles.look(attribute(attributes, "w:val"), look)
            self._looks.append(look.with_property(name, attributes))

    def _read_paragraph(self, name: str, attributes: dict[str, str]) -> None:
        """Take one of the properties of the paragraph at hand."""
        if not self._paragraphs:
            return
        paragraph, value = self._paragraphs[-1], attribute(attributes, "w:val")
        if name == "w:pStyle":
            paragraph.style = value
            paragraph.level = 0 if self._rows else self._styles.heading(value)
            paragraph.has_list = value.startswith(_LIST_STYLES)
        elif name == "w:outlineLvl":
            paragraph.level = 0 if self._rows else docx_styles.OUTLINE_LEVELS.get(value, 0)
        elif name == "w:numPr":
            paragraph.has_list = True
        elif name == "w:numId":
            paragraph.list_id = value
        elif name == "w:ilvl":
            paragraph.list_level = min(int(value), LEVELS - 1) if value[:2].isdecimal() else 0
        elif name == "w:framePr":
            paragraph.is_joined = attribute(attributes, "w:dropCap") in ("drop", "margin")
        elif name == "w:shd":
            paragraph.is_shaded = docx_styles.is_shade(attributes)

    def _mark(self, paragraph: _Paragraph) -> str:
        """Count a paragraph in the list that it stands in; return what stands before it."""
        paragraph.is_counted = True
        list_id, level = paragraph.list_id, paragraph.list_level
        if not list_id:
            list_id, styled = self._styles.list_of(paragraph.style)
            if level < 0:
                bound = self._numbering.level_of_style(list_id, paragraph.style)
                level = styled if bound is None else bound
        if list_id == "0" or not (list_id or paragraph.has_list):  # 0: a list's style without its number
            return ""
        mark = self._numbering.mark(list_id, max(level, 0))
        if paragraph.level:
            return "" if mark == "-" else mark
        paragraph.is_item = True
        return mark

    def _end_heading(self, paragraph: _Paragraph) -> None:
        """Make one line of a paragraph's text when it is a heading."""
        if paragraph.level:
            self._written.make_heading(paragraph.start, paragraph.level)
        paragraph.level = 0

    def _end(self, full_name: str) -> None:
        name = self._path.pop()
        if self._skipped_at:
            if len(self._path) < self._skipped_at:
                self._skipped_at = 0
                if name == "w:tr" and self._rows:
                    self._rows.pop()
            return
        while self._shades and self._shades[-1] > len(self._path):
            self._shades.pop()
        if name in _TEXT:
            self._in_text = False
        elif name.startswith("m:"):
            self._end_formula(name)
        else:
            self._end_structure(name)

    def _end_formula(self, name: str) -> None:
        if name == "m:oMath" and self._formula:
            formula, self._formula = self._formula, None
            self._write_formula(formula.text())
        elif self._formula:
            self._formula.end(name)

    def _end_structure(self, name: str) -> None:
        if name == "w:r" and self._looks:
            self._looks.pop()
        elif name == "w:p" and self._paragraphs:
            self._end_paragraph(self._paragraphs[-1])
            self._paragraphs.pop()
        elif name == "w:tr" and self._rows:
            self._rows.pop()
            self._written.end_row()
        elif name == "w:tbl" and not self._rows:
            self._written.owe("\n\n")
        elif name == "mc:AlternateContent" and self._renderings:
            self._renderings.pop()

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        self._written.strike(False)
        self._end_heading(paragraph)
        if not paragraph.is_counted and not paragraph.is_joined:
            mark = self._mark(paragraph)  # an empty paragraph has a number too
            self._append(mark if self._rows and mark != "-" else "")  # a cell with the number of its row
        self._fields.end_paragraph()
        if not paragraph.is_joined:
            self._written.owe(" " if self._rows else "\n" if paragraph.is_item else "\n\n")

    def _characters(self, text: str) -> None:
        if self._skipped_at:
            return
        if self._in_text:
            self._write(text)
        elif self._fields and self._path and self._path[-1] == "w:instrText":
            self._fields.instruct(text)

    def _read_field(self, name: str, attributes: dict[str, str]) -> None:
        kind = attribute(attributes, "w:fldCharType")
        if name == "w:fldSimple":
            if docx_fields.is_page_number(attribute(attributes, "w:instr")):
                self._skipped_at = len(self._path)
        elif kind == "begin":
            self._fields.begin(self._written.position())
        elif kind == "separate":
            self._fields.show()
        elif kind == "end":
            self._write(self._fields.end(self._written.position()))

    def _write_symbol(self, code: str, font: str) -> None:
        try:
            character = chr(int(code, 16))
        except (ValueError, OverflowError):
            return
        self._write(notation.in_font(character, font))

    def _write_formula(self, text: str) -> None:
        last = self._written.last()
        is_next = self._path[-1:] == ["m:oMathPara"] and bool(last) and self._written.position() == self._formulas_end
        glued = text[:1].isdigit() and last[-1:].isdigit()
        self._write(("; " if is_next else " " if glued else "") + text)
        self._formulas_end = self._written.position()

    def _write_chunk(self, relationship: str) -> None:
        text = self._chunk(relationship).strip()
        if self._rows:
            self._append(text.replace("\n", "; "))
        elif text:
            self._written.owe("\n\n")
            self._append(text)
            self._written.owe("\n\n")

    def _write(self, text: str) -> None:
        """Write a piece of text as the run at hand looks."""
        look = self._looks[-1] if self._looks else Look()
        if look.is_unseen() or any(row.is_hidden for row in self._rows):
            self.unseen += len(text.strip())
            return
        if self._fields.are_silent():
            return
        text = notation.in_font(text, look.font)
        if self._formula:
            self._formula.write(text)
            return
        if look.raised:
            write = notation.subscript if look.raised == "subscript" else notation.superscript
            text = write(text, self._written.last()) if look.raised in ("subscript", "superscript") else text
        self._append(text, look.is_struck)

    def _append(self, text: str, is_struck: bool = False) -> None:
        """Put a piece behind what is owed, the paragraph's mark and a comment's author."""
        if not text:
            return
        paragraph = self._paragraphs[-1] if self._paragraphs else None
        mark = self._mark(paragraph) if paragraph and not paragraph.is_counted else ""
        if not self._rows and not (paragraph and paragraph.is_item):
            self._written.end_list()
        lead = f"{mark} {self._prefix}" if mark else self._prefix
        self._prefix = ""
        self._appended += 1
        self._written.put(" " if self._rows and text == "\n" else text, lead, is_struck=is_struck)
