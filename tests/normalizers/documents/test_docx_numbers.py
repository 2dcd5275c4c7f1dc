"""List items, clauses and headings have the numbers that Word would show, which no text of the file has."""

import pytest

from benchmarks.parser_fuzz import paragraph
from tests.normalizers.documents.test_docx import package, styled, text_of


def level(place: int, form: str, text: str, more: str = "") -> str:
    start = '<w:start w:val="1"/>'
    return f'<w:lvl w:ilvl="{place}">{start}<w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{more}</w:lvl>'


def numbering(*levels: str, more: str = "") -> str:
    definition = f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
    return f'{definition}<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>{more}'


def clause(text: str, place: int = 0, number: str = "5") -> str:
    return paragraph(text, f'<w:pPr><w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>')


CLAUSES = (level(0, "decimal", "%1."), level(1, "decimal", "%1.%2"), level(2, "lowerLetter", "(%3)"))


def test_clauses_have_their_automatic_numbers() -> None:
    body = clause("Rent") + clause("Due in May.", 1) + clause("or June", 2) + clause("Hardship") + clause("Waived.", 1)
    text = text_of(package(body, numbering=numbering(*CLAUSES)))
    assert text == "1. Rent\n1.1 Due in May.\n(a) or June\n2. Hardship\n2.1 Waived."


@pytest.mark.parametrize(
    ("form", "text", "marks"),
    [
        ("upperRoman", "Article %1", ["Article I", "Article II", "Article III", "Article IV"]),
        ("upperLetter", "%1)", ["A)", "B)", "C)", "D)"]),
        ("ordinal", "%1", ["1st", "2nd", "3rd", "4th"]),
        ("decimalZero", "§ %1", ["§ 01", "§ 02", "§ 03", "§ 04"]),
        ("bullet", "\uf0b7", ["-", "-", "-", "-"]),
    ],
)
def test_numbers_are_written_as_their_list_writes_them(form: str, text: str, marks: list[str]) -> None:
    read = text_of(package(clause("x") * 4, numbering=numbering(level(0, form, text))))
    assert read.splitlines() == [f"{mark} x" for mark in marks]


def test_a_list_begins_anew_where_it_says_so_and_an_empty_clause_counts() -> None:
    again = '<w:num w:numId="6"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="4"/>'
    lists = numbering(*CLAUSES, more=f"{again}</w:lvlOverride></w:num>")
    body = clause("a") + clause("") + clause("b") + clause("c", number="6") + clause("d", number="6")
    assert text_of(package(body, numbering=lists)) == "1. a\n3. b\n4. c\n5. d"


def test_a_level_counts_on_behind_the_levels_that_it_says() -> None:
    body = "".join(clause(str(place), place) for place in (0, 1, 2, 1, 2, 0, 1, 2))
    for restart, last in ((None, ["1)", "1)", "1)"]), (1, ["1)", "2)", "1)"]), (0, ["1)", "2)", "3)"])):
        more = "" if restart is None else f'<w:lvlRestart w:val="{restart}"/>'
        lists = numbering(CLAUSES[0], CLAUSES[1], level(2, "decimal", "%3)", more))
        marks = [line.split()[0] for line in text_of(package(body, numbering=lists)).splitlines()]
        assert [*marks[:2], marks[5]] == ["1.", "1.1", "2."]
        assert [marks[2], marks[4], marks[7]] == last


def test_a_list_may_have_the_definition_of_a_list_style() -> None:
    linked = f"""
    <w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="L"/></w:abstractNum>
    <w:abstractNum w:abstractNumId="2"><w:styleLink w:val="L"/>{level(0, "decimal", "Clause %1")}</w:abstractNum>
    <w:num w:numId="5"><w:abstractNumId w:val="1"/></w:num>"""
    assert text_of(package(clause("Rent") + clause("Term"), numbering=linked)) == "Clause 1 Rent\nClause 2 Term"


def test_a_row_may_have_its_number_in_a_cell_without_text() -> None:
    row = f"<w:tr><w:tc>{clause('')}</w:tc><w:tc>{paragraph('crane')}</w:tc></w:tr>"
    assert text_of(package(f"<w:tbl>{row * 2}</w:tbl>", numbering=numbering(*CLAUSES))) == "1. | crane\n2. | crane"
    bullets = numbering(level(0, "bullet", "x"))
    assert text_of(package(f"<w:tbl>{row}</w:tbl>", numbering=bullets)) == " | crane"


def test_a_style_takes_its_list_from_the_style_it_is_based_on() -> None:
    number = '<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr>'
    deeper = '<w:basedOn w:val="Clause"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr>'
    styles = f'<w:style w:styleId="Clause">{number}</w:style><w:style w:styleId="Sub">{deeper}</w:style>'
    body = paragraph("Rent", styled("Clause")) + paragraph("Due", styled("Sub"))
    assert text_of(package(body, numbering=numbering(*CLAUSES), styles=styles)) == "1. Rent\n1.1 Due"


def test_a_heading_is_numbered_by_its_style() -> None:
    number = '<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr>'
    styles = f'<w:style w:styleId="Heading1">{number}</w:style><w:style w:styleId="Heading2">{number}</w:style>'
    lists = numbering(
        level(0, "decimal", "%1", '<w:pStyle w:val="Heading1"/>'),
        level(1, "decimal", "%1.%2", '<w:pStyle w:val="Heading2"/>'),
    )
    body = paragraph("Rent", styled("Heading1")) + paragraph("Due", styled("Heading2"))
    assert text_of(package(body, numbering=lists, styles=styles)) == "# 1 Rent\n\n## 1.1 Due"
