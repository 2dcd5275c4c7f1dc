"""Tables as the tests of this room make and read them."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pytest
from pyarrow import parquet

from errors import UserError
from rows import tables
from rows.row import Row

SECRET = "Jane Roe"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


def rows(path: Path, content: str | bytes) -> list[Row]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(tables.read(path))


def reason(row: Row) -> str:
    assert row.error is not None
    assert row.inputs == {}
    return str(row.error)


def refusal(path: Path, content: str | bytes) -> str:
    with pytest.raises(UserError) as caught:
        rows(path, content)
    return str(caught.value)


def json_lines(given: list[Any]) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in given)


def parquet_table(columns: dict[str, Any], **options: Any) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), target, **options)
    return target.getvalue()


def excel_file(given: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in given:
        book.worksheets[0].append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
