"""Parquet: what pyarrow and pandas write."""

from pathlib import Path

import pyarrow

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
