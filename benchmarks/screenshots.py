"""The pictures of the gateway's page that README shows, taken of a real gateway before the embedded model.

    python -m benchmarks.screenshots        # docs/page.png and docs/jobs.png

It needs Chromium, as the tests of the page do.
"""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from serving.server import ROOT, running_server
from tests.e2e.test_knowledge import DOCUMENTATION, archive
from tests.gateway.browser import ANSWER_MS, chromium, watched
from tests.gateway.running import gateway
from tests.gateway.test_page import LETTER, SHORT

DOCS = ROOT / "docs"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        running_server() as model,
        gateway(Path(name), model) as running,
        chromium() as browser,
        watched(browser, running.url) as seen,
    ):
        summary(seen.page, Path(name))
        jobs(seen.page, Path(name))


def summary(page: Page, folder: Path) -> None:
    """A letter with personal data beside documentation that explains it."""
    page.get_by_label("Text to summarize").fill(LETTER)
    page.locator("#request").get_by_role("radio", name="Mask").check()
    page.locator("#request").get_by_role("radio", name="Brief").check()
    page.get_by_role("radio", name="Archive").check()
    page.locator("#knowledge").set_input_files(archive(folder, DOCUMENTATION, "handbook.zip"))
    page.get_by_label("Look for what no source bears out").check()
    page.get_by_role("button", name="Summarize").click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=ANSWER_MS)
    page.locator("#summary .citation").first.click()
    page.locator("#text").evaluate("text => { text.scrollTop = 0; document.activeElement.blur(); }")
    picture(page, "page.png")


def jobs(page: Page, folder: Path) -> None:
    """A job that is done, and one that is under way."""
    page.get_by_role("link", name="Jobs").click()
    upload(page, folder, [SHORT, "", SHORT * 2, "..."])
    expect(page.locator("[data-status=done]")).to_have_count(1, timeout=ANSWER_MS)
    upload(page, folder, [f"Report {number}. {SHORT}" for number in range(60)])
    expect(page.locator("[data-status=running]")).to_contain_text("a minute", timeout=ANSWER_MS)
    expect(page.locator("[data-status=running] progress")).not_to_have_attribute("value", "0", timeout=ANSWER_MS)
    picture(page, "jobs.png")


def picture(page: Page, name: str) -> None:
    """Take one of all that there is, in a window that is so high: what sticks to its edge is where it belongs."""
    page.set_viewport_size({"width": 1280, "height": 300})
    page.set_viewport_size({"width": 1280, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.screenshot(path=DOCS / name)


def upload(page: Page, folder: Path, texts: list[str]) -> None:
    table = folder / "letters.jsonl"
    table.write_text("".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)))
    page.locator("#upload").get_by_role("radio", name="Brief").check()
    page.locator("#table").set_input_files(table)
    page.get_by_role("button", name="Start job").click()
    expect(page.locator("#jobs-status")).to_contain_text("has begun", timeout=ANSWER_MS)


if __name__ == "__main__":
    main()
