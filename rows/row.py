"""From a record to what a SummaryRequest is made with: the types of its values.

Knows: inputs of a request, and which values they take. Knows nothing of formats.
"""

import binascii
import sys
from typing import Any, NamedTuple

from contract.record import Record
from contract.request import MAX_BYTES
from errors import UserError
from rows.columns import KINDS, ONE_SOURCE, ONLY_FOR_ALL, SOURCES
from rows.records import is_given

_MUST_BE = {
    str: "text",
    bytes: "base64 text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple: "a list of texts",
}


class Row(NamedTuple):
    """One row: what its SummaryRequest is made with, or why it cannot be."""

    line: int  # as its Record has it
    id: str | int | None
    inputs: dict[str, Any]  # one source, and the options that the row names; empty when there is an error
    error: UserError | None  # E1013

    def __repr__(self) -> str:  # a log or a traceback must never show what a row holds
        return f"Row(line={self.line}, error={self.error!r})"


class _BadRowError(Exception):
    """What is wrong with a row, without any of its values."""


def row(record: Record) -> Row:
    """Return a record as a row, with its error E1013 where it cannot be one."""
    inputs: dict[str, Any] = {}
    error = record.error
    try:
        inputs = {} if error else _inputs(record.cells)
    except _BadRowError as problem:
        error = record.bad(str(problem))
    return Row(record.line, record.id, inputs, error)


def _inputs(cells: dict[str, Any]) -> dict[str, Any]:
    """Return what a SummaryRequest is made with. Raises _BadRowError: a wrong type, or not one source."""
    if is_given(cells.get(ONLY_FOR_ALL)):
        raise _BadRowError(f"{ONLY_FOR_ALL} cannot be set for one row")
    inputs = {name: _value(name, kind, cells[name]) for name, kind in KINDS.items() if is_given(cells.get(name))}
    sources = [name for name in SOURCES if name in inputs]
    if not sources:
        raise _BadRowError(f"it has no {ONE_SOURCE}")
    if len(sources) > 1:
        raise _BadRowError(f"it has {' and '.join(sources)}; it must have one of them")
    return inputs


def _value(name: str, kind: type, value: Any) -> Any:
    if kind is bytes and isinstance(value, str):
        return _decoded(name, value)
    if kind is bytes and isinstance(value, bytes):
        _hold_to_limit(name, len(value))
    if kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # as pandas writes a column that has a gap
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
    _hold_to_limit(name, size)
    try:
        data = binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        data = b""
    if not data or len(data) != size:  # strict_mode still takes any number of = at the end
        raise _BadRowError(f"{name} must be {_MUST_BE[bytes]}")
    return data


def _hold_to_limit(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise _BadRowError(f"{name} is {size:,} bytes; the limit is {MAX_BYTES:,}")
