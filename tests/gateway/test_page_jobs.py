"""The page's jobs, in Chromium, before a model that answers at once."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.gateway.browser import Watched, watched
from tests.gateway.running import Running, gateway


@pytest.fixture(scope="module")
def tables(tables_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway before it."""
    with gateway(tmp_path_factory.mktemp("tables"), tables_url) as running:
        yield running


@pytest.fixture
def seen(browser: Browser, tables: Running) -> Iterator[Watched]:
    with watched(browser, tables.url) as seen:
        seen.page.get_by_role("link", name="Jobs").click()
        yield seen


@pytest.fixture
def page(seen: Watched) -> Page:
    return seen.page


def start(page: Page, folder: Path, *texts: str) -> Locator:
    """Upload a table of these texts; returns what shows the job."""
    table = folder / "letters.jsonl"
    table.write_text("".join(json.dumps({"id": text, "text": text}) + "\n" for text in texts))
    page.locator("#table").set_input_files(table)
    page.get_by_role("button", name="Start job").click()
    expect(page.locator("#jobs-status")).to_contain_text("has begun", timeout=60_000)
    job_id = page.locator("#jobs-status").inner_text().split()[1]
    return page.locator("#jobs > li", has_text=job_id)


def downloaded(page: Page, job: Locator, name: str) -> list[dict[str, Any]]:
    with page.expect_download() as download:
        job.get_by_role("button", name=name).click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_table_becomes_results_and_what_failed_is_told_by_code(page: Page, tmp_path: Path) -> None:
    page.locator("#upload").get_by_role("radio", name="Legal").check()
    job = start(page, tmp_path, "say a", "say b", "bad")
    expect(job.locator(".status")).to_have_text("done", timeout=60_000)
    expect(job).to_contain_text("3 of 3 documents · 1 failed")
    expect(job.locator(".codes")).to_have_text("E1007 × 1")
    results = {line["id"]: line for line in downloaded(page, job, "Results")}
    assert {"say a", "say b"} <= results.keys()
    assert results["say a"]["summary"] == "a"
    assert results["say a"]["style"] == "legal"
    assert [line["id"] for line in downloaded(page, job, "Errors")] == ["bad"]
    check_accessibility(page)
    job.get_by_role("button", name="Delete").click()
    expect(job).to_have_count(0)


def check_accessibility(page: Page) -> None:
    for colors in ("light", "dark"):
        for width in (1280, 390):
            page.emulate_media(color_scheme="dark" if colors == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 844})
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_job_is_followed_and_cancelled(page: Page, tmp_path: Path) -> None:
    job = start(page, tmp_path, *(f"slow {number}" for number in range(400)))
    expect(job.locator(".status")).to_have_text("running", timeout=60_000)
    expect(job).to_contain_text(re.compile(r"[1-9]\d* of 400 documents"), timeout=60_000)
    job.get_by_role("button", name="Cancel").click()
    expect(job.locator(".status")).to_have_text("canceled")
    expect(job.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_table_that_cannot_be_read_says_why(page: Page, tmp_path: Path) -> None:
    table = tmp_path / "letters.jsonl"
    table.write_bytes(b"")
    page.locator("#table").set_input_files(table)
    page.get_by_role("button", name="Start job").click()
    expect(page.get_by_role("alert").first).to_contain_text(re.compile(r"E\d{4}"), timeout=60_000)


def test_an_address_leads_to_the_jobs(browser: Browser, tables: Running) -> None:
    with watched(browser, tables.url) as seen:
        seen.page.goto(f"{tables.url}/#jobs")
        expect(seen.page.get_by_role("button", name="Start job")).to_be_visible()
        expect(seen.page).to_have_title("Jobs · Precis")
        seen.page.go_back()
        expect(seen.page.get_by_role("button", name="Start job")).to_be_hidden()
