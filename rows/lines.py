"""A file's bytes become numbered lines of text, whatever their encoding and their line ends.

Knows: byte order marks, line ends, and how long a line may be. Knows nothing of what a line says.
"""

import codecs
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from typing import NamedTuple

from contract.request import MAX_BYTES

MAX_CHARACTERS = 2 * MAX_BYTES  # of a line of JSON or a record of CSV: base64 and escapes need room

_SKIP_CHARACTERS = 1 << 20  # of a line that is too long, at a time
_BYTE_ORDER_MARKS = (  # UTF-32's little-endian mark begins with UTF-16's: it is asked first
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDECODABLE = "\udfff"  # no encoding has it: it stands for bytes that are no text
codecs.register_error("precis.mark", lambda error: (_UNDECODABLE, error.end))  # type: ignore[attr-defined]


class Line(NamedTuple):
    """A line with its end, which is LF whatever it was."""

    number: int  # from 1, as an editor counts
    text: str
    problem: str  # why it cannot be read; empty when it can


def read(file: BufferedReader) -> Iterator[Line]:
    """Yield the lines of a file and close it; of one that is longer than MAX_CHARACTERS, no more than that is held.

    A byte order mark says which encoding it is; without one it is UTF-8. A line ends with LF, CRLF or CR.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if file.peek(4).startswith(mark)), "utf-8")
    number = 0
    with TextIOWrapper(file, encoding, errors="precis.mark") as text:
        while line := text.readline(MAX_CHARACTERS + 1):
            number += 1
            yield Line(number, line, _problem(line, encoding))
            if len(line) > MAX_CHARACTERS:
                while line and not line.endswith("\n"):
                    line = text.readline(_SKIP_CHARACTERS)


def _problem(line: str, encoding: str) -> str:
    if len(line) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS:,} characters"
    if _UNDECODABLE in line:
        return f"it is not {encoding.removesuffix('-sig').upper()}"
    return ""
