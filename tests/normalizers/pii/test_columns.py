"""Numbers of things in a table's column are told by its head."""

import pytest

from normalizers.pii.columns import find


def cells(text: str) -> tuple[list[str], list[str]]:
    found = find(text)
    heads, below = ([text[start:end].strip() for start, end in spans] for spans in found)
    return heads, below


@pytest.mark.parametrize(
    "text",
    [
        "| Item | Part no. | Price |\n|---|---|---|\n| Key | 99-1203-A | 1,204.50 |\n| Saw | 55-2210-B | 310.00 |",
        "Item\tPart no.\tPrice\nKey\t99-1203-A\t1,204.50\nSaw\t55-2210-B\t310.00\n",
        "Offer:\nItem | Part no. | Price\nKey | 99-1203-A | 1,204.50\nSaw | 55-2210-B | 310.00\nUntil Friday.",
    ],
)
def test_the_cells_below_such_a_head_are_found_in_any_form_of_table(text: str) -> None:
    heads, below = cells(text)
    assert [head for head in heads if head] == ["Item", "Part no.", "Price"]
    assert below == ["99-1203-A", "1,204.50", "55-2210-B", "310.00"]


@pytest.mark.parametrize(
    "text",
    [
        "| Name | Passport no. | VAT |\n| Ida Berg | 99-1203-A | DE123456789 |",
        "Price | Amount",
        "Price\n4711\n4712",
        "| Item | Price |\n\nOle | Lund | 4711",
    ],
)
def test_other_columns_and_what_is_no_table_have_none(text: str) -> None:
    assert cells(text) == ([], [])


def test_a_row_of_persons_heads_is_one_of_heads() -> None:
    heads, below = cells("| # | Surname | First name | Room |\n|---|---|---|---|\n| 1 | Berg | Ida | B12 |")
    assert {"Surname", "First name", "Room"} <= set(heads)
    assert below == []


def test_a_value_beside_a_head_is_none() -> None:
    heads, _ = cells("| Order no. | 4711 | Ida Berg |\n| Price | 12 | Ole Lund |")
    assert heads == ["Order no."]


def test_a_long_table_takes_linear_time() -> None:
    assert len(find("| Price | Total |\n" + "| 1 | 2 |\n" * 200_000).cells) == 400_000
