"""JSON Lines: an object a line. The one reader of them, for tables, `--lines`, an index and its queries.

Knows: JSON, and what of it is no row. Knows nothing of which columns a row must have. An empty line is no row, and a
bad one never stops the others.
"""

import json
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any, NoReturn

from contract.record import Record
from rows import lines
from rows.lines import Line
from rows.records import IDS, record

_BYTE_ORDER_MARK = "\ufeff"  # within a file, too: files that had one each were put together
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read(file: BufferedReader) -> Iterator[Record]:
    """Yield the rows of a file, in order, and close it; one that is no object of JSON with its error E1013.

    Half a surrogate pair in a text becomes U+FFFD, as it does in a document. In an id it is an error; so is any NaN.
    """
    return records(lines.read(file))


def records(source: Iterable[Line]) -> Iterator[Record]:
    """Yield the rows of some lines."""
    for line in source:
        if not line.text.isspace():
            yield record("line", line.number, *_cells(line))


def _cells(line: Line) -> tuple[dict[str, Any], str]:
    """Return the values of a row, or none and what is wrong with it."""
    if line.problem:
        return {}, line.problem
    try:
        text = line.text.removeprefix(_BYTE_ORDER_MARK)
        return as_cells(json.loads(text, parse_constant=_refuse), text)
    except _ConstantError as error:
        return {}, f"it has {error}, which is no JSON"
    except (ValueError, RecursionError):
        return {}, "it is not JSON"


def as_cells(value: Any, written: str) -> tuple[dict[str, Any], str]:
    """Return the values of a row that was written so, or none and what is wrong with it."""
    if not isinstance(value, dict):
        return {}, "it is JSON, but no object"
    return (_with_whole_characters(value) if _SURROGATE.search(written) else value), ""


class _ConstantError(Exception):
    """NaN or Infinity, which Python takes for JSON."""


def _refuse(constant: str) -> NoReturn:
    raise _ConstantError(constant)


def _with_whole_characters(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with U+FFFD for each half of a surrogate pair, but in its id, which is refused and not changed."""
    text = json.dumps(row, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    whole: dict[str, Any] = json.loads(text.decode("utf-16-le", "replace"))
    return whole | {name: row[name] for name in IDS if name in row}
