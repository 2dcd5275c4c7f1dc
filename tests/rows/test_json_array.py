"""One JSON array as a table: an item at a time, and one that is no row costs no other."""

import json
from pathlib import Path

import pytest

from rows import json_array, lines
from tests.rows.made import path, reason, refusal, rows

__all__ = ["path"]  # a fixture


def test_an_empty_array_has_no_rows(path: Path) -> None:
    assert rows(path, " [\n ] ") == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("null", "it is JSON, but no object"),
        ("12", "it is JSON, but no object"),
        ("[1]", "it is JSON, but no object"),
        ('{"text": NaN}', "it has NaN, which is no JSON"),
        ('{"text": "x", "seed": ' + "1" * 10_000 + "}", "it is not JSON"),
        ('{"id": "\\ud83d", "text": "x"}', "id must be text or a whole number"),
        ('{"text": "\udcff"}', "it is not text in the file's encoding"),
    ],
    ids=range(7),
)
def test_a_bad_item_is_an_error_in_its_place_and_stops_no_other(path: Path, item: str, message: str) -> None:
    content = f'[{{"text": "one"}}, {item}, {{"text": "two \\ud83d"}}]'
    first, bad, last = rows(path, content.encode(errors="surrogateescape"))
    assert (first.inputs, last.inputs) == ({"text": "one"}, {"text": "two \ufffd"})
    assert reason(bad) == f"E1013 row 2: {message}"


@pytest.mark.parametrize("characters", [1, 2, 3, 1_000])
def test_an_item_may_come_in_any_number_of_parts(path: Path, monkeypatch: pytest.MonkeyPatch, characters: int) -> None:
    monkeypatch.setattr(json_array, "_CHARACTERS", characters)
    items = [{"id": 12345, "text": "Ünal ] } met"}, {"id": "b", "text": "two"}]
    assert [(row.id, row.inputs["text"]) for row in rows(path, json.dumps(items, indent=1))] == [
        (12345, "Ünal ] } met"),
        ("b", "two"),
    ]
    assert [reason(row) for row in rows(path, "[12345]")] == ["E1013 row 1: it is JSON, but no object"]


def test_an_item_of_the_largest_document_is_read(path: Path) -> None:
    text = "x" * 19_000_000
    assert [len(row.inputs["text"]) for row in rows(path, json.dumps([{"text": text}] * 2))] == [19_000_000] * 2


def test_an_item_that_never_seems_to_end_is_not_read_to_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_CHARACTERS", 100_000)
    content = '[{"text": "' + "x" * 1_000_000
    assert refusal(path, content) == "E1014 row 1: it does not end within 100,000 characters"
