"""Results in the order of INPUT, as JSON Lines or Parquet.

Knows: OUT and its ledger, which has the order. Holds no more than a few thousand results.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch.store import Store
from storage.writing import writing

if TYPE_CHECKING:
    import pyarrow

_AT_ONCE = 2_000  # results in one group of a Parquet file
_TEXTS = ("status", "summary", "style", "finish_reason")  # columns; what is no text is JSON there


def export(out: Path, to: Path) -> int:
    """Write the results of the batch that OUT is of, and return how many there are."""
    with closing(Store(out)) as opened:
        return write(opened, to)


def write(opened: Store, to: Path) -> int:
    """Write the results into a .parquet file, or JSON Lines: whole or not at all."""
    unfinished = to.with_name(f"{to.name}.part")
    with writing(to.name):
        count = _write_parquet(opened, unfinished) if to.suffix == ".parquet" else _write_lines(opened, unfinished)
        unfinished.rename(to)
    return count


def _write_lines(opened: Store, to: Path) -> int:
    count = 0
    with to.open("w", encoding="utf-8") as file:
        for line in opened.in_order():
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_parquet(opened: Store, to: Path) -> int:
    from pyarrow.parquet import ParquetWriter

    count = 0
    with ParquetWriter(to, as_table([]).schema) as writer:
        for some in _chunks(opened.in_order()):
            writer.write_table(as_table(some))
            count += len(some)
    return count


def as_table(lines: Iterable[dict[str, Any]]) -> "pyarrow.Table":
    """Return results as columns, which are the same whatever the results have."""
    import pyarrow

    names = {"id": pyarrow.string(), "line": pyarrow.int64(), **dict.fromkeys(_TEXTS, pyarrow.string())}
    names |= {"error_code": pyarrow.string(), "error_message": pyarrow.string(), "usage": pyarrow.string()}
    schema = pyarrow.schema({**names, "more": pyarrow.string()})
    return pyarrow.Table.from_pylist([_as_columns(line) for line in lines], schema)


def _as_columns(line: dict[str, Any]) -> dict[str, Any]:
    error = line.get("error") or {}
    known = {"id", "line", "usage", "error", *_TEXTS}
    more = {name: value for name, value in line.items() if name not in known}
    return {
        "id": None if line["id"] is None else str(line["id"]),
        "line": line["line"],
        **{name: line.get(name) for name in _TEXTS},
        "error_code": error.get("code"),
        "error_message": error.get("message"),
        "usage": json.dumps(line["usage"]) if "usage" in line else None,
        "more": json.dumps(more, ensure_ascii=False) if more else None,
    }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
