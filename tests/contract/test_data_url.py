"""What a data: URL holds, as Cog's tool, browsers and people write it; and which texts are none."""

import base64

import pytest

from contract import data_url
from contract.data_url import Content
from errors import UserError


def written(content: bytes, about: str) -> str:
    return f"data:{about};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "data:,a%20b",
        "data:;base64,YWI=",
        "  DATA:text/plain;base64,YWI=\n",
        "data:text/x-rst; charset=utf-8;base64,YWI=",  # Go's table of types writes it so
        "data:text/plain;base64,YW\nI=\n",  # `base64` without -w0
        "data:text/plain;base64",
        "data:text/plain;base64,!",
    ],
)
def test_a_text_that_is_nothing_else_is_one(text: str) -> None:
    assert data_url.is_one(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data:",
        "data: 5, 6",
        "data:5,6",
        "data:sales,marketing",
        "Data: the new oil",
        "see data:,a",
        "data:text/plain;base64,YWI= is how b is written",
        "data:text/plain,a b",
        "data:,a\nb",
    ],
)
def test_prose_is_none_though_it_begins_like_one_or_holds_one(text: str) -> None:
    assert not data_url.is_one(text)


@pytest.mark.parametrize(
    ("url", "content"),
    [
        (" data:,a%20%C3%A4 ", Content("", "a ä".encode())),
        ("data:text/plain;charset=iso-8859-1,%E4", Content("text/plain", "ä".encode())),
        (
            written("größer".encode("cp1252"), 'text/plain;charset="windows-1252"'),
            Content("text/plain", b"gr\xc3\xb6\xc3\x9fer"),
        ),
        (written("長さ".encode("shift_jis"), "text/html; charset=Shift_JIS"), Content("text/html", "長さ".encode())),
        (written(b"%PDF-\xff", "application/pdf;charset=cp1252"), Content("application/pdf", b"%PDF-\xff")),
        # One that does not fit is not believed: Go's table says UTF-8 of every text.
        (written("ä".encode("cp1252"), "text/plain; charset=utf-8"), Content("text/plain", b"\xe4")),
        (written(b"a", "text/plain;charset=none"), Content("text/plain", b"a")),
        (written(b"a", "text/plain;charset=punycode"), Content("text/plain", b"a")),
    ],
)
def test_a_text_comes_in_utf_8_by_its_charset(url: str, content: Content) -> None:
    assert data_url.read(url, "text", 100) == content


def test_what_is_broken_or_too_large_has_a_code_and_quotes_nothing() -> None:
    with pytest.raises(UserError, match=r"^E1103 text: the data URL has no comma$"):
        data_url.read("data:text/plain;base64", "text", 100)
    with pytest.raises(UserError, match=r"^E1103 text: the data URL's 5 characters are no base64$"):
        data_url.read("data:;base64,YWJj*", "text", 100)
    with pytest.raises(UserError, match=r"^E1005 text is 4 bytes; the limit is 3$"):
        data_url.read("data:,abcd", "text", 3)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf a\xc3\xa4\n", "aä\r\n".encode("utf-16"), b"a\xc3\xa4"])
def test_a_text_has_neither_a_mark_nor_blanks_around_it(content: bytes) -> None:
    assert data_url.text(written(content, "application/octet-stream"), "focus", 100) == "aä"


@pytest.mark.parametrize("content", [b"%PDF-1.7 \xff", b"a\0b"])
def test_what_is_no_text_is_refused_where_only_a_text_will_do(content: bytes) -> None:
    with pytest.raises(UserError, match=r"^E1004 focus: "):
        data_url.text(written(content, "application/pdf"), "focus", 100)
