"""A file of many documents becomes rows; the content tells which format it is.

Knows: how a file is opened, and how each format begins. Knows nothing of what happens to a row, or of HTTP. Rows come
one after the other and no more of the file is held (of Excel its texts); a row that is bad never costs another. No
value of a row is ever in an error, only where it stands and which column is wrong; of a header without a source its
names.
"""

import json
import re
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from contract.record import Record
from contract.request import MAX_TABLE_BYTES
from errors import UserError
from rows import csv_table, excel, json_array, json_lines, lines, parquet, unpack
from rows.row import Row, row

_BEGINNING = 1 << 16  # bytes that tell the format
_OBJECT = re.compile(r'\{\s*["}]')


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a table: Parquet, Excel, a JSON array, JSON Lines, or else CSV with a header; gzip is unpacked.

    Columns are `id` or `custom_id`; one of `text`, `html` and `file` (base64, or bytes in Parquet, with or without a
    `file_name`); and any option of a request but `knowledge`. Others are ignored, and an empty cell or null is as if it
    were not there.

    Raises UserError, once it is iterated: E1004 missing or not a file; E1005 over MAX_TABLE_BYTES; E1012 an Excel file
    that takes too much memory; E1014 no table, or one that breaks off, with the line. A quote in CSV that does not
    close is such a break.
    """
    yield from map(row, records(path, MAX_TABLE_BYTES))


def records(path: Path, most_bytes: int | None) -> Iterator[Record]:
    """Yield the rows as they stand there, with none of their values looked at but the id. Raises as read() does."""
    try:
        with _open(path, most_bytes) as file:
            yield from _records(file)
    except OSError as error:
        reason = error.strerror or "it broke off"
        raise UserError("E1004", f"documents cannot be read: {reason.lower()}") from None


def _open(path: Path, most_bytes: int | None) -> BufferedReader:
    try:
        status = path.stat()
    except ValueError:  # a name that no file can have
        raise UserError("E1004", "documents cannot be read: no such file") from None
    if not stat.S_ISREG(status.st_mode):
        raise UserError("E1004", "documents is not a file")
    if most_bytes is not None and status.st_size > most_bytes:
        raise UserError("E1005", f"documents is {status.st_size:,} bytes; the limit is {most_bytes:,}")
    return BufferedReader(path.open("rb", buffering=0), _BEGINNING)


def _records(file: BufferedReader) -> Iterator[Record]:
    is_packed = file.peek().startswith(unpack.MAGIC)
    file = unpack.unpacked(file) if is_packed else file
    head = file.peek()
    if head.startswith(excel.OLD_MAGIC):
        raise UserError("E1014", "documents is an .xls or an encrypted Excel file; save it as .xlsx")
    if head.startswith(parquet.MAGIC):
        return parquet.records(unpack.on_disk(file) if is_packed else file)
    if head.startswith(excel.MAGIC):
        return excel.records(unpack.on_disk(file) if is_packed else file)
    match _kind(lines.beginning(file)):
        case "json_array":
            return json_array.records(file)
        case "json_lines":
            return json_lines.read(file)
        case _:
            return csv_table.records(lines.read(file))


def _kind(beginning: str) -> str:
    """Tell JSON Lines, whose first lines may be bad, from an array and from CSV."""
    first, *others = [line.strip() for line in beginning.split("\n") if line.strip()] or [""]
    has_objects = any(_OBJECT.match(line) for line in others)
    if first.startswith("[") and not (has_objects and _is_json(first)):
        return "json_array"
    if first.startswith("{") or (has_objects and not csv_table.has_source(first)):
        return "json_lines"
    return "csv"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
