"""A surname alone in a row of firms is one of them, and a person beside firms is none."""

import pytest

from normalizers.pii.series import find

FIRMS = "Merck, Abbott, Siemens and Stryker"


def found(text: str, things: list[str]) -> list[str]:
    spans = [(text.index(thing), text.index(thing) + len(thing)) for thing in things]
    return [text[start:end] for start, end in find(text, spans)]


def test_what_stands_among_things_is_one() -> None:
    assert found(FIRMS, ["Merck", "Siemens", "Stryker"]) == ["Abbott"]


def test_one_or_two_things_make_no_row_of_things() -> None:
    assert found(FIRMS, ["Merck", "Siemens"]) == []


@pytest.mark.parametrize("name", ["Ingrid", "Grace", "Ingrid Tveit"])
def test_a_person_among_firms_is_none(name: str) -> None:
    assert found(FIRMS.replace("Abbott", name), ["Merck", "Siemens", "Stryker"]) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["A-", "Ab, ", "Ab Ab "])
def test_a_long_text_of_anything_takes_linear_time(unit: str) -> None:
    list(find(unit * (100_000 // len(unit)), []))
