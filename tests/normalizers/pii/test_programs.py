"""Programs that are called as people are stay where programs are listed, and people stay people."""

import pytest

from normalizers.pii.programs import find


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We use Jenkins, Kafka, Hugo, Docker and Redis.", ["Jenkins", "Kafka", "Hugo"]),
        (
            "Restart the Cassandra cluster and the Kafka brokers, then the Julia scripts.",
            ["Cassandra", "Kafka", "Julia"],
        ),
        ("We moved from Jenkins to GitLab, and Docker is next.", ["Jenkins"]),
        ("Python / Julia / R / Ada", ["Julia", "Ada"]),
    ],
)
def test_programs_in_a_list_are_found(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    "text", ["Mr Jenkins runs Docker and Redis.", "Ida Jenkins runs Docker and Redis.", "Jenkins called."]
)
def test_a_person_beside_programs_is_one(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["Julia, Hugo and Ida came.", "Julia knows Python, and Ada knows Java.", "Ask Julia, Ada or Python"]
)
def test_people_are_not(text: str) -> None:
    assert found(text) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["A-", "Ab, ", "Ab Ab "])
def test_a_long_text_of_anything_takes_linear_time(unit: str) -> None:
    list(find(unit * (100_000 // len(unit))))
