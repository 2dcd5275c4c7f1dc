"""A name that was found in part is taken as a whole."""

import pytest

from normalizers.pii.finding import Finding
from normalizers.pii.full_names import complete


def completed(text: str, part: str) -> str:
    start = text.index(part)
    (finding,) = complete(text, [Finding(start, start + len(part), "PERSON", 0.9, "names")])
    return text[finding.start : finding.end]


@pytest.mark.parametrize(
    ("text", "part", "name"),
    [
        ("(Dawn Rhodes): fine", "Rhodes", "Dawn Rhodes"),
        ("Miles Long is here", "Long", "Miles Long"),
        ("thanks Ingrid Tveit", "Tveit", "Ingrid Tveit"),
        ("onsdag: \u00d8yvind Haugen", "\u00d8yvind", "\u00d8yvind Haugen"),
        ("ask Wouter van den Heuvel", "Wouter", "Wouter van den Heuvel"),
    ],
)
def test_the_other_half_of_a_name_is_found(text: str, part: str, name: str) -> None:
    assert completed(text, part) == name


@pytest.mark.parametrize(
    "text", ["The Rhodes firm", "Contact Rhodes now", "Dawn, Rhodes", "Dawn\nRhodes", "ask Rhodes Monday"]
)
def test_a_word_beside_a_name_is_none(text: str) -> None:
    assert completed(text, "Rhodes") == "Rhodes"
