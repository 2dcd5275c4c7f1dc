"""A brand that is written as a full name stays where the words beside it say that it is one, and goes elsewhere."""

import pytest

from normalizers.pii.brands import find
from normalizers.pii.namesakes import find as find_namesakes


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find(text, ())]


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("a Ted Baker bag", ["Ted Baker"]),
        ("the Marc Jacobs store", ["Marc Jacobs"]),
        ("she wears Paul Smith", ["Paul Smith"]),
        ("2 x Johnnie Walker\n1 x Jim Beam", ["Johnnie Walker", "Jim Beam"]),
        ("Jack Daniel's whiskey, and a bottle of Jack Daniel's", ["Jack Daniel's", "Jack Daniel's"]),
        ("Yves Saint Laurent, Calvin Klein and Ralph Lauren", ["Yves Saint Laurent", "Calvin Klein", "Ralph Lauren"]),
        ("Paul Smith and Ted Baker shirts", ["Paul Smith", "Ted Baker"]),
    ],
)
def test_a_brand_is_one_beside_goods_and_in_a_row_of_brands(text: str, brands: list[str]) -> None:
    assert found(text) == brands


@pytest.mark.parametrize(
    "text",
    [
        "Ted Baker called again",
        "Paul Smith and Ted Baker met on Monday",
        "a Paul Smith rang for you",
        "Jack Daniel's car was stolen",
        "Dear Laura Ashley, thank you",
    ],
)
def test_a_persons_name_is_none(text: str) -> None:
    assert found(text) == []


def test_a_brand_beside_another_firm_is_one() -> None:
    text = "Ted Baker and Harvey Nichols reported"
    assert [text[start:end] for start, end in find_namesakes(text)] == ["Harvey Nichols", "Ted Baker"]


def test_a_firm_with_a_full_name_is_one_beside_others_and_behind_what_firms_do() -> None:
    assert found("split between Grant Thornton, Baker Tilly and Moss Adams") == [
        "Grant Thornton",
        "Baker Tilly",
        "Moss Adams",
    ]
    assert found("bei der Firma Karl Storz") == ["Karl Storz"]
