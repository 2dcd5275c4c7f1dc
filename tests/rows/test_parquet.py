"""Parquet: what pyarrow and pandas write."""

from pathlib import Path
from typing import Any

import pyarrow
import pytest

from tests.rows.made import parquet_table, path, reason, rows

__all__ = ["path"]  # a fixture


def test_a_dictionary_of_parquet_is_read_as_what_it_stands_for(path: Path) -> None:
    column = pyarrow.array(["a", "b", None, "a"]).dictionary_encode()
    found = rows(path, parquet_table({"text": column, "seed": pyarrow.array([1, None, 2, 3], pyarrow.int8())}))
    assert [row.inputs for row in found[:2]] == [{"text": "a", "seed": 1}, {"text": "b"}]


def test_a_bad_value_of_parquet_is_an_error_in_its_place(path: Path) -> None:
    columns = {"id": [1, 2, 3], "text": ["one", None, "three"], "top_p": [0.5, 0.5, float("nan")]}
    first, second, third = rows(path, parquet_table(columns))
    assert (first.id, first.inputs) == (1, {"text": "one", "top_p": 0.5})
    assert (second.id, reason(second)) == (2, "E1013 row 2: it has no text, html or file")
    assert (third.id, reason(third)) == (3, "E1013 row 3: top_p must be a number")


def test_letter_case_of_a_column_does_not_matter(path: Path) -> None:
    [row] = rows(path, parquet_table({"ID": [1], "Text": ["x"], "Other": ["y"]}))
    assert (row.id, row.inputs) == (1, {"text": "x"})


def test_whole_numbers_that_pandas_wrote_as_floats_are_whole_numbers(path: Path) -> None:
    columns = {"id": [1.0, None], "text": ["one", "two"], "max_tokens": [3.0, None]}
    first, second = rows(path, parquet_table(columns))
    assert (repr(first.id), first.inputs) == ("1", {"text": "one", "max_tokens": 3})
    assert (second.id, second.inputs) == (None, {"text": "two"})


@pytest.mark.parametrize("kind", ["binary", "large_binary", "string_view", "binary_view"])
def test_texts_may_be_stored_in_any_way_that_parquet_has(path: Path, kind: str) -> None:
    def column(*texts: str) -> Any:
        return pyarrow.array(texts).cast(getattr(pyarrow, kind)())

    found = rows(path, parquet_table({"id": column("a", "b"), "text": column("Ünal", ""), "html": column("", "x")}))
    assert [(row.id, row.inputs) for row in found] == [("a", {"text": "Ünal"}), ("b", {"html": "x"})]


def test_bytes_of_a_file_are_what_it_holds_and_of_all_else_utf_8(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rows.row.MAX_BYTES", 10)
    columns = {"file": [b"%PDF\xff", b"", None, b"x" * 11], "text": [b"", b"\xff", b"x", None]}
    first, second, third, fourth = rows(path, parquet_table(columns))
    assert (first.inputs, third.inputs) == ({"file": b"%PDF\xff"}, {"text": "x"})
    assert reason(second) == "E1013 row 2: it is not UTF-8"
    assert reason(fourth) == "E1013 row 4: file is 11 bytes; the limit is 10"
