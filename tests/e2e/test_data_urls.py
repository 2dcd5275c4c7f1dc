"""A file in place of a text, as `cog predict -i name=@file` and `precis summarize -i name=@file` send it."""

import base64
import json
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from benchmarks.parser_fuzz import docx_file, paragraph, pdf_file
from errors import UserError
from serving import client
from serving.server import ROOT
from tests.e2e.test_documents import BRIDGE, MAIL, PAGE

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def data_url(content: bytes, media_type: str = "text/plain") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def summarize(url: str, **inputs: Any) -> dict[str, Any]:
    """The summary as JSON: the last line of its stream."""
    prediction = client.summarize(url, {"output_format": "json", "max_tokens": 16, **inputs})
    found: dict[str, Any] = json.loads("".join(prediction["output"]).splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (BRIDGE.encode(), "text/plain"),
        (f"# Bridge\n\n{BRIDGE}".encode(), "application/octet-stream"),  # .md where nobody knows that
        (json.dumps({"minutes": BRIDGE}).encode(), "application/json"),
        (pdf_file([BRIDGE]), "application/pdf"),
        (docx_file(paragraph(BRIDGE)), DOCX),
        (MAIL.encode(), "message/rfc822"),
        (PAGE.encode(), "text/html"),
    ],
    ids=["text", "unknown", "json", "pdf", "docx", "mail", "html"],
)
def test_a_text_that_is_a_file_is_read_as_a_document_is(server_url: str, content: bytes, media_type: str) -> None:
    url = data_url(content, media_type)
    as_text, as_document = (summarize(server_url, **{name: url}) for name in ("text", "document"))
    assert "bridge" in as_text["summary"].lower()
    assert [as_text[name] for name in ("summary", "removals")] == [
        as_document[name] for name in ("summary", "removals")
    ]


def test_a_text_in_a_file_is_the_text(server_url: str) -> None:
    plain = summarize(server_url, text=BRIDGE)
    assert summarize(server_url, prompt=data_url(BRIDGE.encode()))["summary"] == plain["summary"]
    utf_16 = data_url(BRIDGE.encode("utf-16"), "text/plain;charset=utf-16")
    assert summarize(server_url, text=utf_16)["summary"] == plain["summary"]


def test_every_other_input_may_be_a_file(server_url: str) -> None:
    """900 characters are 1,200 of base64, which are not what the limit of 1,000 counts."""
    focus, prompt = "What does it cost? " * 47, "Answer in one short sentence."
    plain = summarize(server_url, text=BRIDGE, focus=focus.strip(), system_prompt=prompt, stop_sequences=["million"])
    assert plain == {
        **summarize(
            server_url,
            text=BRIDGE,
            focus=data_url(focus.encode()),
            system_prompt=data_url(prompt.encode()),
            stop_sequences=[data_url(b"million\n")],
        ),
        "timings": plain["timings"],
    }


def test_terms_are_the_lines_of_a_file(server_url: str) -> None:
    found = summarize(server_url, text=BRIDGE, redact_pii="mask", redact_terms=[data_url(b"ferry\nTuesday\n")])
    assert len([one for one in found["redactions"] if one["type"] == "TERM"]) == 2


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"text": "data:text/plain;base64,YWJ"}, "E1103 text: the data URL's 3 characters are no base64"),
        ({"text": data_url(b"\x89PNG\r\n\x1a\n", "image/png")}, "E1006 document is PNG image"),
        ({"text": "a", "focus": data_url(b"x" * 1_001)}, "E1009 focus is 1,001 characters; it must be 0 to 1,000"),
        ({"text": "a", "focus": "x" * 1_001}, "E1009 focus is 1,001 characters; it must be 0 to 1,000"),
        ({"text": "a", "system_prompt": data_url(b"%PDF \xff")}, "E1004 system_prompt: byte 5 of the file's 6 is no"),
    ],
    ids=["broken", "image", "long file", "long text", "pdf for a prompt"],
)
def test_what_is_wrong_has_a_code(server_url: str, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        summarize(server_url, **inputs)
    assert str(refused.value).startswith(message)


def test_prose_that_begins_like_a_data_url_is_summarized(server_url: str) -> None:
    prose = f"data:text/plain;base64,YWI= opens the minutes. {BRIDGE}"
    found = summarize(server_url, text=prose, output_format="json_stream", strip_boilerplate=False)
    assert found["source"]["clean"] == prose


def test_a_row_of_a_table_may_have_a_file_for_its_text(server_url: str) -> None:
    texts = [data_url(pdf_file([BRIDGE]), "application/pdf"), data_url(b"") + "*", BRIDGE]
    rows = "".join(
        json.dumps({"id": number, "text": text, "max_tokens": 8}) + "\n" for number, text in enumerate(texts)
    )
    prediction = client.summarize(server_url, {"documents": data_url(rows.encode(), "application/jsonl")})
    lines = {line["id"]: line for line in map(json.loads, "".join(prediction["output"]).splitlines())}
    assert lines[0]["summary"] == lines[2]["summary"]
    assert lines[1]["error"]["code"] == "E1103"


def test_the_command_line_sends_files_for_texts(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    (tmp_path / "focus.txt").write_text("What does it cost? " * 47)
    command = [sys.executable, "-m", "cli", "summarize", f"{tmp_path}/bridge.txt", "--url", server_url]
    options = ["-i", f"focus=@{tmp_path}/focus.txt", "-i", f"stop_sequences=@{tmp_path}/bridge.txt"]
    done = run([*command, "--max-tokens", "8", *options[:2]], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout != "") == (0, True), done.stderr
    done = run([*command, *options], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, "E1010 stop sequence 1 has" in done.stderr) == (2, True), done.stderr
