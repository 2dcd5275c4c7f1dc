"""What a DOCX gives, and that one made to hurt ends in an error that says why."""

import io
import zipfile

import pytest

from benchmarks.parser_fuzz import document_xml, docx_file, paragraph, zip_file
from errors import UserError
from normalizers.documents import docx


def refusal(data: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        docx.read(data)
    return caught.value


def test_paragraphs_stand_apart() -> None:
    text = docx.read(
        docx_file(paragraph("Minutes", '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>') + paragraph("A &lt; B"))
    )
    assert text == "# Minutes\n\nA < B"


def test_runs_of_a_paragraph_join_and_breaks_break() -> None:
    runs = "<w:p><w:r><w:t>coun</w:t></w:r><w:r><w:t>cil</w:t><w:br/><w:t>met</w:t><w:tab/><w:t>late</w:t></w:r></w:p>"
    assert docx.read(docx_file(runs)) == "council\nmet\tlate"


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
    assert docx.read(docx_file(body)) == f"before\n\n{text}\n\nafter"


def test_a_heading_is_one_line_and_an_empty_one_is_none() -> None:
    heading = f"<w:p>{styled('Heading1')}<w:r><w:t># Terms</w:t><w:br/><w:t>of use</w:t></w:r></w:p>"
    empty = f"<w:p>{styled('Heading1')}</w:p><w:p>{styled('Heading1')}<w:r><w:br/></w:r></w:p>"
    assert docx.read(docx_file(heading + paragraph("text") + f"<w:p>{styled('Heading1')}</w:p>")) == (
        "# Terms of use\n\ntext"
    )
    assert "#" not in docx.read(docx_file(paragraph("before") + empty + paragraph("after")))


def test_headings_in_a_table_row_or_around_a_text_box_keep_their_lines() -> None:
    cells = "".join(f"<w:tc>{paragraph(text, styled('Heading1'))}</w:tc>" for text in ("a", "b"))
    assert docx.read(docx_file(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")) == "a | b"
    boxed = f"<w:p>{styled('Heading1')}<w:r><w:t>Terms</w:t>{paragraph('boxed')}<w:t> more</w:t></w:r></w:p>"
    assert docx.read(docx_file(boxed)).splitlines()[:3] == ["# Terms", "", "boxed"]


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
    text = docx.read(with_styles(body, document_xml(STYLES)))
    assert text == "## berschrift2\n\n## Kapitel\n\n#### Anhang\n\nKreis\n\nVerzeichnis"


@pytest.mark.parametrize("styles", [b"<w:styles>", b"", b" " * (docx.MAX_STYLES + 1)], ids=["cut", "empty", "large"])
def test_a_file_is_read_whatever_its_styles(styles: bytes) -> None:
    body = paragraph("Terms", styled("Heading1")) + paragraph("text", styled("Anhang"))
    assert docx.read(with_styles(body, styles)) == "# Terms\n\ntext"


def test_list_items_are_dashed() -> None:
    item = "<w:pPr><w:numPr/></w:pPr>"
    assert docx.read(docx_file(paragraph("one", item) + paragraph("two", item))) == "- one\n- two"


def test_a_table_row_is_a_line() -> None:
    cells = [f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Item", "Price", "Tea", "3")]
    rows = f"<w:tr>{cells[0]}{cells[1]}</w:tr><w:tr>{cells[2]}{cells[3]}</w:tr>"
    text = docx.read(docx_file(paragraph("Before") + f"<w:tbl>{rows}</w:tbl>" + paragraph("After")))
    assert text == "Before\n\nItem | Price\nTea | 3\n\nAfter"


def test_what_no_reader_sees_is_left_out() -> None:
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey me</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>"
    deleted = "<w:p><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    assert docx.read(docx_file(hidden + deleted)) == "seen"


def test_a_text_box_that_is_written_twice_is_read_once() -> None:
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    box = f'<mc:AlternateContent xmlns:mc="{markup}"><mc:Choice>{{0}}</mc:Choice><mc:Fallback>{{0}}</mc:Fallback>'
    body = f"<w:p><w:r>{box}</mc:AlternateContent></w:r></w:p>".format(paragraph("boxed"))
    assert docx.read(docx_file(body)) == "boxed"


def test_footnotes_follow_the_text() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", document_xml(paragraph("text")))
        archive.writestr("word/footnotes.xml", document_xml(paragraph("a note")))
    assert docx.read(file.getvalue()) == "text\n\na note"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zip_file("notes.txt", b"x"), "no word/document.xml"),
        (docx_file(paragraph("x"))[:-30], "broken"),
        (zip_file("word/document.xml", b"<w:p>"), "broken"),
        (zip_file("word/document.xml", b""), "broken"),
        (zip_file("word/document.xml", b'<?xml version="1.0" encoding="no-such"?><p/>'), "broken"),
        (docx_file(paragraph("&a;"), prologue='<!DOCTYPE d [<!ENTITY a "aaaa">]>'), "document type"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    error = refusal(data)
    assert error.code == "E1011"
    assert reason in str(error)


def test_an_encrypted_member_is_refused_as_encrypted() -> None:
    data = bytearray(docx_file(paragraph("x")))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the directory's last entry
    error = refusal(bytes(data))
    assert error.code == "E1011"
    assert "encrypted" in str(error)


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (docx_file("<w:p>" * 100_000), docx.MAX_DEPTH),
        (zip_file("word/document.xml", b" " * (docx.MAX_UNPACKED + 1)), docx.MAX_UNPACKED),
        (docx_file("<w:p/>" * (docx.MAX_ELEMENTS + 1)), docx.MAX_ELEMENTS),
        (docx_file("x") + b"PK\x01\x02" * (docx.MAX_PARTS + 1), docx.MAX_PARTS),
    ],
    ids=["nesting", "zip bomb", "elements", "parts"],
)
def test_too_much_of_anything_is_refused_with_the_limit(data: bytes, limit: int) -> None:
    error = refusal(data)
    assert error.code == "E1012"
    assert f"{limit:,}" in str(error)


def test_an_archive_that_declares_less_than_it_holds_is_refused() -> None:
    data = docx_file(paragraph("x" * 100_000))
    size = len(document_xml(paragraph("x" * 100_000))).to_bytes(4, "little")
    assert refusal(data.replace(size, (10).to_bytes(4, "little"))).code == "E1011"
