"""Word's fields: what is shown of them, what a form's fields hold, and which say a page's number.

Knows: how a field begins, goes from its instruction to what is shown of it, and ends; fields stand in fields. Knows
nothing about the text around (ECMA-376 part 1, section 17.16).
"""

import re
from dataclasses import dataclass, field

from normalizers.documents import notation
from normalizers.documents.docx_package import OFF

_PAGE_FIELDS = frozenset(("PAGE", "NUMPAGES", "SECTIONPAGES"))
# What an EQ field draws, whose parts are read from the innermost out: readings above characters, fractions, roots, what
# is raised, and any other part.
_READING = re.compile(r"\\o(?:\\a[a-z])*\s*\(\\s\\up\s*\d*\([^()]*\)[,;]([^()]*)\)", re.IGNORECASE)
_FRACTION = re.compile(r"(\d?)\s*\\f\s*\(([^()\\]*)[,;]([^()\\]*)\)", re.IGNORECASE)
_ROOT = re.compile(r"\\r\s*\((?:[^()\\]*[,;])?([^()\\]*)\)", re.IGNORECASE)
_ABOVE = re.compile(r"\\s\\up\s*\d*\s*\(([^()\\]*)\)", re.IGNORECASE)
_SWITCH = re.compile(r"\\\*\s*(?:\"[^\"]*\"|\w+)|\\[a-z]+\s?\d*", re.IGNORECASE)
_MAX_ENTRIES = 1_000  # of a drop-down list
_MAX_INSTRUCTION = 100  # characters of each piece of it
FORM_PARTS = ("w:ffData", "w:checkBox", "w:ddList")  # whose elements say what a form's field holds


@dataclass
class _Field:
    start: int  # its first piece
    instruction: str = ""
    entries: list[str] = field(default_factory=list)
    choice: int = 0
    box: str = ""  # checked or not
    is_shown: bool = False  # whether its instruction has ended and what is shown of it begun


class Fields:
    """The fields that are open in a part."""

    def __init__(self) -> None:
        self._open: list[_Field] = []
        self._muted_by = 0  # how many were open when a page's number began
        self._instructions = 0  # of how many the instruction goes on, in which others may stand

    def __bool__(self) -> bool:
        return bool(self._open)

    def are_silent(self) -> bool:
        """Whether text at hand is an instruction or a page's number."""
        return bool(self._muted_by or self._instructions)

    def begin(self, at: int) -> None:
        """Open a field; `at` is the number of the piece that it begins with."""
        self._open.append(_Field(at))
        self._instructions += 1

    def instruct(self, text: str) -> None:
        """Take a piece of the innermost field's instruction."""
        self._open[-1].instruction += text[:_MAX_INSTRUCTION]

    def show(self) -> None:
        """End the innermost field's instruction: what follows is shown of it."""
        if self._open:
            self._end_instruction()
            if is_page_number(self._open[-1].instruction):
                self._muted_by = self._muted_by or len(self._open)

    def end(self, at: int) -> str:
        """Close the innermost field before the piece numbered `at`; return what it holds where no text says it."""
        if not self._open:
            return ""
        self._end_instruction()
        if self._muted_by >= len(self._open):
            self._muted_by = 0
        ended = self._open.pop()
        if ended.entries and not ended.box and at == ended.start:
            return ended.entries[min(ended.choice, len(ended.entries) - 1)]
        is_equation = ended.instruction.split(maxsplit=1)[:1] == ["EQ"] and at == ended.start
        return _equation(ended.instruction) if is_equation else ended.box

    def hold(self, name: str, value: str) -> None:
        """Take what a field of a form holds: its choice comes after its default, where both are there."""
        form = self._open[-1]
        if name == "w:checkBox":
            form.box = "☐"
        elif form.box and name in ("w:default", "w:checked"):
            form.box = "☐" if value in OFF else "☒"
        elif name == "w:listEntry" and len(form.entries) < _MAX_ENTRIES:
            form.entries.append(value)
        elif name in ("w:default", "w:result"):
            form.choice = int(value[:4]) if value[:4].isdecimal() else 0

    def end_paragraph(self) -> None:
        """Let text be seen again: a file may leave an instruction open."""
        self._muted_by = self._instructions = 0

    def _end_instruction(self) -> None:
        self._instructions = max(0, self._instructions - (not self._open[-1].is_shown))
        self._open[-1].is_shown = True


def is_page_number(instruction: str) -> bool:
    """Whether a field says the number of a page, which a summary has none of."""
    return instruction.strip().partition(" ")[0].upper() in _PAGE_FIELDS


def _equation(instruction: str) -> str:
    """Return what an EQ field draws, on one line (section 17.16.5.17): "EQ \\f(3,4)" is 3/4."""
    text = _READING.sub(r"\1", instruction.strip().removeprefix("EQ"))
    text = _FRACTION.sub(lambda found: f"{found[1]}{' ' if found[1] else ''}{found[2]}/{found[3]}", text)
    text = _ROOT.sub("\u221a\\1", text)
    text = _ABOVE.sub(lambda found: notation.raised(found[1]), text)
    return _SWITCH.sub("", text).strip()
