"""The one reader of JSON Lines: what is a row, and what costs a row but never another."""

import codecs
import io
import json
from typing import Any

import pytest

from contract.record import Record
from rows import json_lines, lines

SECRET = "Jane Roe"
ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "One, Ünal."},
    {"id": "b", "text": "Two\u2028\U0001f600"},
    {"custom_id": "c", "other": [SECRET]},
]


def read(content: str | bytes) -> list[Record]:
    data = content.encode() if isinstance(content, str) else content
    return list(json_lines.read(io.BufferedReader(io.BytesIO(data))))


def written(end: str = "\n", **options: Any) -> str:
    return "".join(json.dumps(row, **options) + end for row in ROWS)


@pytest.mark.parametrize(
    "content",
    [
        written().encode(),
        written(ensure_ascii=False).encode(),
        codecs.BOM_UTF8 + written(ensure_ascii=False).encode(),
        written("\n\ufeff", ensure_ascii=False).removesuffix("\n\ufeff").encode("utf-8-sig"),
        written("\r\n", ensure_ascii=False).encode(),
        written("\r", ensure_ascii=False).encode(),
        written(ensure_ascii=False).strip().encode(),
        written("\r\n", ensure_ascii=False).encode("utf-16"),
        codecs.BOM_UTF16_BE + written("\r", ensure_ascii=False).encode("utf-16-be"),
        written(ensure_ascii=False).encode("utf-32"),
    ],
    ids=range(10),
)
def test_any_encoding_and_any_line_end_give_the_same_rows(content: bytes) -> None:
    found = read(content)
    assert [record.cells for record in found] == ROWS
    assert [(record.line, record.id, record.error) for record in found] == [
        (1, 1, None),
        (2, "b", None),
        (3, "c", None),
    ]


def test_an_empty_line_is_no_row_and_is_counted() -> None:
    assert [record.line for record in read('\n{}\n \t\r\n\n{"a": 1}')] == [2, 5]


NESTED = '{"text": ' + "[" * 100_000
BAD = [
    ("{", "it is not JSON"),
    ("# a comment", "it is not JSON"),
    ('{"text": "' + SECRET, "it is not JSON"),
    (NESTED, "it is not JSON"),
    (NESTED + "]" * 100_000 + "}", "it is not JSON"),
    ('{"seed": ' + "1" * 10_000 + "}", "it is not JSON"),
    ("null", "it is JSON, but no object"),
    ("[1]", "it is JSON, but no object"),
    ('"\\ud83d"', "it is JSON, but no object"),
    ('{"text": NaN}', "it has NaN, which is no JSON"),
    ('{"other": [{"x": -Infinity}]}', "it has -Infinity, which is no JSON"),
    ("NaN", "it has NaN, which is no JSON"),
    ('{"id": "\\ud83d"}', "id must be text or a whole number"),
    ('{"custom_id": "\\uDE00 a"}', "custom_id must be text or a whole number"),
    ('{"id": [1]}', "id must be text or a whole number"),
    ('{"id": true}', "id must be text or a whole number"),
    ("\udcff", "it is not UTF-8"),
    ('{"text": "' + "x" * 989 + '"}', "it is longer than 1,000 characters"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=range(len(BAD)))
def test_a_bad_row_is_an_error_in_its_place_and_stops_no_other(
    line: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if len(line) < 2_000:
        monkeypatch.setattr(lines, "MAX_CHARACTERS", 1_000)
    first, bad, last = read(f'{{"a": 1}}\n{line}\n{{"a": 2}}\n'.encode(errors="surrogateescape"))
    assert (first.cells, last.cells) == ({"a": 1}, {"a": 2})
    assert (bad.line, bad.id, bad.cells) == (2, None, {})
    assert str(bad.error) == f"E1013 line 2: {message}"


def test_half_a_surrogate_pair_in_a_text_becomes_what_stands_for_no_character() -> None:
    [record] = read(
        '{"id": "a\\ud83d\\ude00", "text": "\\ud83d\\ude00 \\ud83d and \\\\ud83d", "x": {"\\udc00": ["\\udfff"]}}'
    )
    assert record.cells == {"id": "a\U0001f600", "text": "\U0001f600 \ufffd and \\ud83d", "x": {"\ufffd": ["\ufffd"]}}
    assert record.id == "a\U0001f600"


def test_a_number_that_is_too_large_for_a_float_stays_what_python_makes_of_it_beside_half_a_pair() -> None:
    [record] = read('{"x": 1e999, "text": "\\ud83d"}')
    assert record.cells == {"x": float("inf"), "text": "\ufffd"}


def test_a_line_of_the_largest_document_as_base64_is_read() -> None:
    [record] = read(json.dumps({"id": 1, "file": "A" * 27_000_000}))
    assert (record.id, len(record.cells["file"])) == (1, 27_000_000)


def test_no_value_is_in_the_repr() -> None:
    assert repr(read(json.dumps({"id": SECRET, "text": SECRET}))) == "[Record(line=1, error=None)]"
