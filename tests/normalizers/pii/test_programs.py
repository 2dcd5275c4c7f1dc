"""Programs that are called as people are stay where programs are listed, and people stay people."""

import pytest

from normalizers.pii.programs import find


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We use Jenkins, Kafka, Hugo, Docker and Redis.", ["Jenkins", "Kafka", "Hugo"]),
        ("Python / Julia / R / Ada", ["Julia", "Ada"]),
    ],
)
def test_programs_in_a_list_are_found(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    "text", ["Julia, Hugo and Ida came.", "Julia knows Python, and Ada knows Java.", "Ask Julia, Ada or Python"]
)
def test_people_are_not(text: str) -> None:
    assert found(text) == []
