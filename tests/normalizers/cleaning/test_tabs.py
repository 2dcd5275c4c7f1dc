"""Empty cells between tabs stay, and tabs that align a text are white space."""

from contract.request import SummaryRequest
from normalizers.steps import normalize


def test_an_empty_cell_keeps_its_column() -> None:
    text = normalize(SummaryRequest(text="Item\tDebit\tCredit\nRent\t\t480\nFuel\t90\t\n")).text
    assert text == "Item | Debit | Credit\nRent | | 480\nFuel | 90 |"


def test_each_column_has_its_cell_in_some_row_of_a_table_without_a_head() -> None:
    assert normalize(SummaryRequest(text="Rent\t \t480\nFuel\t90\t")).text == "Rent | | 480\nFuel | 90 |"


def test_tabs_that_align_are_one_space() -> None:
    assert normalize(SummaryRequest(text="Name:\t\tBo\nBerth number:\t\t7")).text == "Name: Bo\nBerth number: 7"


def test_rows_may_stand_apart_as_paragraphs_do() -> None:
    rows = "Item\tPaid\tDue\n\nRent\t\t480\n\nFuel\t90\t"
    assert normalize(SummaryRequest(text=rows)).text == "Item | Paid | Due\n\nRent | | 480\n\nFuel | 90 |"
    two = "Name:\t\tBo\n\nIt is seven.\n\nBerth number:\t4\t7"
    assert normalize(SummaryRequest(text=two)).text == "Name: Bo\n\nIt is seven.\n\nBerth number: 4 7"
