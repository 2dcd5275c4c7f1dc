"""JSON Lines in, JSON Lines out."""

import json
from pathlib import Path
from typing import Any

import pytest

from rows.lines import normalize_lines
from weights import load

INPUTS: dict[str, Any] = {"strip_boilerplate": True, "redact_pii": "off"}


def results(rows: list[Any], inputs: dict[str, Any] = INPUTS, names_model: Path | None = None) -> list[dict[str, Any]]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return [json.loads(line) for line in normalize_lines(lines, inputs, names_model)]


def test_rows_come_back_in_their_order() -> None:
    rows = [{"id": number, "text": f"row {number}"} for number in range(200)]
    assert [(row["id"], row["text"]) for row in results(rows)] == [(n, f"row {n}") for n in range(200)]


def test_a_row_of_html_is_read_as_html_whatever_it_begins_with() -> None:
    [row] = results([{"id": "a", "html": "plain words, then <b>bold</b> &amp; the end"}])
    assert row == {"id": "a", "text": "plain words, then bold & the end", "removed": [], "redactions": []}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "E1004 line 2 is not JSON"),
        ("[" * 100_000, "E1004 line 2 is not JSON"),
        ("[1]", "E1004 line 2 is JSON, but no object"),
        ({"id": "b"}, "E1004 line 2 must have a text or an html"),
        ({"id": "b", "text": "x", "html": "x"}, "E1004 line 2 must have a text or an html"),
        ({"id": "b", "text": 1}, "E1004 line 2 must have a text or an html"),
        ({"id": "b", "text": " "}, "E1001"),
        ({"id": "b", "text": "..."}, "E1007"),
    ],
)
def test_a_bad_row_becomes_an_error_and_stops_no_other(row: Any, message: str) -> None:
    first, bad, last = results([{"id": "a", "text": "one"}, row, {"id": "c", "text": "two"}])
    assert (first["text"], last["text"]) == ("one", "two")
    assert bad["error"]["message"].startswith(message)
    assert bad["error"]["code"] == message[:5]


def test_redactions_are_code_points_of_the_rows_own_text_and_never_the_value() -> None:
    text = "  \U0001f600 Write to  jane.roe@example.org\tor not.  "
    [row] = results([{"id": 1, "text": text}], {**INPUTS, "redact_pii": "mask"}, load.find_names_model())
    [redaction] = row["redactions"]
    assert text[redaction["start"] : redaction["end"]] == "jane.roe@example.org"
    assert redaction["type"] == "EMAIL"
    assert "[EMAIL]" in row["text"]
    assert "jane.roe" not in json.dumps(row)
