"""The request that the page shows as code is the one that it sends: the code is run, and what it sends is compared."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gateway.browser import Watched, watched
from tests.gateway.running import Running

TEXT = """say it's "quoted", `$HOME` \\n \\ and $(date)
JSON
@next — Grüße \U0001f600 ' -F x=y % "end\\"""
NAME = 'a; b\'s "c".txt'


# Chromium tells of no body that has a file in it: the page is asked what it hands to the browser.
REMEMBER = """() => {
    const { fetch } = window;
    window.fetch = async (address, options) => {
        if (options.method !== "POST") return fetch(address, options);
        window.said = options.body instanceof FormData
            ? JSON.stringify(await Promise.all([...options.body].map(async ([name, value]) =>
                value instanceof File ? [name, true, await value.text()] : [name, false, value])))
            : options.body;
        return fetch(address, options);
    };
}"""


class Sent(NamedTuple):
    """What a request said, as far as it matters to whom it is sent."""

    path: str
    headers: dict[str, str]
    said: Any  # JSON, or of a form each part's name: whether it is a file, and its content


def kept(headers: Any) -> dict[str, str]:
    named = {name.lower(): value for name, value in dict(headers).items()}
    return {name: named[name] for name in ("accept", "authorization") if name in named}


def sent(path: str, headers: Any, body: bytes) -> Sent:
    kind = headers["Content-Type"]
    if kind == "application/json":
        return Sent(path, kept(headers), json.loads(body))
    form = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts: list[Message[str, str]] = form.get_payload()  # type: ignore[assignment]  # of a form
    said = {str(part.get_param("name", header="content-disposition")): _part(part) for part in parts}
    return Sent(path, kept(headers), said)


def _part(part: "Message[str, str]") -> tuple[bool, object]:
    return part.get_filename() is not None, part.get_payload(decode=True)


@contextmanager
def recorder() -> Iterator[tuple[str, list[Sent]]]:
    """A server that remembers what it is sent."""
    found: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chunked = self.headers.get("Transfer-Encoding") == "chunked"
            body = self._chunks() if chunked else self.rfile.read(int(self.headers["Content-Length"]))
            found.append(sent(self.path, self.headers, body))
            self.send_response(200)
            self.end_headers()

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", found
        server.shutdown()


@pytest.fixture
def seen(browser: Browser, open_gateway: Running) -> Iterator[Watched]:
    with watched(browser, open_gateway.url) as seen:
        seen.page.locator("#code-panel summary").click()
        yield seen


@pytest.fixture(params=["text", "file"])
def asked(request: pytest.FixtureRequest, seen: Watched, tmp_path: Path) -> Sent:
    """A summary that was asked for with a token, and what the page sent for it."""
    page = seen.page
    page.get_by_label("Token").fill("abc.def")
    page.locator("#request").get_by_role("radio", name="Legal").check()
    page.get_by_label("Focus").fill('What\'s "due"?')
    if request.param == "text":
        page.get_by_label("Text to summarize").fill(TEXT)
    else:
        (tmp_path / NAME).write_text(TEXT, "utf-8")
        page.get_by_role("radio", name="File").check()
        page.locator("#file").set_input_files(tmp_path / NAME)
    page.evaluate(REMEMBER)
    page.get_by_role("button", name="Summarize").click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=60_000)
    said = json.loads(page.evaluate("window.said"))
    if isinstance(said, list):
        said = {name: (is_file, content.encode()) for name, is_file, content in said}
    posted = seen.posted("summarize")
    address = urlsplit(posted.url)
    return Sent(f"{address.path}?{address.query}", kept(posted.all_headers()), said)


def code(page: Page, language: str) -> str:
    page.get_by_role("radio", name=language).check()
    expect(page.locator("#code")).not_to_be_empty()
    shown = page.locator("#code").text_content() or ""
    assert "abc.def" not in shown
    return shown


def run(command: list[str], folder: Path) -> None:
    environment = {"PRECIS_TOKEN": "abc.def", "PATH": "/usr/bin:/bin", "no_proxy": "*"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
def test_the_code_sends_what_the_page_sent(
    seen: Watched, open_gateway: Running, asked: Sent, language: str, tmp_path: Path
) -> None:
    shown = code(seen.page, language)
    with recorder() as (url, found):
        shown = shown.replace(open_gateway.url, url)
        if language == "curl":
            run(["bash", "-c", shown], tmp_path)
        elif language == "Python":
            run([sys.executable, "-c", shown], tmp_path)
        else:
            node = shutil.which("node")
            if node is None:
                pytest.skip("there is no node to run JavaScript outside a page")
            (tmp_path / "asked.mjs").write_text(shown, "utf-8")
            run([node, "asked.mjs"], tmp_path)
    assert found == [asked]


def test_the_code_in_javascript_asks_the_same_in_a_page(seen: Watched) -> None:
    page = seen.page
    page.get_by_label("Text to summarize").fill(TEXT)
    page.get_by_role("button", name="Summarize").click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=60_000)
    first = seen.posted("summarize")
    page.evaluate(f"async () => {{ {code(page, 'JavaScript')} }}")
    again = seen.posted("summarize")
    assert again is not first
    for request in (first, again):
        assert request.post_data_json == {"text": TEXT}
        assert request.headers["accept"] == "text/event-stream"
    assert again.url == first.url


def test_it_is_copied(seen: Watched) -> None:
    page = seen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Text to summarize").fill(TEXT)
    page.locator("#copy-code").click()
    expect(page.locator("#copy-code")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == code(page, "curl")
