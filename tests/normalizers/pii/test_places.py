import pytest

from normalizers.pii import places


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in places.find(text)]


def test_countries_and_states_are_found() -> None:
    assert found("From Estonia to New South Wales, and on to Côte d'Ivoire.") == [
        "Estonia",
        "New South Wales",
        "Côte d'Ivoire",
    ]


def test_the_longest_name_counts() -> None:
    assert found("Guinea-Bissau, West Virginia, South Sudan, United States of America") == [
        "Guinea-Bissau",
        "West Virginia",
        "South Sudan",
        "United States of America",
    ]


@pytest.mark.parametrize("text", ["fine china", "a Malian", "Nigerian", "Jordans", "jo@France.example", "www.Peru.com"])
def test_what_only_looks_like_a_country_is_none(text: str) -> None:
    assert found(text) == []


def test_a_country_may_end_a_sentence_or_own_something() -> None:
    assert found("Japan's guests left for Peru.") == ["Japan", "Peru"]
