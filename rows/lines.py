"""A file's bytes become numbered lines of text, whatever their encoding and their line ends.

Knows: byte order marks, line ends, and how long a line may be. Knows nothing of what a line says.
"""

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from typing import NamedTuple

from contract import charset
from contract.request import MAX_BYTES

MAX_CHARACTERS = 2 * MAX_BYTES  # of a line of JSON or a record of CSV: base64 and escapes need room

_SKIP_CHARACTERS = 1 << 20  # of a line that is too long, at a time
_BEGINNINGS = (  # without a mark: two characters of a table's beginning are of ASCII
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
)
# What stands for bytes that are no text, since no encoding has it: of UTF-8 without a mark Python's surrogate escapes,
# which can be undone.
_UNDECODABLE = re.compile("[\udc80-\udcff\udfff]")
codecs.register_error("precis.mark", lambda error: ("\udfff", error.end))  # type: ignore[attr-defined]


class Line(NamedTuple):
    """A line with its end, which is LF whatever it was."""

    number: int  # from 1, as an editor counts
    text: str
    problem: str  # why it cannot be read; empty when it can


def read(file: BufferedReader) -> Iterator[Line]:
    """Yield the lines of a file and close it; of one that is longer than MAX_CHARACTERS, no more than that is held.

    A byte order mark says which encoding it is; without one it is UTF-8, or UTF-16 when it begins like that. In a line
    of UTF-8 a few bytes that are none become U+FFFD. A line ends with LF, CRLF or CR.
    """
    number = 0
    with text(file) as reader:
        while line := reader.readline(MAX_CHARACTERS + 1):
            number += 1
            line = _nearly_utf_8(line)
            yield Line(number, line, _problem(line, reader.encoding))
            if len(line) > MAX_CHARACTERS:
                while line and not line.endswith("\n"):
                    line = reader.readline(_SKIP_CHARACTERS)


def text(file: BufferedReader) -> TextIOWrapper:
    """Return a file as its characters. What are none, `is_text` finds."""
    encoding = _encoding(file.peek(4))
    return TextIOWrapper(file, encoding, errors="surrogateescape" if encoding == "utf-8" else "precis.mark")


def beginning(file: BufferedReader) -> str:
    """Return as much of a file's text as its buffer holds, with LF as its line ends; the last line may be cut short."""
    head = file.peek()
    found = head.decode(_encoding(head), errors="replace")
    return found.replace("\r\n", "\n").replace("\r", "\n")


def is_text(found: str) -> bool:
    """Whether all bytes behind what was found were text in their encoding."""
    return found.isascii() or not _UNDECODABLE.search(found)


def utf_8_or_windows_1252(source: Iterator[Line]) -> Iterator[Line]:
    """Yield lines, as Windows-1252 if the first of their characters that is not ASCII is no UTF-8.

    That one decides for the whole file: what is damaged further on in a file of UTF-8 costs its own line.
    """
    legacy: bool | None = None  # not known yet
    for line in source:
        ascii_only = line.text.isascii()
        if legacy is None and not ascii_only:
            legacy = "\udc80" <= next(character for character in line.text if character > "\x7f") <= "\udcff"
        yield _as_windows_1252(line) if legacy and not ascii_only else line


def _as_windows_1252(line: Line) -> Line:
    if len(line.text) > MAX_CHARACTERS:
        return line
    try:
        return Line(line.number, line.text.encode("utf-8", "surrogateescape").decode("windows-1252"), "")
    except UnicodeDecodeError:  # five of its bytes are no characters
        return line._replace(problem="it is neither UTF-8 nor Windows-1252")


def _encoding(beginning: bytes) -> str:
    marked = (name for mark, name in charset.BYTE_ORDER_MARKS if beginning.startswith(mark))
    unmarked = (name for pattern, name in _BEGINNINGS if pattern.match(beginning))
    return next(marked, None) or next(unmarked, "utf-8")


def _nearly_utf_8(line: str) -> str:
    """Return a line of UTF-8 with U+FFFD for the few bytes that are none; as it is where they are more than that."""
    if len(line) > MAX_CHARACTERS or is_text(line):
        return line
    try:
        return charset.utf_8(line.encode("utf-8", "surrogateescape")) or line
    except UnicodeEncodeError:  # of another encoding, whose mark for what is none is no byte
        return line


def _problem(line: str, encoding: str) -> str:
    if len(line) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS:,} characters"
    return "" if is_text(line) else f"it is not {encoding.removesuffix('-sig').upper()}"
