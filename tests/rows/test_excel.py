"""Excel: what people's sheets hold, and what of a file is too much."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from errors import UserError
from rows import excel
from tests.rows.made import excel_file, path, reason, rows, saved

__all__ = ["path"]  # a fixture


def test_a_row_is_numbered_as_excel_numbers_it_and_one_of_blanks_is_none(path: Path) -> None:
    sheet: list[list[Any]] = [
        [],
        ["ID", " Text", None, "Seed"],
        [1, "one"],
        [],
        [None, " "],
        ["b", "two", "private", 7],
    ]
    assert [(row.line, row.id, row.inputs) for row in rows(path, excel_file(sheet))] == [
        (3, 1, {"text": "one"}),
        (6, "b", {"text": "two", "seed": 7}),
    ]


def test_cells_have_types_and_a_bad_one_costs_its_row_alone(path: Path) -> None:
    sheet: list[list[Any]] = [
        ["id", "text", "max_tokens", "verify", "keep_terms"],
        [1.0, "one", 3.0, True, '["a"]'],
        [2, "two", "5", "FALSE", None],
        [3, datetime(2026, 1, 2), None, None, None],
        [4, "four", 1.5, None, None],
        [5, "five", None, None, None, "a note beside the table"],
        [6, "six", None, "#N/A", None],
    ]
    first, second, third, fourth, fifth, sixth = rows(path, excel_file(sheet))
    assert (first.id, first.inputs) == (1, {"text": "one", "max_tokens": 3, "verify": True, "keep_terms": ("a",)})
    assert second.inputs == {"text": "two", "max_tokens": 5, "verify": False}
    assert reason(third) == "E1013 row 4: text must be text"
    assert reason(fourth) == "E1013 row 5: max_tokens must be a whole number"
    assert (fifth.id, fifth.inputs) == (5, {"text": "five"})
    assert sixth.inputs == {"text": "six"}


def test_the_first_visible_sheet_is_read(path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].sheet_state = "hidden"
    book.create_chartsheet()
    for text in ("one", "two"):
        sheet = book.create_sheet()
        sheet.append(["text"])
        sheet.append([text])
    assert [row.inputs for row in rows(path, saved(book))] == [{"text": "one"}]


def test_of_a_formula_its_last_value_is_read(path: Path) -> None:
    content = with_part(
        excel_file([["text", "seed"], ["x", 7]]), "xl/worksheets/sheet1.xml", b"<v>7</v>", b"<f>3+4</f><v>7</v>"
    )
    assert rows(path, content)[0].inputs == {"text": "x", "seed": 7}


def test_rows_before_a_sheet_breaks_off_are_read(path: Path) -> None:
    content = excel_file([["text"], *(["x"] for _ in range(3_000))])
    with pytest.raises(UserError, match="E1014 row 2,001: the Excel file is broken here"):
        rows(path, with_part(content, "xl/worksheets/sheet1.xml", b'<row r="2001"', b"<row <"))


def test_a_file_that_unpacks_to_too_much_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = excel_file([["text"], ["x" * 30_000]])
    for limit, value, message in [
        ("MAX_PARTS", 5, r"\d+ parts; the limit is 5"),
        ("MAX_UNPACKED", 30_000, r"unpacks to [\d,]+ bytes; the limit is 30,000"),
        ("MAX_MARKS", 100, r"of [\d,]+ elements and attributes; the limit is 100"),
    ]:
        with monkeypatch.context() as patch, pytest.raises(UserError, match=f"E1012 documents .*{message}"):
            patch.setattr(excel, limit, value)
            rows(path, content)
    assert len(rows(path, content)) == 1


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """An archive with something else in one of its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(target, "w") as changed:
        for part in given.namelist():
            data = given.read(part)
            assert part != name or old in data
            changed.writestr(part, data.replace(old, new) if part == name else data)
    return target.getvalue()
