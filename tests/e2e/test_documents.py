"""Files as users have them, through HTTP: their content is summarized, and a hostile one leaves the server serving."""

import base64
import json
from typing import Any

import pytest

from benchmarks.parser_fuzz import docx_file, paragraph, pdf_file
from errors import UserError
from serving import client

BRIDGE = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. "
    "It will cost 4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles."
)
HEAD = "From: Ada Byron <ada@example.org>\r\nTo: council@example.org\r\nSubject: Bridge\r\n\r\n"
MAIL = f"{HEAD}{BRIDGE}\r\n\r\n-- \r\nAda\r\n"
NAVIGATION = "<nav>" + "<a href='/'>Home</a> <a href='/news'>All our news</a> " * 20 + "</nav>"
PAGE = f"<html><body>{NAVIGATION}<article><h1>Bridge</h1>{f'<p>{BRIDGE}</p>' * 3}</article></body></html>"


def summarize(url: str, content: bytes, media_type: str, **inputs: Any) -> dict[str, Any]:
    document = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    prediction = client.summarize(url, {"document": document, "output_format": "json", "max_tokens": 32, **inputs})
    summary: dict[str, Any] = json.loads(prediction["output"][0])
    return summary


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (pdf_file([BRIDGE]), "application/pdf"),
        (
            docx_file(paragraph(BRIDGE)),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (MAIL.encode(), "message/rfc822"),
        (PAGE.encode(), "text/html"),
    ],
    ids=["pdf", "docx", "mail", "html"],
)
def test_every_type_of_file_is_summarized(server_url: str, content: bytes, media_type: str) -> None:
    assert "bridge" in summarize(server_url, content, media_type)["summary"].lower()


def test_boilerplate_is_left_out_and_reported(server_url: str) -> None:
    stripped = summarize(server_url, PAGE.encode(), "text/html", max_tokens=4)
    whole = summarize(server_url, PAGE.encode(), "text/html", max_tokens=4, strip_boilerplate=False)
    assert sum(removal["characters"] for removal in stripped["removals"]) > 200
    assert whole["removals"] == []
    assert stripped["usage"]["input_token_count"] < whole["usage"]["input_token_count"] - 50


def test_a_mails_signature_goes(server_url: str) -> None:
    removals = summarize(server_url, MAIL.encode(), "message/rfc822", max_tokens=4)["removals"]
    assert [removal["kind"] for removal in removals] == ["signature"]


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (pdf_file([BRIDGE], encrypted=True), "application/pdf", "E1011"),
        (pdf_file(["x"] * 2_001), "application/pdf", "E1012"),
        (docx_file("<w:p>" * 100_000), "application/msword", "E1012"),
    ],
    ids=["encrypted", "too many pages", "nested too deep"],
)
def test_a_hostile_file_ends_in_an_error_and_the_server_goes_on(
    server_url: str, content: bytes, media_type: str, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        summarize(server_url, content, media_type)
    assert summarize(server_url, BRIDGE.encode(), "text/plain", max_tokens=4)["summary"]


def test_a_page_nested_100_000_deep_is_read_or_refused(server_url: str) -> None:
    page = f"<html><body>{'<div>' * 100_000}{BRIDGE}{'</div>' * 100_000}</body></html>".encode()
    try:
        assert "bridge" in summarize(server_url, page, "text/html")["summary"].lower()
    except UserError as refused:
        assert refused.code == "E1012"
    assert summarize(server_url, BRIDGE.encode(), "text/plain", max_tokens=4)["summary"]
