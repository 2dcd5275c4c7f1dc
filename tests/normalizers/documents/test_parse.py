"""What can be read, what is refused, and that the refusal names both numbers or the type."""

import codecs
import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import parser_fuzz
from benchmarks.parser_fuzz import docx_file, paragraph, pdf_file, zip_file
from contract.document import Document
from contract.request import MAX_BYTES, SummaryRequest
from errors import UserError
from normalizers.documents.parse import from_bytes
from normalizers.steps import normalize

SENTENCE = "The council met on Thursday."


def read(path: Path) -> Document:
    return normalize(SummaryRequest(document=path))


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.txt", SENTENCE, "text/plain"),
        ("a.md", f"# Minutes\n\n{SENTENCE}", "text/markdown"),
        ("a.html", f"<p>{SENTENCE}</p>", "text/html"),
        ("no_extension", SENTENCE, "text/plain"),
        ("wrong.txt", f"<!doctype html><p>{SENTENCE}", "text/html"),
        ("wrong.md", f"<?xml version='1.0'?><!-- saved --><HTML><p>{SENTENCE}", "text/html"),
        ("fragment.txt", f"<div><p>{SENTENCE}</p></div>\n", "text/html"),
        ("mentions.txt", f"{SENTENCE} The tag <html> begins a page.", "text/plain"),
        ("addresses.txt", f"<a@firm.example> wrote: {SENTENCE} See <https://firm.example/crane>", "text/plain"),
        ("mentions.txt", f"{SENTENCE} A PDF begins with %PDF-1.7.", "text/plain"),
    ],
)
def test_the_content_decides_the_type_and_the_extension_is_a_hint(
    tmp_path: Path, name: str, content: str, media_type: str
) -> None:
    document = read(written(tmp_path, name, content.encode()))
    assert document.media_type == media_type
    assert SENTENCE in document.text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Żółć \u2013 naïve café"),
        ("utf-8-sig", "Żółć \u2013 naïve café"),
        ("utf-16", "Żółć \u2013 naïve café"),
        ("utf-32", "Żółć \u2013 naïve café"),
        ("cp1252", "L\u2019été dernier, la municipalité a décidé de rénover l\u2019hôtel de ville, naïve ou non."),
        ("cp1252", "Über den Fluß ging eine schöne Frau. Die Größe der Häuser überraschte sie sehr."),
        ("cp1250", "Zażółć gęślą jaźń. Wczoraj poszliśmy do sklepu, żeby kupić świeże pieczywo i mleko."),
        ("cp1251", "Это простой русский текст для проверки кодировки."),
        ("shift_jis", "これは日本語のテキストです。文字コードを判定します。"),
    ],
)
def test_encodings_are_detected(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(written(tmp_path, "a.txt", text.encode(encoding))).text == text


MAIL = f"From: a@example.com\r\nTo: b@example.com\r\nSubject: Minutes\r\n\r\n{SENTENCE}\r\n".encode()


@pytest.mark.parametrize("name", ["right", "no_extension", "wrong.txt", "wrong.md"])
@pytest.mark.parametrize(
    ("suffix", "data", "media_type"),
    [
        (".pdf", pdf_file([SENTENCE]), "application/pdf"),
        (".pdf", b"\n" + pdf_file([SENTENCE]), "application/pdf"),
        (
            ".docx",
            docx_file(paragraph(SENTENCE)),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (".eml", MAIL, "message/rfc822"),
    ],
)
def test_a_pdf_a_docx_and_a_mail_are_known_by_their_content(
    tmp_path: Path, name: str, suffix: str, data: bytes, media_type: str
) -> None:
    document = read(written(tmp_path, name + suffix if name == "right" else name, data))
    assert document.media_type == media_type
    assert SENTENCE in document.text


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.pdf", SENTENCE.encode(), "text"),
        ("a.pdf", b"<html>Sign in to download", "text"),
        ("a.PDF", b"\x00\x01\x02" * 40, "binary data"),
        ("a.docx", zip_file("notes.txt", b"x"), "zip archive"),
        ("a.docx", zip_file("xl/workbook.xml", b"x"), "XLSX"),
        ("a.docx", SENTENCE.encode(), "text"),
        ("a.eml", SENTENCE.encode(), "text"),
    ],
)
def test_a_mislabelled_file_is_refused_with_what_it_is(tmp_path: Path, name: str, data: bytes, found: str) -> None:
    error = refusal(written(tmp_path, name, data))
    assert error.code == "E1011"
    assert Path(name).suffix.lower() in str(error)
    assert found in str(error)


def test_an_encrypted_office_file_says_so(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    error = refusal(written(tmp_path, "a.docx", data))
    assert error.code == "E1011"
    assert "encrypted" in str(error)


def test_a_memo_that_begins_like_a_mail_but_is_none_stays_text(tmp_path: Path) -> None:
    memo = f"Subject: the budget\n\n{SENTENCE}"
    assert read(written(tmp_path, "memo.txt", memo.encode())).media_type == "text/plain"


def test_a_text_that_looks_like_a_mail_is_not_taken_apart() -> None:
    assert normalize(SummaryRequest(text=MAIL.decode())).media_type == "text/plain"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (zip_file("xl/workbook.xml", b"x"), "XLSX"),
        (zip_file("notes.txt", b"x"), "zip archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "JPEG image"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "gzip archive"),
        (b"{\\rtf1\\ansi text}", "RTF"),
        (b"\x7fELF" + bytes(60), "ELF program"),
        (b"\x00\x01\x02\x03" * 40, "binary data of an unknown type, 160 bytes"),
    ],
)
def test_another_type_is_refused_by_name_whatever_its_extension(tmp_path: Path, data: bytes, kind: str) -> None:
    error = refusal(written(tmp_path, "report.txt", data))
    assert error.code == "E1006"
    assert kind in str(error)


def test_bytes_in_no_encoding_are_unreadable(tmp_path: Path) -> None:
    noise = bytes(1 + (i * i * 31 + i * 7) % 255 for i in range(4_000))
    assert refusal(written(tmp_path, "a.txt", noise)).code in ("E1004", "E1006")


def test_a_broken_utf_16_file_says_where(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.txt", codecs.BOM_UTF16_LE + b"a\0\x00\xdc\x00\xdc\x00"))
    assert error.code == "E1004"
    assert "of 9" in str(error)


def test_a_missing_file_a_folder_and_a_pipe_are_unreadable(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # opening it would wait for a writer
    for path in (tmp_path / "missing.txt", tmp_path, pipe, tmp_path / ("a" * 300), Path("nul\0byte")):
        assert refusal(path).code == "E1004"


def test_a_file_over_the_limit_is_refused_unread_with_both_numbers(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)  # takes no space, and could not be read into memory
    error = refusal(path)
    assert error.code == "E1005"
    assert "50,000,000,000" in str(error)
    assert f"{MAX_BYTES:,}" in str(error)


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.eml", "a"])
def test_an_empty_file_says_so(tmp_path: Path, name: str) -> None:
    error = refusal(written(tmp_path, name, b""))
    assert error.code == "E1011"
    assert "empty" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "<html><head><title>x</title></head><body></body></html>",
        "<div><p></p><br/></div>",
        "<!doctype html><script>let x = 1</script><style>p {}</style>",
        "<html><!-- only a comment",
        "***\n---\n| | |",
        "\u200b\u200b \ufeff.",
    ],
)
def test_text_that_is_all_markup_has_no_text(text: str) -> None:
    with pytest.raises(UserError) as caught:
        normalize(SummaryRequest(text=text))
    assert caught.value.code == "E1007"


def test_an_error_never_holds_text_of_the_document(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.txt", b"\0secret\0" * 30))
    assert "secret" not in str(error)


@given(data=st.binary(max_size=300), suffix=st.sampled_from(["", ".txt", ".html", ".docx", ".eml"]))
def test_any_bytes_end_in_text_or_a_user_error(data: bytes, suffix: str) -> None:
    with contextlib.suppress(UserError):
        from_bytes(data, suffix).text.encode("utf-8", "surrogatepass")


def test_mutated_files_of_every_type_end_in_text_or_a_user_error() -> None:
    results = parser_fuzz.run(count=600, seed=5)
    outcomes = {result.outcome for of_type in results.values() for result in of_type}
    assert outcomes <= {"text", *UserError.codes}
    assert all(any(result.outcome == "text" for result in of_type) for of_type in results.values())


def test_a_blank_text_or_html_does_not_stand_in_for_the_file() -> None:
    request = SummaryRequest(text=" ", html=" \n", file=b"The bridge is open.", file_name="note.txt")
    assert normalize(request).text == "The bridge is open."
