"""What a row can set, and which values it takes."""

import base64
from pathlib import Path
from typing import Any

import pytest

from contract.request import MAX_BYTES, SummaryRequest
from rows.columns import KINDS
from tests.rows.made import SECRET, json_lines, path, reason, rows

__all__ = ["path"]  # a fixture


def test_a_row_can_set_every_input_of_a_request_but_paths_and_the_form_of_the_output(path: Path) -> None:
    values: dict[Any, Any] = {str: "x", bool: True, int: 1, float: 0.5, tuple: ["x"], bytes: "UERG"}
    options = set(KINDS) - {"text", "html", "file"}
    [row] = rows(path, json_lines([{"text": "x", **{name: values[KINDS[name]] for name in options}}]))
    others = {"text", "html", "file", "document", "documents", "knowledge", "output_format"}
    assert set(row.inputs) - {"text"} == set(SummaryRequest.model_fields) - others


def test_the_id_can_be_a_custom_id_and_other_columns_are_ignored(path: Path) -> None:
    given = [{"custom_id": 7, "text": "x", "url": {"a": 1}}, {"id": "i", "custom_id": "c", "text": "x"}, {"text": "x"}]
    assert [(row.id, row.inputs) for row in rows(path, json_lines(given))] == [
        (7, {"text": "x"}),
        ("i", {"text": "x"}),
        (None, {"text": "x"}),
    ]


def test_whole_numbers_may_be_written_as_floats(path: Path) -> None:
    [row] = rows(path, '{"id": 1.0, "text": "x", "max_tokens": 3.0, "seed": 0e0, "temperature": 1}')
    assert (repr(row.id), repr(row.inputs)) == ("1", "{'text': 'x', 'max_tokens': 3, 'temperature': 1, 'seed': 0}")


def test_a_knowledge_that_is_not_given_is_no_error(path: Path) -> None:
    assert [row.error for row in rows(path, "text,knowledge\nx,\ny, \n")] == [None, None]
    [row] = rows(path, "text,Knowledge\nx,docs.zip\n")
    assert reason(row) == "E1013 line 2: knowledge cannot be set for one row"


NESTED = '{"text": ' + "[" * 100_000


BAD_LINES = [
    ("{", "it is not JSON"),
    ('{"text": "' + SECRET, "it is not JSON"),
    ("[1]", "it is JSON, but no object"),
    (NESTED, "it is not JSON"),
    (NESTED + "]" * 100_000 + "}", "it is not JSON"),
    ('{"text": "x", "seed": ' + "1" * 10_000 + "}", "it is not JSON"),
    ('{"text": "x", "seed": ' + "1" * 1_000 + "}", "seed must be a whole number"),
    ('{"text": "x", "temperature": NaN}', "it has NaN, which is no JSON"),
    ('{"text": "x", "temperature": 1e999}', "temperature must be a number"),
    ('{"text": "x", "temperature": ' + "1" * 1_000 + "}", "temperature must be a number"),
    ('{"id": "\\ud83d", "text": "x"}', "id must be text or a whole number"),
    ('{"id": true, "text": "x"}', "id must be text or a whole number"),
    ('{"custom_id": 1.5, "text": "x"}', "custom_id must be text or a whole number"),
    ('{"id": 1}', "it has no text, html or file"),
    ('{"text": " ", "html": ""}', "it has no text, html or file"),
    ('{"text": "x", "file": "UERG"}', "it has text and file; it must have one of them"),
    ('{"text": "x", "html": "x", "file": "UERG"}', "it has text and html and file; it must have one of them"),
    ('{"text": 5}', "text must be text"),
    ('{"file": 5}', "file must be base64 text"),
    ('{"file": "UE RG"}', "file must be base64 text"),
    ('{"file": "UERG="}', "file must be base64 text"),
    ('{"file": "UERG===="}', "file must be base64 text"),
    ('{"file": "="}', "file must be base64 text"),
    ('{"file": "Ünal"}', "file must be base64 text"),
    ('{"text": "x", "focus": {"a": 1}}', "focus must be text"),
    ('{"text": "x", "max_tokens": true}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": 5.5}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": "' + SECRET + '"}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": 1e300}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": 1e999}', "max_tokens must be a whole number"),
    ('{"text": "x", "knowledge": "https://example.com/docs.zip"}', "knowledge cannot be set for one row"),
    ('{"text": "x", "top_p": false}', "top_p must be a number"),
    ('{"text": "x", "strip_boilerplate": 1}', "strip_boilerplate must be true or false"),
    ('{"text": "x", "keep_terms": "' + SECRET + '"}', "keep_terms must be a list of texts"),
    ('{"text": "x", "keep_terms": ["a", 1]}', "keep_terms must be a list of texts"),
]


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_an_error_in_its_place_and_stops_no_other(path: Path, line: str, message: str) -> None:
    first, bad, last = rows(path, json_lines([{"text": "one"}, line, {"text": "two"}]))
    assert (first.inputs, last.inputs) == ({"text": "one"}, {"text": "two"})
    assert (bad.line, last.line) == (2, 3)
    assert reason(bad) == f"E1013 line 2: {message}"


def test_a_file_in_a_row_is_held_to_the_limit_of_a_document(path: Path) -> None:
    fits, large = (base64.b64encode(bytes(MAX_BYTES + surplus)).decode() for surplus in (0, 1))
    good, bad = rows(path, json_lines([{"file": fits}, {"file": large}]))
    assert len(good.inputs["file"]) == MAX_BYTES
    assert reason(bad) == "E1013 line 2: file is 20,000,001 bytes; the limit is 20,000,000"


def test_no_value_of_a_row_is_in_its_repr(path: Path) -> None:
    good, bad = rows(path, json_lines([{"id": SECRET, "text": SECRET}, {"id": SECRET, "text": SECRET, "seed": SECRET}]))
    assert repr([good, bad]) == (
        "[Row(line=1, error=None), Row(line=2, error=UserError('E1013 line 2: seed must be a whole number'))]"
    )


def test_a_number_that_no_integer_of_64_bits_is_is_no_id(path: Path) -> None:
    [row] = rows(path, '{"id": 1e300, "text": "x"}')
    assert str(row.error) == "E1013 line 1: id must be text or a whole number"
