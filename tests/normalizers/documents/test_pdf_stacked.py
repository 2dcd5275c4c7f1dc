"""A table whose cells are written column by column is read row by row; lists and addresses side by side are not."""

import time

import pytest

from normalizers.documents import pdf_stacked
from tests.normalizers.documents.test_pdf import LEFT, RIGHT, lines, text_of

COLUMNS = (60, 250, 420)
PROSE = lines((60, 500, 11, "All of it is paid by the town before the end of May."))


def columns(*rows: tuple[str, ...], top: int = 700) -> bytes:
    """Draw the cells of the first column, then those of the second."""
    return lines(
        *(
            (COLUMNS[column], top - 18 * row, 11, rows[row][column])
            for column in range(len(rows[0]))
            for row in range(len(rows))
            if rows[row][column]
        )
    )


@pytest.mark.parametrize(
    "rows",
    [
        (("Month", "Calls", "Cost"), ("May", "412", "1,204"), ("June", "388", "1,150"), ("July", "501", "1,377")),
        (("1.", "Scope of the work", "4"), ("2.", "Terms of payment", "7"), ("3.", "Liability", "12")),
        (("2021", "2022", "2023"), ("4", "5", "6"), ("7", "8", "9")),
        (("Name:", "Joan Field"), ("City:", "Leeds"), ("Post:", "Clerk")),
        (("Fruit", "Keeper", "Place"), ("Apples", "Marta", "Cellar"), ("Pears", "Jonas", "Loft")),
        (("Invoice", "2026-0411"), ("Date", "3 March 2026"), ("Due", "17 March 2026"), ("Contact", "Ann Lee")),
        (("Task", "Start"), ("Design", "01.03.2025"), ("Build", "16.03.2025"), ("Test", "01.06.2025")),
    ],
)
@pytest.mark.parametrize("below", [b"", PROSE])
def test_the_cells_of_a_row_are_put_together(rows: tuple[tuple[str, ...], ...], below: bytes) -> None:
    found = text_of(columns(*rows) + b"\n" + below).split("\n")
    assert found[: len(rows)] == [" ".join(row) for row in rows]


def test_an_empty_cell_keeps_its_place() -> None:
    text = text_of(columns(("Item", "Paid", "Due"), ("Rent", "", "480"), ("Heat", "60", "12"), ("Water", "35", "20")))
    assert text.split("\n")[1] == "Rent |  | 480"


def test_two_such_tables_follow_each_other() -> None:
    first = (("Item", "Sum"), ("Rent", "480"), ("Heat", "60"))
    second = (("Town", "Share"), ("Leeds", "12%"), ("York", "9%"))
    text = text_of(columns(*first) + b"\n" + columns(*second, top=500))
    assert text.split("\n") == [" ".join(row) for row in (*first, *second)]


@pytest.mark.parametrize(
    "sides",
    [
        (("Seller", "Ann Lee", "1 Main Street", "Leeds LS1"), ("Buyer", "Per Lund", "22 Hill Road", "York YO1")),
        (("Pros", "It is cheap to run", "It is quiet"), ("Cons", "It is heavy to lift", "It is big")),
        (("Name:", "Date:", "Place:"), ("Name:", "Date:", "Place:")),
        (("Present", "Ann Lee", "Per Lund"), ("1. Budget", "2. Gate", "3. Roof")),
        (LEFT, RIGHT),
        (("Ann Lee", "1 Main Street", "Leeds"), ("Per Lund", "22 Hill Road", "York"), ("Bo Ek", "3 Quay", "Hull")),
        (("- Apples", "- Pears", "- Plums"), ("- Bread", "- Rolls", "- Cake"), ("- Milk", "- Cream", "- Butter")),
        (("Signed", "Ann Lee", "Clerk"), ("Signed", "Per Lund", "Pilot"), ("Signed", "Bo Ek", "Cook")),
    ],
)
def test_what_is_no_table_is_read_as_it_is_written(sides: tuple[tuple[str, ...], ...]) -> None:
    text = text_of(columns(*zip(*sides, strict=True)))
    assert text.split("\n") == [line for side in sides for line in side]


def test_lines_of_words_that_are_as_near_as_those_of_a_text_are_no_rows() -> None:
    cards = (("Ann Lee", "Clerk", "Leeds"), ("Per Lund", "Pilot", "York"), ("Bo Ek", "Cook", "Hull"))
    drawn = lines(
        *((60 + 150 * n, 700 - 13 * at, 11, text) for n, card in enumerate(cards) for at, text in enumerate(card))
    )
    assert text_of(drawn).split("\n") == [line for card in cards for line in card]


def test_a_column_that_goes_on_between_the_rows_is_none_of_them() -> None:
    rows = columns(("Item", "Sum"), ("Rent", "480"), ("Heat", "60"), ("Water", "35"))
    text = text_of(rows.replace(b"250 646 Td (35)", b"250 655 Td (35)"))
    assert "Rent 480" not in text


def test_many_columns_take_linear_time() -> None:
    boxes = [(10.0 * column, 5.0 * row, 10.0 * column + 8, 5.0 * row + 4) for column in range(2_000) for row in (9, 5)]
    start = time.perf_counter()
    assert not pdf_stacked.may_be(boxes)
    assert time.perf_counter() - start < 1
