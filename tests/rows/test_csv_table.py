"""CSV: what people's spreadsheets write, and what is wrong with it."""

from pathlib import Path

import pytest

from rows import lines
from tests.rows.made import SECRET, path, reason, refusal, rows

__all__ = ["path"]  # a fixture


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("FALSE", False), ("True", True)])
def test_spreadsheets_write_true_in_capitals(path: Path, cell: str, value: bool) -> None:
    assert rows(path, f"text,strip_boilerplate\nx,{cell}\n")[0].inputs == {"text": "x", "strip_boilerplate": value}


@pytest.mark.parametrize(
    "table", ["text;temperature\nx;0,5\n", 'text,temperature\nx,"0,5"\n', "text;temperature\nx;0.5\n"]
)
def test_a_number_may_have_a_decimal_comma(path: Path, table: str) -> None:
    assert rows(path, table)[0].inputs == {"text": "x", "temperature": 0.5}


def test_rows_without_text_above_the_header_do_not_choose_what_separates(path: Path) -> None:
    assert [(row.line, row.inputs) for row in rows(path, ";;\n\nid;text;focus\n1;a, b;\n")] == [(4, {"text": "a, b"})]


def test_cells_of_csv_can_be_far_larger_than_the_csv_module_allows(path: Path) -> None:
    text = "Ünal met the council. " * 20_000
    assert rows(path, f'text\n"{text}"\n')[0].inputs == {"text": text}


def test_a_nul_is_a_character_like_any_other(path: Path) -> None:
    assert [row.inputs for row in rows(path, 'text\na\0b\n"\0"\nc\n')] == [
        {"text": "a\0b"},
        {"text": "\0"},
        {"text": "c"},
    ]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("1,x", "it has 2 cells; the header has 5"),
        ("1,x,,,,6", "it has 6 cells; the header has 5"),
        ('1,"x" y,,,', "it ends on line 2 with a quote or a line end out of place"),
        (f"1,x,{SECRET},,", "max_tokens must be a whole number"),
        ("1,x,1.5,,", "max_tokens must be a whole number"),
        ("1,x," + "1" * 10_000 + ",,", "max_tokens must be a whole number"),
        ("1,x,true,,", "max_tokens must be a whole number"),
        ("1,x,,yes,", "strip_boilerplate must be true or false"),
        (f"1,x,,,{SECRET}", "keep_terms must be a list of texts"),
        ('1,x,,,"[""a"", 1]"', "keep_terms must be a list of texts"),
        ("1,x,,," + "[" * 100_000, "keep_terms must be a list of texts"),
        ("1,,,,", "it has no text, html or file"),
        ("1,x,,,,,,,,", "it has 10 cells; the header has 5"),
    ],
    ids=range(13),
)
def test_a_bad_record_is_an_error_in_its_place_and_stops_no_other(path: Path, record: str, message: str) -> None:
    header = "id,text,max_tokens,strip_boilerplate,keep_terms"
    bad, last = rows(path, f"{header}\n{record}\n2,two,,,\n")
    assert reason(bad) == f"E1013 line 2: {message}"
    assert bad.id == (None if '" y' in record else "1")
    assert (last.line, last.id, last.inputs) == (3, "2", {"text": "two"})


def test_an_id_that_is_not_the_first_cell_may_be_in_another_place_of_a_row_with_a_comma_too_many(path: Path) -> None:
    assert [row.id for row in rows(path, "text,id\nx,1\nx,y,2\n")] == ["1", None]


def test_a_row_of_blanks_is_no_row(path: Path) -> None:
    found = rows(path, ',,\n"",,\nid,text,seed\n1,one,\n,,\n ,\t,\n,,,,,\n""\n2,two,\n,,\n')
    assert [(row.line, row.id, row.inputs) for row in found] == [(4, "1", {"text": "one"}), (9, "2", {"text": "two"})]


def test_letter_case_of_a_header_and_blanks_in_it_do_not_matter(path: Path) -> None:
    for delimiter in ",;\t":
        header = delimiter.join(["ID", " Text ", "MAX_Tokens", '"Strip_Boilerplate "'])
        [row] = rows(path, f"{header}\n{delimiter.join(['1', 'x', '5', 'FALSE'])}\n")
        assert (row.id, row.inputs) == ("1", {"text": "x", "max_tokens": 5, "strip_boilerplate": False})


def test_of_two_columns_the_one_that_is_written_as_ours_is_ours(path: Path) -> None:
    assert rows(path, "Text,text\na,b\n")[0].inputs == {"text": "b"}
    assert refusal(path, "Text,TEXT\na,b\n") == "E1014 line 1: 2 columns are named text"


def test_a_table_without_a_source_is_told_the_columns_that_it_has_but_no_text(path: Path) -> None:
    none = "E1014 line 1: none of the {} columns is text, html or file; found {}"
    assert refusal(path, "Body,Date\na,b\n") == none.format(2, "Body, Date")
    assert refusal(path, "a,b,c,d,e,f\n") == none.format(6, "a, b, c, d, e, …")
    long = f"{SECRET} met the council on Thursday"
    for text in (f'1,{long},"x\ny"\n', "4711,Jane Roe,Diabetes\n", "Jane Roe has diabetes.\n"):
        assert refusal(path, text).endswith(" columns is text, html or file")


def test_a_quote_that_closes_too_late_says_which_lines_it_took(path: Path) -> None:
    bad, last = rows(path, 'id,text\n1,"one\n2,two\n3,"three"\n4,four\n')
    assert reason(bad) == "E1013 line 2: it ends on line 4 with a quote or a line end out of place"
    assert (last.line, last.inputs) == (5, {"text": "four"})


def test_a_record_of_csv_that_never_seems_to_end_is_not_read_to_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_CHARACTERS", 100)
    detail = "its record does not end within 100 characters; perhaps a quote does not close"
    assert refusal(path, 'text\na\n"b\n' + "c\n" * 100 + '"\n') == f"E1014 line 3: {detail}"
    assert refusal(path, "text\na\n" + "b" * 200) == f"E1014 line 3: {detail}"
