"""A DOCX that is broken, encrypted or made to hurt ends in an error that says why, with the limit."""

import pytest

from benchmarks.parser_fuzz import document_xml, docx_file, paragraph, zip_file
from errors import UserError
from normalizers.documents import docx, docx_package, docx_text
from tests.normalizers.documents.test_docx import text_of


def refusal(data: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        docx.read(data)
    return caught.value


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
        (docx_file("<w:p>" * 100_000), docx_text.MAX_DEPTH),
        (zip_file("word/document.xml", b" " * (docx_package.MAX_UNPACKED + 1)), docx_package.MAX_UNPACKED),
        (docx_file("x") + b"PK\x01\x02" * (docx_package.MAX_PARTS + 1), docx_package.MAX_PARTS),
    ],
    ids=["nesting", "zip bomb", "parts"],
)
def test_too_much_of_anything_is_refused_with_the_limit(data: bytes, limit: int) -> None:
    error = refusal(data)
    assert error.code == "E1012"
    assert f"{limit:,}" in str(error)


def test_too_many_elements_are_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_text, "MAX_ELEMENTS", 20_000)  # of two millions: each is counted as it is read
    error = refusal(docx_file("<w:p/>" * 20_000))
    assert error.code == "E1012"
    assert "20,000 elements" in str(error)
    assert not text_of(docx_file("<w:p/>" * 19_000)).strip()


def test_an_archive_that_declares_less_than_it_holds_is_refused() -> None:
    data = docx_file(paragraph("x" * 100_000))
    size = len(document_xml(paragraph("x" * 100_000))).to_bytes(4, "little")
    assert refusal(data.replace(size, (10).to_bytes(4, "little"))).code == "E1011"
