"""Rows under a header, as CSV and spreadsheets have them: cells become what JSON would have under their column's name.

Knows: the header, how many cells a row has, and how a cell says what is no text. Knows nothing of files. A row of
nothing but blanks, such as spreadsheets leave at the end, is no row.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from contract.record import Record
from errors import UserError
from rows import columns
from rows.records import is_given, record

_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


class Cells(NamedTuple):
    """A row as it stands in its file."""

    line: int  # on which it begins
    cells: list[Any]
    problem: str  # why it cannot be read; empty when it can


def records(place: str, source: Iterator[Cells]) -> Iterator[Record]:
    """Yield the rows below the header, which is the first; `place` is what `line` counts.

    Raises UserError E1014 for a header that is none.
    """
    rows = (row for row in source if row.problem or any(is_given(cell) for cell in row.cells))
    header = next(rows, None)
    if header is None:
        raise UserError("E1014", f"{place} 1: documents is empty")
    if not header.cells:
        raise UserError("E1014", f"{place} {header.line:,} is neither a JSON object nor a header of CSV")
    names = columns.check(f"{place} {header.line:,}", ["" if cell is None else str(cell) for cell in header.cells])
    for row in rows:
        yield _record(place, names, row)


def _record(place: str, names: list[str], row: Cells) -> Record:
    problem = row.problem
    if not problem and len(row.cells) != len(names):
        problem = f"it has {len(row.cells):,} cells; the header has {len(names):,}"
    known = 1 if problem else len(names)  # the first cell is in its place always
    cells = {name: _as_json(name, cell) for name, cell in zip(names[:known], row.cells[:known], strict=False)}
    return record(place, row.line, cells, problem)


def _as_json(name: str, cell: Any) -> Any:
    """Return what JSON would have in place of a cell; the cell itself when that is text, or no value of its type."""
    kind = columns.KINDS.get(name, str)
    if kind in (str, bytes) or not isinstance(cell, str):
        return cell
    if kind is float and _DECIMAL_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    try:
        return json.loads(cell.lower() if kind is bool else cell)  # spreadsheets write TRUE
    except (ValueError, RecursionError):
        return cell
