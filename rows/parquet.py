"""Parquet: a file of columns, read a few rows at a time.

Knows: pyarrow. Knows nothing of what a row must have.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from contract.record import Record
from errors import UserError
from rows import columns
from rows.records import record

if TYPE_CHECKING:
    from pyarrow import DataType, RecordBatch, Schema

MAGIC = b"PAR1"

_ROWS = 16  # read at a time, because each can be of the largest document
_BUFFER = 1 << 18  # bytes of a column that are read at a time: without it, a whole row group's


def records(file: BinaryIO) -> Iterator[Record]:
    """Yield the rows. Raises UserError E1014 where the file is broken, or for columns that no row can have."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        table = ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER)
        wanted = _wanted(table.schema_arrow)
        for batch in table.iter_batches(_ROWS, columns=list(wanted.values()), use_threads=False):
            for position in range(batch.num_rows):
                number += 1
                yield _record(number, wanted, batch, position)
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError):  # by what is broken, and how
        raise UserError("E1014", f"row {number + 1:,}: the Parquet file is broken here, or ends too soon") from None


def _wanted(schema: "Schema") -> dict[str, str]:
    """Return the columns that are wanted, by our names. Raises E1014 for one whose type no row can have."""
    names = columns.check("schema", schema.names)
    wanted = {name: theirs for name, theirs in zip(names, schema.names, strict=True) if name in columns.COLUMNS}
    for name, theirs in wanted.items():
        if not _is_plain(schema.field(theirs).type):
            raise UserError("E1014", f"schema: {name} holds neither text, numbers, true and false nor lists of them")
    return wanted


def _is_plain(kind: "DataType") -> bool:
    """Whether values of a type are what JSON has, too: a date's, say, may not even fit Python's."""
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind) or types.is_dictionary(kind):
        kind = kind.value_type
    checks = (
        types.is_string, types.is_large_string, types.is_string_view,
        types.is_binary, types.is_large_binary, types.is_binary_view,
        types.is_integer, types.is_floating, types.is_boolean, types.is_null,
    )  # fmt: skip
    return any(check(kind) for check in checks)


def _record(number: int, wanted: dict[str, str], batch: "RecordBatch", position: int) -> Record:
    try:
        cells = {name: _value(name, batch.column(theirs)[position].as_py()) for name, theirs in wanted.items()}
    except UnicodeDecodeError:
        return record("row", number, {}, "it is not UTF-8")
    return record("row", number, cells)


def _value(name: str, value: Any) -> Any:
    """Return what bytes are: of a file they are what it holds, and of all else text in UTF-8."""
    if isinstance(value, list):
        return [_value(name, item) for item in value]
    return value.decode() if isinstance(value, bytes) and columns.KINDS.get(name) is not bytes else value
