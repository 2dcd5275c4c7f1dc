"""A row of many becomes a line of JSON, also where it is none."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from contract.record import Record
from errors import UserError
from normalizers.row import RowNormalizer
from weights import load

INPUTS: dict[str, Any] = {"strip_boilerplate": True, "redact_pii": "off"}


def line(cells: dict[str, Any], inputs: dict[str, Any] = INPUTS, names_model: Path | None = None) -> dict[str, Any]:
    normalize = pickle.loads(pickle.dumps(RowNormalizer(inputs, names_model)))  # noqa: S301 (our own, as processes do)
    found: dict[str, Any] = json.loads(normalize(Record("line", 2, cells.get("id"), cells, None)))
    return found


def test_a_row_of_html_is_read_as_html_whatever_it_begins_with() -> None:
    row = line({"id": "a", "html": "plain words, then <b>bold</b> &amp; the end"})
    assert row == {"id": "a", "text": "plain words, then bold & the end", "removed": [], "redactions": []}


def test_a_row_of_a_data_url_is_the_file_that_it_holds() -> None:
    page = "data:text/html,<p>plain%20words</p>"
    assert [line({name: page})["text"] for name in ("text", "html")] == ["plain words"] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "E1013 line 2: it must have a text or an html"),
        ({"text": "x", "html": "x"}, "E1013 line 2: it must have a text or an html"),
        ({"text": 1}, "E1013 line 2: it must have a text or an html"),
        ({"text": " "}, "E1001"),
        ({"text": "..."}, "E1007"),
        ({"text": "data:;base64,*"}, "E1103"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_its_line(row: dict[str, Any], message: str) -> None:
    found = line({"id": "b", **row})
    assert (set(found), found["id"]) == ({"id", "error"}, "b")
    assert found["error"]["message"].startswith(message)
    assert found["error"]["code"] == message[:5]


def test_a_row_without_an_id_is_named_by_its_line() -> None:
    assert line({"text": "One."}) == {"id": None, "line": 2, "text": "One.", "removed": [], "redactions": []}
    assert line({"text": "..."})["line"] == 2


def test_a_row_that_could_not_be_read_keeps_its_error() -> None:
    bad = Record("line", 7, None, {}, UserError("E1013", "line 7: it is not JSON"))
    assert json.loads(RowNormalizer(INPUTS, None)(bad)) == {
        "id": None, "line": 7, "error": {"code": "E1013", "message": "E1013 line 7: it is not JSON"},
    }  # fmt: skip


def test_redactions_are_code_points_of_the_rows_own_text_and_never_the_value() -> None:
    text = "  \U0001f600 Write to  jane.roe@example.org\tor not.  "
    row = line({"id": 1, "text": text}, {**INPUTS, "redact_pii": "mask"}, load.find_names_model())
    [redaction] = row["redactions"]
    assert text[redaction["start"] : redaction["end"]] == "jane.roe@example.org"
    assert redaction["type"] == "EMAIL"
    assert "[EMAIL]" in row["text"]
    assert "jane.roe" not in json.dumps(row)
