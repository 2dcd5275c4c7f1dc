"""A pattern that is tried in a few places finds what it finds when it is tried everywhere."""

import random
import re

import pytest

from normalizers.pii import addresses, court_numbers, identifiers, machines, national_numbers
from normalizers.pii.context import any_of, matches, numbers

BEGIN_WITH_NUMBERS = (
    *(pattern for pattern, _, _ in national_numbers._NUMBERS),
    *(identifiers._CARD, identifiers._IBAN, national_numbers._SSN, court_numbers._CASE, *court_numbers._DOCKETS),
    *(machines._IPV4, addresses._POSTCODES),
    *addresses._NUMBERED,
)
PIECES = (
    *("QQ 12 34 56 C", "756.9217.0769.85", "AB.CDE.FGH/0001-95", "CV-2021-004567", "12345-67-8", "10.1.22.3", "2-1-1"),
    *(
        "SW1A 2AA",
        "K1A 0B1",
        "12 High Street",
        "RSSMRA85T10A562S",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
    ),
    *("1HGCM82633A004352", "A", "7", "3A", "x", "_", "-", ".", "/", " ", "\n", ":", ",", "Ab", "é"),
)


def test_matches_are_found_where_numbers_begin_and_nowhere_else() -> None:
    generator = random.Random(0)
    found = 0
    for _ in range(400):
        text = "".join(generator.choices(PIECES, k=12)) + " " * 200  # so that the places are few
        for pattern in BEGIN_WITH_NUMBERS:
            spans = [match.span() for match in pattern.finditer(text)]
            assert [match.span() for match in matches(pattern, text, numbers(text))] == spans, pattern.pattern
            found += len(spans)
    assert found > 300


@pytest.mark.parametrize("text", ["1 2 3 4 5 6", "1 2" + " " * 100])
def test_many_places_and_few_give_the_same(text: str) -> None:
    spans = [match.span() for match in matches(re.compile("[0-9] [0-9]"), text, numbers(text))]
    assert spans == [match.span() for match in re.finditer("[0-9] [0-9]", text)]


def test_literals_by_first_letters_are_tried_in_their_order() -> None:
    literals = ("case no", "case", "id card", "id", "n.r", "no")
    text = "case no 1, id card, case, ids n.r nxr no"
    plain = re.compile("|".join(map(re.escape, literals)))
    assert (
        re.findall(any_of(literals), text)
        == plain.findall(text)
        == [*literals[:1], *literals[2:3], "case", *literals[3:]]
    )
