"""Many documents in one file: JSON Lines, CSV or Parquet to rows, each what one SummaryRequest is made with.

Knows: the three formats, how they are told apart, and what type each column has. Knows nothing about which values are
in range (SummaryRequest does), nor what becomes of a row. Memory stays flat, whatever the file's length: one line, one
record or a few rows are held at a time. A row that cannot be read is an error in its place and never stops the others.
"""

import binascii
import codecs
import csv
import json
import stat
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, BinaryIO, NamedTuple, get_args, get_origin

from contract.request import MAX_BYTES, SOURCES, SummaryRequest
from errors import UserError

MAX_TABLE_BYTES = 1_000_000_000
MAX_RECORD_BYTES = 2 * MAX_BYTES  # of a line of JSON or a record of CSV: base64 and escapes need room

_SKIP_BYTES = 1 << 20  # of a line that is too long, at a time
_PARQUET_ROWS = 16  # read at a time, because each can be of MAX_BYTES
_PARQUET_BUFFER = 1 << 18  # bytes of a column that are read at a time: without it, a whole row group's


class Row(NamedTuple):
    """One row: what its SummaryRequest is made with, or why it cannot be."""

    line: int  # where it stands in the file, from 1. CSV: where its record begins; Parquet: the row's number
    id: str | int | None  # from `id`, or else `custom_id`
    inputs: dict[str, Any]  # one source, and the options that the row names; empty when there is an error
    error: UserError | None  # E1013

    def __repr__(self) -> str:  # a log or a traceback must never show what a row holds
        return f"Row(line={self.line}, error={self.error!r})"


class _BadRowError(Exception):
    """What is wrong with a row, without any of its values."""


def _kind(annotation: Any) -> type:
    """Name the type of an input, such as tuple for `tuple[str, ...]` or int for `int | None`."""
    if isinstance(annotation, UnionType):
        [annotation] = set(get_args(annotation)) - {NoneType}
    kind: type = get_origin(annotation) or annotation
    return kind


# All that a row can set: inputs of a request, but no path (it would be one of the server's), and not the form of the
# output (it is that of the whole table). `bytes` come as base64.
_KINDS = {
    name: _kind(field.annotation)
    for name, field in SummaryRequest.model_fields.items()
    if name != "output_format" and _kind(field.annotation) is not Path
}
_SOURCES = tuple(name for name in SOURCES if name in _KINDS)
_ONE_SOURCE = f"{', '.join(_SOURCES[:-1])} or {_SOURCES[-1]}"
_COLUMNS = ("id", "custom_id", *_KINDS)
_MUST_BE = {
    str: "text",
    bytes: "base64 text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple: "a list of texts",
}


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a table; the content tells which format it is: Parquet, JSON Lines, or else CSV with a header.

    Columns are `id` or `custom_id`; one of `text`, `html` and `file` (base64, with or without a `file_name`); and any
    option of a request. Others are ignored, and an empty cell or null is as if it were not there. In CSV, `,` `;` or
    tab separates, and a list is a JSON array.

    Raises UserError, once it is iterated: E1004 missing or not a file; E1005 over MAX_TABLE_BYTES; E1014 no table, or
    one that breaks off, with the line. A quote in CSV that does not close within MAX_RECORD_BYTES is such a break.
    """
    try:
        with _open(path) as file:
            place, records = _records(file)
            for number, cells in records:
                yield _row(place, number, cells)
    except OSError as error:
        reason = error.strerror or "it broke off"
        raise UserError("E1004", f"documents cannot be read: {reason.lower()}") from None


def _open(path: Path) -> BinaryIO:
    try:
        status = path.stat()
    except ValueError:  # a name that no file can have
        raise UserError("E1004", "documents cannot be read: no such file") from None
    if not stat.S_ISREG(status.st_mode):
        raise UserError("E1004", "documents is not a file")
    if status.st_size > MAX_TABLE_BYTES:
        raise UserError("E1005", f"documents is {status.st_size:,} bytes; the limit is {MAX_TABLE_BYTES:,}")
    return path.open("rb")


# --- From a file to records: a number, and the cells by their column or what is wrong with the record ---

_Cells = dict[str, Any] | _BadRowError
_Record = tuple[int, _Cells]
_Line = tuple[int, bytes]


def _records(file: BinaryIO) -> tuple[str, Iterator[_Record]]:
    """Return what the file's records are called, a line or a row, and the records."""
    if file.read(4) == b"PAR1":
        return "row", _parquet_records(file)
    file.seek(0)
    lines = _lines(file)
    first = next((line for line in lines if line[1].strip()), None)
    if first is None:
        raise UserError("E1014", "line 1: documents is empty")
    lines = chain([first], lines)
    return "line", _json_records(lines) if first[1].lstrip().startswith(b"{") else _csv_records(lines)


def _lines(file: BinaryIO) -> Iterator[_Line]:
    """Yield the file's lines with their numbers; of one that is too long, one byte more than MAX_RECORD_BYTES."""
    number = 0
    while line := file.readline(MAX_RECORD_BYTES + 1):
        number += 1
        yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if len(line) > MAX_RECORD_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(_SKIP_BYTES)


def _json_records(lines: Iterable[_Line]) -> Iterator[_Record]:
    for number, line in lines:
        if line.strip():
            yield number, _json_cells(line)


def _json_cells(line: bytes) -> _Cells:
    if len(line) > MAX_RECORD_BYTES:
        return _BadRowError(f"it is longer than {MAX_RECORD_BYTES:,} bytes")
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError:
        return _BadRowError("it is not UTF-8")
    except (ValueError, RecursionError):
        return _BadRowError("it is not JSON")
    return row if isinstance(row, dict) else _BadRowError("it is JSON, but no object")


def _csv_records(lines: Iterator[_Line]) -> Iterator[_Record]:
    records = _split_csv(lines)
    number, names = next(records, (1, _BadRowError()))  # none: there are only spaces that no byte alone is
    if isinstance(names, _BadRowError):
        raise UserError("E1014", f"line {number:,} is neither a JSON object nor a header of CSV")
    columns = [name.strip() for name in names]
    _check_columns(f"line {number:,}", columns)
    for number, record in records:
        yield number, record if isinstance(record, _BadRowError) else _csv_cells(columns, record)


def _split_csv(lines: Iterator[_Line]) -> Iterator[tuple[int, list[str] | _BadRowError]]:
    """Yield the cells of each record, the header's too, with the line on which it begins."""
    first = next(lines)
    source = _CsvLines(chain([first], lines))
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_BYTES))  # _CsvLines holds a record to it
    reader = csv.reader(source, delimiter=_delimiter(first[1]), strict=True)
    while True:
        source.size = 0
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if source.ended:
                raise UserError("E1014", f"line {source.begin:,}: a quote opens here and never closes") from None
            detail = f"it ends on line {source.number:,} with a quote or a line end out of place"
            yield source.begin, _BadRowError(detail)
        else:
            if record and not (len(record) == 1 and record[0].isspace()):
                yield source.begin, record


class _CsvLines:
    """The lines that a csv.reader draws from, and what it does not tell: where its record began, and its size."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self.begin = self.number = 0
        self.size = 0  # bytes since the record began; 0 begins the next
        self.ended = False

    def __iter__(self) -> "_CsvLines":
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number, data = line
        if not self.size:
            self.begin = self.number
        self.size += len(data)
        if self.size > MAX_RECORD_BYTES:  # where the next record begins can no longer be told
            detail = f"its record does not end within {MAX_RECORD_BYTES:,} bytes; perhaps a quote does not close"
            raise UserError("E1014", f"line {self.begin:,}: {detail}")
        return data.decode(errors="surrogateescape")  # so that only the record with these bytes is lost


def _delimiter(header: bytes) -> str:
    """Choose the delimiter that makes the most of our columns of a header."""

    def count(delimiter: str) -> int:
        names = header.decode(errors="replace").split(delimiter)
        return sum(name.strip(' \t\r\n"') in _COLUMNS for name in names)

    return max(",;\t", key=count)


def _csv_cells(columns: list[str], record: list[str]) -> _Cells:
    if len(record) != len(columns):
        return _BadRowError(f"it has {len(record):,} cells; the header has {len(columns):,}")
    if not all(_is_unicode(cell) for cell in record):
        return _BadRowError("it is not UTF-8")
    return {name: _as_json(_KINDS.get(name, str), cell) for name, cell in zip(columns, record, strict=True)}


def _as_json(kind: type, cell: str) -> Any:
    """Return what JSON would have in place of a cell; the cell itself when that is text, or no value of its type."""
    if kind in (str, bytes):
        return cell
    try:
        return json.loads(cell.lower() if kind is bool else cell)  # spreadsheets write TRUE
    except (ValueError, RecursionError):
        return cell


def _parquet_records(file: BinaryIO) -> Iterator[_Record]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        table = ParquetFile(file, pre_buffer=False, buffer_size=_PARQUET_BUFFER)
        columns = _parquet_columns(table.schema_arrow)
        for batch in table.iter_batches(_PARQUET_ROWS, columns=columns, use_threads=False):
            for position in range(batch.num_rows):
                number += 1
                yield number, _parquet_cells(columns, batch, position)
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError):  # by what is broken, and how
        raise UserError("E1014", f"row {number + 1:,}: the Parquet file is broken here, or ends too soon") from None


def _parquet_columns(schema: Any) -> list[str]:
    """Return which of a pyarrow.Schema's columns are wanted. Raises E1014 for one whose type no row can have."""
    _check_columns("schema", schema.names)
    columns = [name for name in schema.names if name in _COLUMNS]
    for name in columns:
        if not _is_plain(schema.field(name).type):
            raise UserError("E1014", f"schema: {name} holds neither text, numbers, true and false nor lists of them")
    return columns


def _is_plain(kind: Any) -> bool:
    """Whether a pyarrow.DataType's values are what JSON has, too: a date's, say, may not even fit Python's."""
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind) or types.is_dictionary(kind):
        kind = kind.value_type
    checks = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return types.is_null(kind) or any(check(kind) for check in checks)


def _parquet_cells(columns: list[str], batch: Any, position: int) -> _Cells:
    try:
        return {name: batch.column(name)[position].as_py() for name in columns}
    except UnicodeDecodeError:
        return _BadRowError("it is not UTF-8")


def _check_columns(place: str, columns: list[str]) -> None:
    """Raise E1014 unless a row can have a source, and each of our columns is there once. Others may be private."""
    if not any(name in _SOURCES for name in columns):
        raise UserError("E1014", f"{place}: none of the {len(columns):,} columns is {_ONE_SOURCE}")
    for name in _COLUMNS:
        if columns.count(name) > 1:
            raise UserError("E1014", f"{place}: {columns.count(name):,} columns are named {name}")


# --- From a record to a row: the types of its values ---


def _row(place: str, number: int, cells: _Cells) -> Row:
    identifier = None
    try:
        if isinstance(cells, _BadRowError):
            raise cells
        given = {name: value for name in _COLUMNS if _is_given(value := cells.get(name))}
        identifier = _identifier(given)
        return Row(number, identifier, _inputs(given), None)
    except _BadRowError as error:
        return Row(number, identifier, {}, UserError("E1013", f"{place} {number:,}: {error}"))


def _is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _identifier(given: dict[str, Any]) -> str | int | None:
    name = "id" if "id" in given else "custom_id"
    identifier: str | int | None = given.get(name)
    if identifier is None or type(identifier) is int or (isinstance(identifier, str) and _is_unicode(identifier)):
        return identifier
    raise _BadRowError(f"{name} must be text or a whole number")


def _inputs(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a SummaryRequest is made with. Raises _BadRowError: a wrong type, or not one source."""
    inputs = {name: _value(name, kind, given[name]) for name, kind in _KINDS.items() if name in given}
    sources = [name for name in _SOURCES if name in inputs]
    if not sources:
        raise _BadRowError(f"it has no {_ONE_SOURCE}")
    if len(sources) > 1:
        raise _BadRowError(f"it has {' and '.join(sources)}; it must have one of them")
    return inputs


def _value(name: str, kind: type, value: Any) -> Any:
    if kind is bytes and isinstance(value, str):
        return _decoded(name, value)
    if not _is_of(kind, value):
        raise _BadRowError(f"{name} must be {_MUST_BE[kind]}")
    return tuple(value) if kind is tuple else value


def _is_of(kind: type, value: Any) -> bool:
    """Whether a value has the type. In Python true is an int; numbers are held to what 64 bits can be."""
    if kind is tuple:
        return isinstance(value, list) and all(isinstance(term, str) for term in value)
    if kind is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max
    if kind is int:
        return type(value) is int and abs(value) < 2**63
    return type(value) is kind


def _decoded(name: str, value: str) -> bytes:
    size = len(value) // 4 * 3 - value[-2:].count("=")
    if size > MAX_BYTES:
        raise _BadRowError(f"{name} is {size:,} bytes; the limit is {MAX_BYTES:,}")
    try:
        data = binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        data = b""
    if not data or len(data) != size:  # strict_mode still takes any number of = at the end
        raise _BadRowError(f"{name} must be {_MUST_BE[bytes]}")
    return data


def _is_unicode(text: str) -> bool:
    """Whether a text has no half of a surrogate pair, which no output can hold, and no byte that was not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
