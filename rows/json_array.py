"""One JSON array of objects, whatever its lines: read an object at a time, and no more of it is held.

Knows: where an item of an array ends. Knows nothing of which columns a row must have. What is no JSON ends the table,
since where the next item begins can no longer be told; an item that is JSON but no row costs no other.
"""

import json
import re
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from typing import Any

from contract.record import Record
from errors import UserError
from rows import lines
from rows.json_lines import as_cells
from rows.records import record

_CHARACTERS = 1 << 16  # read at a time
_BLANKS = re.compile(r"[ \t\n\r]*")


def records(file: BufferedReader) -> Iterator[Record]:
    """Yield the items as rows, and close the file. Raises UserError E1014 where it is broken, or ends too soon."""
    with lines.text(file) as text:
        array = _Array(text)
        array.take()  # its bracket
        number = 0
        end = array.next() == "]" and array.take()
        while end != "]":
            number += 1
            yield record("row", number, *array.item(number))
            end = array.take()
            if end not in (",", "]"):
                raise _broken(number + 1)
        if array.next():
            raise _broken(number + 1)


class _Array:
    """The characters of a file, taken one piece after the other."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._ahead = ""
        self._at = 0  # of what was read, so much is taken
        self._ended = False
        self._problem = ""
        self._decoder = json.JSONDecoder(parse_constant=self._constant, parse_int=self._integer)

    def next(self) -> str:
        """Return the next character that is no blank, or nothing at the end."""
        while True:
            self._at = _BLANKS.match(self._ahead, self._at).end()  # type: ignore[union-attr]  # it matches always
            if self._at < len(self._ahead) or self._ended:
                return self._ahead[self._at : self._at + 1]
            self._read()

    def take(self) -> str:
        """Take the next character that is no blank, and return it, or nothing at the end."""
        character = self.next()
        self._at += len(character)
        return character

    def item(self, number: int) -> tuple[dict[str, Any], str]:
        """Take an item; return the values of a row, or none and what is wrong with it. Raises E1014 for no JSON."""
        self.next()
        while (found := self._decoded()) is None:
            if len(self._ahead) - self._at > lines.MAX_CHARACTERS:
                raise UserError("E1014", f"row {number:,}: it does not end within {lines.MAX_CHARACTERS:,} characters")
            if self._ended:
                raise _broken(number)
            self._read()
        value, end = found
        written, self._at = self._ahead[self._at : end], end
        if not lines.is_text(written):
            return {}, "it is not text in the file's encoding"
        return ({}, self._problem) if self._problem else as_cells(value, written)

    def _decoded(self) -> tuple[Any, int] | None:
        """Return the item and where it ends; None while it is not there as a whole."""
        self._problem = ""
        try:
            value, end = self._decoder.raw_decode(self._ahead, self._at)
        except (ValueError, RecursionError):
            return None
        return (value, end) if end < len(self._ahead) or self._ended else None  # a number could go on

    def _read(self) -> None:
        """Read as much again as there is: an item is decoded anew each time, and its cost must follow its length."""
        rest = self._ahead[self._at :]
        more = self._text.read(max(_CHARACTERS, len(rest)))
        self._ended = not more
        self._ahead, self._at = rest + more, 0

    def _constant(self, constant: str) -> None:
        self._problem = f"it has {constant}, which is no JSON"

    def _integer(self, digits: str) -> int:
        try:
            return int(digits)
        except ValueError:  # more digits than Python takes
            self._problem = "it is not JSON"
            return 0


def _broken(number: int) -> UserError:
    return UserError("E1014", f"row {number:,}: the JSON array is broken here, or ends too soon")
