"""A case is run as it says, and what is wrong with it is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import mistakes, output
from benchmarks.sets import DATA

CASE: dict[str, Any] = {"must_contain": [], "must_not_contain": []}


def test_what_is_missing_what_should_not_be_there_and_persons_are_named() -> None:
    case = {"must_contain": ["crane", "quay"], "must_not_contain": ["Anna"], "persons": 2}
    assert mistakes(case, "[PERSON] and Anna saw the crane") == ["lacks 'quay'", "has 'Anna'", "1 persons, not 2"]
    assert mistakes(case, "[PERSON] and [PERSON] saw the crane on the quay") == []


def test_an_error_is_what_a_case_may_ask_for() -> None:
    assert mistakes({**CASE, "error": "E1007"}, "E1007 no text") == []
    assert mistakes({**CASE, "error": "E1007"}, "a text") == ["is no E1007"]


@pytest.mark.parametrize(
    ("how", "name", "content", "wanted"),
    [
        ("file", "a.txt", "The crane.", "The crane."),
        ("file", "a.txt", "", "E1011"),
        ("table", "a.csv", "id,text\n7,The crane.\n", "7 {'text': 'The crane.'}"),
        ("lines", "a.jsonl", '{"id": 7, "text": "The crane."}\n', '"text": "The crane.", "removed": []'),
    ],
)
def test_an_input_is_read_as_its_case_says(tmp_path: Path, how: str, name: str, content: str, wanted: str) -> None:
    (tmp_path / name).write_text(content)
    assert wanted in output({**CASE, "how": how, "file": name}, tmp_path, ())


def test_every_case_has_its_input_and_something_to_hold() -> None:
    folder = DATA / "cases"
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").split("\n") if line]
    assert len({case["id"] for case in cases}) == len(cases) == 181
    for case in cases:
        assert case.get("text") or (folder / case["file"]).is_file(), case["id"]
        assert case["must_contain"] or case["must_not_contain"] or "error" in case or "persons" in case, case["id"]
