"""What a DOCX gives."""

import io
import zipfile
from collections.abc import Callable

import pytest

from benchmarks.parser_fuzz import document_xml, docx_file, paragraph
from normalizers.documents import docx, docx_styles, parse


def text_of(data: bytes) -> str:
    return docx.read(data)[0]


def test_paragraphs_stand_apart() -> None:
    text = text_of(
        docx_file(paragraph("Minutes", '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>') + paragraph("A &lt; B"))
    )
    assert text == "# Minutes\n\nA < B"


def test_runs_of_a_paragraph_join_and_breaks_break() -> None:
    runs = "<w:p><w:r><w:t>coun</w:t></w:r><w:r><w:t>cil</w:t><w:br/><w:t>met</w:t><w:tab/><w:t>late</w:t></w:r></w:p>"
    assert text_of(docx_file(runs)) == "council\nmet\tlate"


def styled(style: str, more: str = "") -> str:
    return f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>'


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        (styled("Title"), "# Terms"),
        (styled("Heading1"), "# Terms"),
        (styled("Heading6"), "###### Terms"),
        (styled("Heading7"), "Terms"),
        (styled("Normal", '<w:outlineLvl w:val="2"/>'), "### Terms"),
        (styled("Heading1", '<w:outlineLvl w:val="9"/>'), "Terms"),
        (styled("Heading2", "<w:numPr/>"), "## Terms"),
        (f"<w:pPr><w:pPrChange>{styled('Heading1')}</w:pPrChange></w:pPr>", "Terms"),
    ],
)
def test_a_heading_has_the_mark_of_its_level(properties: str, text: str) -> None:
    body = paragraph("before") + paragraph("Terms", properties) + paragraph("after")
    assert text_of(docx_file(body)) == f"before\n\n{text}\n\nafter"


def test_a_heading_is_one_line_and_an_empty_one_is_none() -> None:
    heading = f"<w:p>{styled('Heading1')}<w:r><w:t># Terms</w:t><w:br/><w:t>of use</w:t></w:r></w:p>"
    empty = f"<w:p>{styled('Heading1')}</w:p><w:p>{styled('Heading1')}<w:r><w:br/></w:r></w:p>"
    assert text_of(docx_file(heading + paragraph("text") + f"<w:p>{styled('Heading1')}</w:p>")) == (
        "# Terms of use\n\ntext"
    )
    assert "#" not in text_of(docx_file(paragraph("before") + empty + paragraph("after")))


def test_headings_in_a_table_row_or_around_a_text_box_keep_their_lines() -> None:
    cells = "".join(f"<w:tc>{paragraph(text, styled('Heading1'))}</w:tc>" for text in ("a", "b"))
    assert text_of(docx_file(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")) == "a | b"
    boxed = f"<w:p>{styled('Heading1')}<w:r><w:t>Terms</w:t>{paragraph('boxed')}<w:t> more</w:t></w:r></w:p>"
    assert text_of(docx_file(boxed)).splitlines()[:3] == ["# Terms", "", "boxed"]


def with_styles(body: str, styles: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document_xml(body))
        archive.writestr("word/styles.xml", styles)
    return file.getvalue()


STYLES = """
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/><w:basedOn w:val="Standard"/></w:style>
<w:style w:styleId="Kapitel"><w:name w:val="Kapitel"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:styleId="Anhang"><w:name w:val="Anhang"/><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>
<w:style w:styleId="Verzeichnis"><w:basedOn w:val="berschrift2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:styleId="Kreis"><w:basedOn w:val="Kreis"/></w:style>
"""


def test_a_style_of_another_name_makes_a_heading_when_the_styles_say_so() -> None:
    body = "".join(paragraph(style, styled(style)) for style in ("berschrift2", "Kapitel", "Anhang", "Kreis"))
    body += paragraph("Verzeichnis", styled("Verzeichnis"))
    text = text_of(with_styles(body, document_xml(STYLES)))
    assert text == "## berschrift2\n\n## Kapitel\n\n#### Anhang\n\nKreis\n\nVerzeichnis"


@pytest.mark.parametrize(
    "styles", [b"<w:styles>", b"", b" " * (docx_styles.MAX_BYTES + 1)], ids=["cut", "empty", "large"]
)
def test_a_file_is_read_whatever_its_styles(styles: bytes) -> None:
    body = paragraph("Terms", styled("Heading1")) + paragraph("text", styled("Anhang"))
    assert text_of(with_styles(body, styles)) == "# Terms\n\ntext"


def test_list_items_are_dashed() -> None:
    item = "<w:pPr><w:numPr/></w:pPr>"
    assert text_of(docx_file(paragraph("one", item) + paragraph("two", item))) == "- one\n- two"


def test_a_table_row_is_a_line() -> None:
    cells = [f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Item", "Price", "Tea", "3")]
    rows = f"<w:tr>{cells[0]}{cells[1]}</w:tr><w:tr>{cells[2]}{cells[3]}</w:tr>"
    text = text_of(docx_file(paragraph("Before") + f"<w:tbl>{rows}</w:tbl>" + paragraph("After")))
    assert text == "Before\n\nItem | Price\nTea | 3\n\nAfter"


def test_what_no_reader_sees_is_left_out() -> None:
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey me</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>"
    deleted = "<w:p><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    assert text_of(docx_file(hidden + deleted)) == "seen"


def test_a_text_box_that_is_written_twice_is_read_once() -> None:
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    box = f'<mc:AlternateContent xmlns:mc="{markup}"><mc:Choice>{{0}}</mc:Choice><mc:Fallback>{{0}}</mc:Fallback>'
    body = f"<w:p><w:r>{box}</mc:AlternateContent></w:r></w:p>".format(paragraph("boxed"))
    assert text_of(docx_file(body)) == "boxed"


def test_footnotes_follow_the_text() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", document_xml(paragraph("text")))
        archive.writestr("word/footnotes.xml", document_xml(paragraph("a note")))
    assert text_of(file.getvalue()) == "text\n\na note"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def raised(text: str, how: str = "superscript") -> str:
    return run(text, f'<w:vertAlign w:val="{how}"/>')


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (run("10") + raised("6") + run(" cells"), "10⁶ cells"),
        (run("10") + raised("-") + raised("3"), "10⁻³"),
        (run("in 2020") + raised("1") + run(" it"), "in 2020¹ it"),
        (run("the 1") + raised("st"), "the 1st"),
        (run("x") + raised("k"), "x^k"),
        (run("2") + raised("n+k"), "2^(n+k)"),
        (run("CO") + raised("2", "subscript"), "CO2"),
        (run("101") + raised("2", "subscript"), "101₂"),
        (raised("1") + run(" of which"), "1 of which"),
        (run("10") + run("6", '<w:position w:val="8"/>'), "10⁶"),
        (run("101") + run("2", '<w:position w:val="-6"/>'), "101₂"),
        (run("10") + run("6", '<w:position w:val="1"/>'), "106"),
    ],
)
def test_a_raised_or_lowered_digit_is_told_from_its_neighbour(runs: str, text: str) -> None:
    assert text_of(docx_file(f"<w:p>{runs}</w:p>")) == text


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ('<w:sym w:font="Symbol" w:char="F0B3"/>', "≥"),
        ('<w:sym w:font="Symbol" w:char="006D"/>', "μ"),
        ('<w:sym w:font="Wingdings" w:char="F0FE"/>', "☑"),
        ('<w:sym w:font="Wingdings" w:char="F0A8"/>', "☐"),
        ('<w:sym w:font="Webdings" w:char="F061"/>', "✓"),
        ('<w:sym w:font="Segoe UI" w:char="2265"/>', "≥"),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>m</w:t>', "μ"),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf0a3</w:t>', "≤"),
        ('<w:sym w:font="Symbol" w:char="none"/>', ""),
    ],
)
def test_a_symbol_is_what_its_font_draws(element: str, text: str) -> None:
    assert text_of(docx_file(f"<w:p>{run('x ')}<w:r>{element}</w:r>{run(' y')}</w:p>")) == f"x {text} y"


def math(tag: str, *parts: str) -> str:
    namespace = ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    return f"<m:{tag}{namespace}>{''.join(parts)}</m:{tag}>"


SUM = '<m:chr xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" m:val="∑"/>'


def term(text: str) -> str:
    return math("r", math("t", text))


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        (math("f", math("num", term("1")), math("den", term("2"))), "1/2"),
        (term("2") + math("f", math("num", term("1")), math("den", term("2"))), "2 1/2"),
        (math("f", math("num", term("a+b")), math("den", term("c"))), "(a+b)/c"),
        (math("f", math("num", term("1")), math("den", term("2a"))), "1/(2a)"),
        (math("sSup", math("e", term("10")), math("sup", term("3"))), "10³"),
        (math("sSup", math("e", term("a+b")), math("sup", term("n+k"))), "(a+b)^(n+k)"),
        (math("sSub", math("e", term("x")), math("sub", term("i"))), "x_i"),
        (math("rad", math("deg", term("3")), math("e", term("x+1"))), "³√(x+1)"),
        (math("d", math("e", term("x"))), "(x)"),
        (math("nary", math("naryPr", SUM), math("sub", term("i=1")), math("e", term("i"))), "∑_(i=1) i"),
        (
            math("m", math("mr", math("e", term("1")), math("e", term("2"))), math("mr", math("e", term("3")))),
            "[1, 2; 3]",
        ),
    ],
)
def test_a_formula_is_a_line(elements: str, text: str) -> None:
    formula = math("oMath", elements)
    assert text_of(docx_file(f"<w:p>{run('be ')}{formula}{run(' so')}</w:p>")) == f"be {text} so"
    assert text_of(docx_file(f"<w:p>{run('2')}{formula}</w:p>")).startswith("2 " if text[0].isdigit() else "2")


def package(body: str, **parts: str | bytes) -> bytes:
    """Make a DOCX; a part's name has two underscores for each slash and one for the dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document_xml(body))
        for name, data in parts.items():
            path = name.replace("__", "/")
            is_text = isinstance(data, str) and not data.startswith("<R")
            archive.writestr(f"word/{path}.xml", document_xml(str(data)) if is_text else data)
    return file.getvalue()


def test_formulas_under_one_another_stay_apart() -> None:
    two = "".join(math("oMath", math("r", math("t", text))) for text in ("a=b", "c=d"))
    assert text_of(docx_file(f"<w:p>{math('oMathPara', two)}</w:p>")) == "a=b; c=d"
    assert text_of(docx_file(f"<w:p>{math('oMathPara', two)}</w:p>" * 2)) == "a=b; c=d\n\na=b; c=d"


def form(field: str, result: str = "") -> str:
    begin = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{field}</w:ffData></w:fldChar></w:r>'
    separate = f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}' if result else ""
    return f'<w:p>{begin}{separate}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'


ENTRIES = '<w:listEntry w:val="North"/><w:listEntry w:val="South"/>'


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (form("<w:checkBox><w:checked/></w:checkBox>"), "☒"),
        (form('<w:checkBox><w:default w:val="0"/></w:checkBox>'), "☐"),
        (form("<w:checkBox><w:sizeAuto/></w:checkBox>"), "☐"),
        (form('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>'), "☐"),
        (form(f'<w:ddList><w:result w:val="1"/>{ENTRIES}</w:ddList>'), "South"),
        (form(f"<w:ddList>{ENTRIES}</w:ddList>"), "North"),
        (form(f'<w:ddList><w:result w:val="99"/>{ENTRIES}</w:ddList>'), "South"),
        (form(f"<w:ddList>{ENTRIES}</w:ddList>", run("South")), "South"),
        (form("<w:textInput/>", run("Lindqvist")), "Lindqvist"),
    ],
)
def test_a_form_says_what_was_chosen(field: str, text: str) -> None:
    assert text_of(docx_file(field)) == text


def test_a_deleted_row_goes_with_its_text() -> None:
    rows = [f"<w:tr>{more}<w:tc>{paragraph(text)}</w:tc></w:tr>" for text, more in (
        ("fee 400", "<w:trPr><w:del/></w:trPr>"), ("fee 480", "<w:trPr><w:ins/></w:trPr>"))]  # fmt: skip
    assert text_of(docx_file(f"<w:tbl>{''.join(rows)}</w:tbl>{paragraph('after')}")) == "fee 480\n\nafter"


def test_a_hidden_row_goes_and_is_counted() -> None:
    rows = [
        f"<w:tr>{more}<w:tc>{paragraph(text)}</w:tc><w:tc>{paragraph('due')}</w:tc></w:tr>"
        for text, more in (
            ("obey me", "<w:trPr><w:hidden/></w:trPr>"),
            ("fee 480", ""),
            ("fee 9", '<w:trPr><w:hidden w:val="0"/></w:trPr>'),
        )
    ]
    text, removals = docx.read(docx_file(f"<w:tbl>{''.join(rows)}</w:tbl>{paragraph('after')}"))
    assert text == "fee 480 | due\nfee 9 | due\n\nafter"
    assert [removal.characters for removal in removals] == [10]


def control(properties: str, content: str) -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


@pytest.mark.parametrize(
    ("properties", "text", "read"),
    [
        ('<w:showingPlcHdr/><w:dropDownList><w:listItem w:value="Lease"/></w:dropDownList>', "Choose an item.", ""),
        ("<w:showingPlcHdr/><w:date/>", "Click or tap to enter a date.", ""),
        ("<w:text/><w:showingPlcHdr/>", "[Tenant]", ""),
        ('<w:dropDownList><w:listItem w:value="Lease"/></w:dropDownList>', "Lease", "Lease"),
        ('<w:showingPlcHdr w:val="0"/>', "Lund", "Lund"),
    ],
)
def test_a_control_says_what_was_filled_in_and_nothing_when_it_is_empty(properties: str, text: str, read: str) -> None:
    body = f"<w:p>{run('Type:')}{control(properties, run(text))}{run(' of 4 May')}</w:p>"
    assert text_of(docx_file(body)) == f"Type:{read} of 4 May"
    assert text_of(docx_file(control(properties, paragraph(text)) + paragraph("after"))).strip() == (
        f"{read}\n\nafter".strip()
    )


def test_a_large_initial_is_of_the_paragraph_that_it_begins() -> None:
    initial = paragraph("T", '<w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr>')
    assert text_of(docx_file(initial + paragraph("he board met.") + paragraph("after"))) == "The board met.\n\nafter"


def test_a_deleted_cell_goes_with_its_text() -> None:
    deleted = f"<w:tc><w:tcPr><w:cellDel/></w:tcPr>{paragraph('old')}</w:tc>"
    row = f"<w:tr><w:tc>{paragraph('a')}</w:tc>{deleted}<w:tc>{paragraph('b')}</w:tc></w:tr>"
    assert text_of(docx_file(f"<w:tbl>{row}</w:tbl>")) == "a |  | b"


def test_of_renderings_of_a_text_box_the_first_with_text_is_read() -> None:
    compatible = '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    for choice in ("<w:drawing/>", box):
        renderings = f"<mc:Choice>{choice}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
        assert text_of(docx_file(f"<w:p><w:r>{compatible}{renderings}</w:r></w:p>")) == "boxed"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([r" EQ \f(3,4) "], "3/4"),
        ([r"EQ 2\f(1;2)"], "2 1/2"),
        ([r" EQ \r(,16) "], "√16"),
        ([r" EQ \r(3,\f(1,8)) "], "√1/8"),
        (["EQ 10", r"\s\up 5(6) "], "10⁶"),
        ([r' EQ \* jc2 \* "Font:Meiryo" \* hps10 \o\ad(\s\up 9(', "とう", "),", "東", ")"], "東"),
    ],
)
def test_an_equation_of_a_field_is_a_line(pieces: list[str], text: str) -> None:
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    instruction = "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)
    assert text_of(docx_file(f"<w:p>{begin}{instruction}{end}</w:p>")) == text


def test_paragraphs_between_which_the_end_was_deleted_are_one() -> None:
    ended = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{}</w:p>"
    gone = ended.format("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>")
    body = paragraph("before") + ended.format(run("The fee ")) + gone + paragraph("is 480.") + paragraph("after")
    assert text_of(docx_file(body)) == "before\n\nThe fee is 480.\n\nafter"


def test_struck_text_is_told_apart() -> None:
    runs = run("The fee is ") + run("400 ", "<w:strike/>") + run("", "<w:strike/>") + run("480 crowns.")
    last = run("and 9", "<w:dstrike/>") + run(" kept", '<w:strike w:val="0"/>')
    assert (
        text_of(docx_file(f"<w:p>{runs}</w:p><w:p>{last}</w:p>")) == "The fee is ~~400~~ 480 crowns.\n\n~~and 9~~ kept"
    )


def test_comments_headers_and_footers_are_read_once() -> None:
    comment = f'<w:comment w:author="A. Lind">{paragraph("Who pays?")}</w:comment>'
    comment += f"<w:comment>{paragraph('We do.')}</w:comment>"
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>7</w:t></w:r></w:fldSimple>'
    text = text_of(
        package(
            paragraph("text"),
            header1=paragraph("Draft of May"),
            header2=paragraph("Draft of May"),
            footer1=f"<w:p>{run('Harbour board ')}{page}</w:p>",
            comments=comment,
        )
    )
    parts = ["Draft of May", "text", "Comment by A. Lind: Who pays?", "Comment: We do.", "Harbour board "]
    assert text == "\n\n".join(parts)


def test_a_page_number_of_a_field_is_left_out_to_its_end() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("7")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert text_of(docx_file(f"<w:p>{run('a ')}{field}{run('b')}</w:p>")) == "a b"


def field_char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def test_a_field_in_the_instruction_of_another_is_not_shown() -> None:
    inner = field_char("begin") + field_char("separate") + run("Lind") + field_char("end")
    outer = f"{field_char('begin')}{inner}{field_char('separate')}{run('Dear all')}{field_char('end')}"
    open_end = f"<w:p>{field_char('begin')}{run('lost')}</w:p>{paragraph('after')}"
    assert text_of(docx_file(f"<w:p>{outer}</w:p>{open_end}")) == "Dear all\n\nafter"


RELATION = '<Relationships><Relationship Id="r7" Target="{}"/></Relationships>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("chunk.htm", b"<p>put in</p>"),
        ("chunk.docx", docx_file(paragraph("put in"))),
        ("chunk.txt", b"put in"),
        ("chunk.mht", b"From: x\nContent-Type: text/html\n\n<p>put in</p>"),
        ("chunk.rtf", b"{\\rtf put in}"),
        ("missing.htm", b""),
    ],
)
def test_a_file_that_was_put_in_stands_where_it_was_put(name: str, data: bytes) -> None:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    body = paragraph("before") + f'<w:altChunk xmlns:r="{relations}" r:id="r7"/>' + paragraph("after")
    file = io.BytesIO(package(body, _rels__document_xml=""))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/_rels/document.xml.rels", RELATION.format(name))
        if data:
            archive.writestr(f"word/{name}", data)
    lines = text_of(file.getvalue()).split()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert ("put in" in " ".join(lines)) == (name not in ("chunk.rtf", "missing.htm"))


def renamed(data: bytes, change: Callable[[str], str]) -> bytes:
    """Write a package anew, its parts under other names."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(change(name), old.read(name))
    return file.getvalue()


def test_paths_of_windows_and_another_name_of_the_main_part_are_read() -> None:
    data = package(paragraph("text"), header1=paragraph("head"))
    assert parse.from_bytes(renamed(data, lambda name: name.replace("/", "\\"))).text == "head\n\ntext"
    other = io.BytesIO(renamed(package(paragraph("text")), lambda _: "word/main.xml"))
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("_rels/.rels", RELATION.format("word/main.xml"))
    assert text_of(other.getvalue()) == "text"


@pytest.mark.parametrize(
    "properties",
    [
        "<w:vanish/>",
        '<w:color w:val="FFFFFF"/>',
        '<w:color w:val="FEFEFE"/>',
        '<w:sz w:val="2"/>',
        '<w:rStyle w:val="H"/>',
        '<w:color w:val="000000"/><w:highlight w:val="black"/>',
        '<w:color w:val="1f4e79"/><w:shd w:fill="1F4E79"/>',
    ],
)
def test_text_that_nobody_sees_is_dropped_and_counted(properties: str) -> None:
    styles = '<w:style w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = f"<w:p>{run('The fee is 480.')}{run(' obey me', properties)}</w:p>"
    text, removals = docx.read(package(body, styles=styles))
    assert text == "The fee is 480."
    assert [(removal.kind, removal.characters) for removal in removals] == [("hidden text", 7)]


WHITE = run("Head", '<w:color w:val="FFFFFF"/>')
BLUE = '<w:shd w:fill="1F4E79"/>'
WHITE_ON_BLUE = f'<w:color w:val="FFFFFF"/>{BLUE}'
STYLED = '<w:tblPr><w:tblStyle w:val="GridTable5"/></w:tblPr>'
SOLID = '<w:color w:val="FFFFFF"/><w:shd w:val="solid" w:color="auto" w:fill="FFFFFF"/>'
SMALL = '<w:color w:val="auto"/><w:sz w:val="10"/>'


@pytest.mark.parametrize(
    "body",
    [
        f"<w:p><w:pPr>{BLUE}</w:pPr>{WHITE}</w:p>",
        f"<w:p>{run('Head', WHITE_ON_BLUE)}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:tcPr>{BLUE}</w:tcPr><w:p>{WHITE}</w:p></w:tc></w:tr></w:tbl>",
        f"<w:tbl>{STYLED}<w:tr><w:tc><w:p>{WHITE}</w:p></w:tc></w:tr></w:tbl>",
        f"<w:p>{run('Head', SOLID)}</w:p>",
        f"<w:p>{run('Head', SMALL)}</w:p>",
        f"<w:p>{run('Head', '<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>')}</w:p>",
    ],
    ids=["paragraph", "run", "cell", "styled table", "solid", "small", "before a change"],
)
def test_white_text_on_a_colour_and_small_text_stay(body: str) -> None:
    assert docx.read(docx_file(body)) == ("Head", ())
