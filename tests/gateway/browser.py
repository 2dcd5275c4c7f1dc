"""Chromium, found where there is one, and a page in it that is watched: what it asks for, keeps and complains of."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

DEBIAN_S = Path("/usr/bin/chromium")
ANSWER_MS = 240_000  # of the real model on a busy machine
REFUSED = "Failed to load resource: the server responded with a status of 4"  # what Chromium says of any such answer

expect.set_options(timeout=20_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: PRECIS_CHROMIUM, Debian's, or Playwright's own; without one the test is skipped."""
    with sync_playwright() as playwright:
        places = [DEBIAN_S, Path(playwright.chromium.executable_path)]
        if named := os.environ.get("PRECIS_CHROMIUM"):
            places.insert(0, Path(named))
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            pytest.skip(f"no Chromium at {', '.join(map(str, places))}: playwright install chromium")
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []  # which root cannot have
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page, and what was seen of it."""

    page: Page
    origin: str
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def posted(self, route: str) -> Request:
        """The last request to a route that is posted to."""
        return [one for one in self.requests if one.method == "POST" and urlsplit(one.url).path == f"/{route}"][-1]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.complaints.append(message.text)

    def check(self) -> None:
        """Nothing went to anybody else, nothing was complained of, and nothing is kept."""
        assert {one.url for one in self.requests if not one.url.startswith((f"{self.origin}/", "blob:"))} == set()
        assert self.complaints == []
        address = urlsplit(self.page.url)
        assert (address.path, address.query) == ("/", "")
        assert address.fragment in ("", "summarize", "jobs")
        assert self.page.evaluate("history.state") is None
        assert self.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        assert self.page.evaluate("indexedDB.databases()") == []
        assert self.page.context.cookies() == []


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Watched]:
    """A page at a gateway, which must have behaved when the block ends."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    seen = Watched(page, url)
    page.on("request", lambda request: seen.requests.append(request))  # which wants no built-in
    page.on("console", seen._hear)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        page.goto(url)
        expect(page.locator("#request [data-styles] label")).not_to_have_count(0)
        yield seen
        seen.check()
    finally:
        context.close()
