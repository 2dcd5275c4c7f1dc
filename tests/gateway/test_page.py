"""The page, used as people use it, in Chromium: a real gateway, a real Cog server, the embedded model."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e import test_many_documents
from tests.e2e.test_knowledge import DOCUMENTATION, TEXT, archive
from tests.gateway.answers import comes_true, events_of, in_flight
from tests.gateway.browser import ANSWER_MS, Watched, watched
from tests.gateway.running import Running, gateway

LETTER = """Skip to content
Home | About us | Contact | Search

The PLX stopped on Tuesday at nine, and the trucks for Neudorf waited for two hours. Margaret Okonkwo was rung at ten \
on +1 415 555 2671. The shift leader asks that the PLX is looked at before the winter, because it has stopped three \
times since August and each time the trucks were late. The repair costs 4,800 euros.

Questions go to margaret.okonkwo@example.org.

We use cookies. By continuing you agree to our use of cookies. Learn more.
"""
VALUES = ["Margaret Okonkwo", "margaret.okonkwo@example.org", "+1 415 555 2671"]
SHORT = test_many_documents.SHORT
MARKUP = f"# Letter\n\n{SHORT} \U0001f600 Write to {VALUES[1]} <img src=x onerror='alert(1)'> by Friday.\n"


@pytest.fixture(scope="module")
def open_page_gateway(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway without tokens, before the real model."""
    with gateway(tmp_path_factory.mktemp("page"), server_url) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway that has tokens."""
    with gateway(tmp_path_factory.mktemp("guarded"), server_url) as running:
        running.token("somebody else")
        yield running


@pytest.fixture
def seen(browser: Browser, open_page_gateway: Running) -> Iterator[Watched]:
    with watched(browser, open_page_gateway.url) as seen:
        yield seen


@pytest.fixture
def page(seen: Watched) -> Page:
    return seen.page


@pytest.fixture(scope="module")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive(tmp_path_factory.mktemp("knowledge"), DOCUMENTATION, "documentation.zip")


def summarize(page: Page, text: str) -> None:
    page.get_by_label("Text to summarize").fill(text)
    page.get_by_role("button", name="Summarize").click()


def until_done(page: Page) -> None:
    expect(page.locator("#status")).to_have_text(re.compile("Done|Failed"), timeout=ANSWER_MS)
    expect(page.locator("#problem")).to_be_hidden()


def listen(page: Page, selector: str) -> None:
    """Remember all texts that an element has from now on."""
    page.evaluate(
        """(selector) => {
            const watched = document.querySelector(selector);
            window.heard = [];
            new MutationObserver(() => window.heard.push(watched.textContent))
                .observe(watched, { childList: true, characterData: true, subtree: true });
        }""",
        selector,
    )


def heard(page: Page) -> list[str]:
    return [text for text in page.evaluate("window.heard") if text]


def whole(seen: Watched) -> dict[str, Any]:
    """What the gateway said at the end of the last summary."""
    answer = seen.posted("summarize").response()
    assert answer is not None
    return events_of(httpx.Response(200, text=answer.text()))[-1][2]


def test_a_summary_appears_piece_by_piece(page: Page, seen: Watched) -> None:
    listen(page, "#summary")
    page.get_by_role("radio", name="Brief").first.check()
    summarize(page, SHORT)
    until_done(page)
    texts = heard(page)
    assert len(texts) > 5
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert page.locator("#summary").inner_text() == whole(seen)["summary"]
    figures = page.locator("#figures").inner_text()
    assert "Tokens out" in figures
    assert "smollm2-135m" in figures
    assert "Cost" not in figures
    page.get_by_label("Price a second of prediction").fill("2")
    cost = float(page.locator("#figures > div", has_text="Cost").locator("dd").inner_text())
    assert cost == pytest.approx(2 * whole(seen)["predict_time"], rel=0.01)


def test_what_was_redacted_and_removed_is_shown_in_the_document_to_everybody(page: Page, documentation: Path) -> None:
    page.get_by_role("radio", name="Mask").first.check()
    page.get_by_role("radio", name="Archive").check()
    page.locator("#knowledge").set_input_files(documentation)
    page.get_by_role("radio", name="Brief").first.check()
    summarize(page, LETTER)
    until_done(page)
    marks = page.locator("#source mark").evaluate_all("marks => marks.map(mark => mark.firstChild.data)")
    assert set(VALUES) <= set(marks)
    removed = page.locator("#source del").all_inner_texts()
    assert [text.replace("\r", "") for text in removed] == [  # a form's line ends are these, as HTML has it
        "Skip to content\nHome | About us | Contact | Search\n",
        "We use cookies. By continuing you agree to our use of cookies. Learn more.\n",
    ]
    assert not [value for value in VALUES if value in page.locator("#summary").inner_text()]
    check_accessibility(page)


def test_a_citation_opens_its_passage(page: Page, documentation: Path) -> None:
    page.get_by_role("radio", name="Archive").check()
    page.locator("#knowledge").set_input_files(documentation)
    page.get_by_role("radio", name="Brief").first.check()
    for style, redaction in itertools.product(("General", "Legal", "Casual"), ("Mask", "Pseudonym", "Keep")):
        page.get_by_role("radio", name=style).first.check()
        page.get_by_role("radio", name=redaction).first.check()
        summarize(page, LETTER)
        until_done(page)
        if page.locator("#summary .citation").count():
            return open_passage(page)
    raise AssertionError("the model cites in no style")


def open_passage(page: Page) -> None:
    citation = page.locator("#summary .citation").first
    number = citation.inner_text().strip("[]")
    passage = page.locator(f"#passage-{number}")
    assert passage.get_attribute("open") is None
    citation.click()
    assert passage.get_attribute("open") is not None
    expect(passage.locator("summary")).to_be_focused()
    assert "pallet exchange station" in passage.inner_text()


def check_accessibility(page: Page) -> None:
    """axe finds nothing serious in what is shown, light and dark, wide and on a phone; a phone scrolls one way only."""
    page.locator("#code-panel summary").click()
    for colors in ("light", "dark"):
        for width in (1280, 390):
            page.emulate_media(color_scheme="dark" if colors == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 844})
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_numbers_and_names_that_no_source_bears_out_are_underlined(browser: Browser, guarded: Running) -> None:
    wild = ("temperature=1.5", "seed=1", "top_k=256", "max_tokens=80")
    token = guarded.token("wild", *(word for one in wild for word in ("--default", one)))
    with watched(browser, guarded.url) as seen:
        page = seen.page
        page.get_by_label("Token").fill(token)
        page.get_by_label("Look for what no source bears out").check()
        summarize(page, SHORT)
        until_done(page)
        said = whole(seen)
        places = said["verification"]["unsupported"]
        assert places
        underlined = page.locator("#summary .unsupported").evaluate_all("all => all.map(one => one.firstChild.data)")
        wanted = [said["summary"][place["start"] : place["end"]] for place in places]
        assert set(underlined) <= set(wanted)
        assert all(any(text in whole for whole in underlined) for text in wanted)  # one may lie inside another
        assert seen.posted("summarize").headers["authorization"] == f"Bearer {token}"
        assert token not in page.content()
        page.locator("#code-panel summary").click()
        expect(page.locator("#code")).to_contain_text("$PRECIS_TOKEN")


def test_a_token_that_is_refused_says_so_and_is_asked_for_again(browser: Browser, guarded: Running) -> None:
    with watched(browser, guarded.url) as seen:
        summarize(seen.page, SHORT)
        alert = seen.page.get_by_role("alert")
        expect(alert).to_contain_text("E7001")
        expect(seen.page.get_by_label("Token")).to_be_focused()


def test_the_parts_of_a_long_document_are_counted(browser: Browser, guarded: Running) -> None:
    token = guarded.token("long", "--default", "strategy=map_reduce", "--default", "max_tokens=8")
    with watched(browser, guarded.url) as seen:
        listen(seen.page, "#status")
        seen.page.get_by_label("Token").fill(token)
        summarize(seen.page, test_many_documents.PARAGRAPHS)
        until_done(seen.page)
        assert [text for text in heard(seen.page) if re.fullmatch(r"Part \d+ of \d+", text)]
        expect(seen.page.locator("#figures")).to_contain_text("Parts")


def test_a_file_that_is_dropped_anywhere_is_summarized(page: Page, seen: Watched) -> None:
    dropped = page.evaluate_handle(
        """(text) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "letter.md", { type: "text/markdown" }));
            return transfer;
        }""",
        MARKUP,
    )
    for name in ("dragover", "drop"):
        page.dispatch_event("#summary-panel", name, {"dataTransfer": dropped})
    expect(page.locator("[data-chosen=file]")).to_contain_text("letter.md")
    page.get_by_role("radio", name="Brief").first.check()
    page.get_by_role("radio", name="Mask").first.check()
    page.get_by_role("button", name="Summarize").click()
    until_done(page)
    assert whole(seen)["source"]["extracted"] == MARKUP
    marks = page.locator("#source mark").evaluate_all("marks => marks.map(mark => mark.firstChild.data)")
    assert VALUES[1] in marks  # after an emoji, which JavaScript counts as two
    assert "<img src=x" in page.locator("#source").inner_text()
    expect(page.locator("#source img")).to_have_count(0)


def test_a_url_is_fetched_by_the_model_and_one_of_this_machine_is_refused_with_its_code(page: Page) -> None:
    page.get_by_role("radio", name="URL").check()
    page.get_by_label("Address of the document").fill("http://127.0.0.1:1/secret.pdf")
    page.get_by_role("button", name="Summarize").click()
    expect(page.get_by_role("alert")).to_contain_text("E1102", timeout=ANSWER_MS)
    assert "secret" not in page.get_by_role("alert").inner_text()
    page.get_by_label("Address of the document").fill(f"data:text/plain,{SHORT.replace(' ', '%20')}")
    page.get_by_role("radio", name="Brief").first.check()
    page.get_by_role("button", name="Summarize").click()
    until_done(page)
    assert page.locator("#source").inner_text() == SHORT


def test_an_error_is_shown_with_its_code_and_the_request_s_id(page: Page, seen: Watched) -> None:
    summarize(page, "")
    expect(page.get_by_role("alert")).to_contain_text("E1001", timeout=ANSWER_MS)
    answer = seen.posted("summarize").response()
    assert answer is not None
    expect(page.get_by_role("alert")).to_contain_text(answer.headers["x-request-id"])


def test_cancel_ends_the_prediction_and_keeps_what_came(page: Page, open_page_gateway: Running) -> None:
    page.get_by_role("radio", name="Detailed").first.check()
    summarize(page, TEXT * 3)
    expect(page.locator("#summary")).not_to_be_empty(timeout=ANSWER_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#status")).to_have_text("Canceled")
    expect(page.locator("#summary")).not_to_be_empty()
    expect(page.get_by_role("button", name="Summarize")).to_be_focused()
    with httpx.Client(base_url=open_page_gateway.url) as client:
        assert comes_true(lambda: in_flight(client) == 0)


def test_it_is_used_with_a_keyboard_alone(page: Page, seen: Watched) -> None:
    keys = page.keyboard
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    for _ in range(2):  # the choice of the document's kind, then its text
        keys.press("Tab")
    keys.insert_text(SHORT)
    keys.press("Tab")
    keys.press("ArrowRight")  # from the style general to legal
    keys.press("Tab")
    keys.press("ArrowLeft")  # from standard to brief
    keys.press("Control+Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    until_done(page)
    expect(page.get_by_role("button", name="Summarize")).to_be_focused()
    assert seen.posted("summarize").post_data_json == {"text": SHORT, "style": "legal", "length": "brief"}
