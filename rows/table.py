"""A file of many documents becomes rows; the content tells which format it is.

Knows: how a file is opened, and how Parquet, JSON Lines and CSV begin. Knows nothing of what happens to a row, or of
HTTP. Rows come one after the other and no more of the file is held; a row that is bad never costs another. No value of
a row is ever in an error, only where it stands and which column is wrong.
"""

import stat
from collections.abc import Iterator
from io import BufferedReader
from itertools import chain
from pathlib import Path

from contract.record import Record
from contract.request import MAX_TABLE_BYTES
from errors import UserError
from rows import csv_table, json_lines, lines, parquet
from rows.row import Row, row


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a table: Parquet, JSON Lines, or else CSV with a header.

    Columns are `id` or `custom_id`; one of `text`, `html` and `file` (base64, with or without a `file_name`); and any
    option of a request. Others are ignored, and an empty cell or null is as if it were not there.

    Raises UserError, once it is iterated: E1004 missing or not a file; E1005 over MAX_TABLE_BYTES; E1014 no table, or
    one that breaks off, with the line. A quote in CSV that does not close is such a break.
    """
    try:
        with _open(path) as file:
            yield from map(row, _records(file))
    except OSError as error:
        reason = error.strerror or "it broke off"
        raise UserError("E1004", f"documents cannot be read: {reason.lower()}") from None


def _open(path: Path) -> BufferedReader:
    try:
        status = path.stat()
    except ValueError:  # a name that no file can have
        raise UserError("E1004", "documents cannot be read: no such file") from None
    if not stat.S_ISREG(status.st_mode):
        raise UserError("E1004", "documents is not a file")
    if status.st_size > MAX_TABLE_BYTES:
        raise UserError("E1005", f"documents is {status.st_size:,} bytes; the limit is {MAX_TABLE_BYTES:,}")
    return path.open("rb")


def _records(file: BufferedReader) -> Iterator[Record]:
    if file.peek(len(parquet.MAGIC)).startswith(parquet.MAGIC):
        return parquet.records(file)
    found = lines.read(file)
    first = next((line for line in found if not line.text.isspace()), None)
    if first is None:
        raise UserError("E1014", "line 1: documents is empty")
    rest = chain([first], found)
    return json_lines.records(rest) if first.text.lstrip().startswith("{") else csv_table.records(rest)
