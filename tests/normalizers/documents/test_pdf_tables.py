"""An empty cell of a table on a PDF's page keeps its place, and what is no such table stays as it is."""

import time

import pytest

from normalizers.documents.pdf_columns import Row
from normalizers.documents.pdf_tables import tables
from tests.normalizers.documents.test_pdf import lines, text_of

COLUMNS = (60, 200, 320)
ROWS = (("Item", "Paid", "Due"), ("Rent", "", "480"), ("Heat", "60", "12"), ("Water", "35", ""))


def table(*rows: tuple[str, ...], indent: int = 0, lead: int = 18) -> bytes:
    """Draw rows, cells that are not the first ones `indent` points further right below the heads."""
    return lines(
        *(
            (COLUMNS[column] + (indent if row and column else 0), 700 - lead * row, 11, cell)
            for row, cells in enumerate(rows)
            for column, cell in enumerate(cells)
            if cell
        )
    )


@pytest.mark.parametrize("indent", [0, 40])
def test_an_empty_cell_between_others_keeps_its_place(indent: int) -> None:
    assert text_of(table(*ROWS, indent=indent)).split("\n") == [
        "Item | Paid | Due",
        "Rent |  | 480",
        "Heat | 60 | 12",
        "Water | 35 | ",
    ]


def test_a_table_with_empty_cells_stands_between_texts_as_they_are() -> None:
    text = text_of(
        lines((60, 750, 14, "What was paid for the house in the year 2024"))
        + b"\n"
        + table(*ROWS)
        + b"\n"
        + lines((60, 560, 11, "All of it is to be paid before the end of May, or the house is sold."))
    )
    assert text.split("\n")[0] == "What was paid for the house in the year 2024"
    assert "Rent |  | 480" in text
    assert text.split("\n")[-1] == "All of it is to be paid before the end of May, or the house is sold."


def test_what_goes_on_alone_below_its_cell_stays_a_line() -> None:
    text = text_of(table(*ROWS[:2], ("", "by card", ""), *ROWS[2:]))
    assert text.split("\n")[1:4] == ["Rent |  | 480", "by card", "Heat | 60 | 12"]


@pytest.mark.parametrize(
    "rows",
    [
        (("Item", "Paid", "Due"), ("Rent", "90", "480"), ("Heat", "60", "12")),  # none is empty
        (("Item", "Paid", "Due"), ("Rent", "90", "480"), ("Heat", "60", "")),  # nothing stands behind it
        (("", "North", "South"), ("May", "410", "390"), ("June", "400", "402")),  # a corner
        (("Item", "", "Due"), ("Rent", "", "480"), ("Heat", "", "12")),  # no column
        (("Item", "Paid", "Due"), ("Rent", "", "480")),  # too few to tell
    ],
)
def test_a_table_that_reads_right_without_bars_has_none(rows: tuple[tuple[str, ...], ...]) -> None:
    assert text_of(table(*rows)).split("\n") == [" ".join(cell for cell in row if cell) for row in rows]


@pytest.mark.parametrize("lead", [12, 14, 18])
def test_a_page_that_is_all_table_is_read_row_by_row(lead: int) -> None:
    full = [("Town", "Rain", "Sun"), ("Holm", "12", "7"), ("Ravn", "9", "8"), ("Lund", "3", "11")]
    text = text_of(table(*full, lead=lead))
    assert text.split("\n") == ["Town Rain Sun", "Holm 12 7", "Ravn 9 8", "Lund 3 11"]
    assert "Rent |  | 480" in text_of(table(*ROWS, lead=lead)).split("\n")


def test_a_heading_above_a_page_that_is_all_table_stays_a_line() -> None:
    contents = (
        lines((60, 740, 16, "Contents")) + b"\n" + table(("1", "Water", "3"), ("2", "Wood", "4"), ("3", "Wind", "9"))
    )
    assert text_of(contents).split("\n") == ["Contents", "1 Water 3", "2 Wood 4", "3 Wind 9"]


def test_words_that_stand_far_apart_are_read_row_by_row() -> None:
    words = [("the", "river", "rose"), ("two", "boats", "sank"), ("at", "the", "quay")]
    assert text_of(table(*words)).split("\n") == ["the river rose", "two boats sank", "at the quay"]


def test_rows_that_stand_far_apart_are_no_table() -> None:
    rows = [Row(60, 340, -at, 11, [(80, 320)]) for at in (0, 300, 600)]
    full = [Row(60, 340, -at - 10, 11, [(80, 200), (220, 320)]) for at in (0, 300, 600)]
    mixed = sorted(rows + full, key=lambda row: -row.base)
    assert tables(mixed) == []
    assert len(tables([row._replace(base=-18.0 * at) for at, row in enumerate(mixed)])) == 1


def test_a_hundred_times_the_rows_take_no_thousand_times_as_long() -> None:
    gaps = [(10.0 * column + 5, 10.0 * column + 10) for column in range(9)]
    rows = [Row(0, 95, -12.0 * at, 11, gaps[: 9 - at % 7]) for at in range(20_000)]

    def seconds(count: int) -> float:
        start = time.process_time()
        tables(rows[:count])
        return time.process_time() - start

    assert seconds(20_000) < 1_000 * min(seconds(200) for _ in range(3))
