"""A page's own style sheets hide what their simple rules say, unless anything on the page may show it again."""

import pytest

from contract.document import Document
from contract.request import MAX_BYTES
from normalizers.documents import html
from normalizers.documents.visible import visible

SENTENCE = "The crane is free on Tuesday. "


def page(sheet: str, body: str, head: str = "") -> str:
    return f"<html><head><style>{sheet}</style>{head}</head><body><p>{SENTENCE * 3}</p>{body}</body></html>"


@pytest.mark.parametrize(
    ("sheet", "body"),
    [
        (".x{display:none}", "<p class='a x'>planted</p>"),
        (".a{transform:translate(} .x{transform:translate(0,-9999px)}", "<p class=x>planted</p>"),
        (".X { DISPLAY : None !important }", "<p class=X>planted</p>"),
        ("#x{visibility:hidden}", "<p id=x>planted</p>"),
        ("aside{display:none}", "<aside>planted</aside>"),
        ("p.x{opacity:0}", "<p class=x>planted</p>"),
        (".a.x{display:none}", "<p class='x a'>planted</p>"),
        (".a,.x{display:none}", "<p class=x>planted</p>"),
        (".x{font-size:0}", "<p class=x><b>planted</b></p>"),
        (".x{position:absolute;left:-9999px}", "<p class=x>planted</p>"),
        (".x{color:#fff;background:#fff}", "<p class=x>planted</p>"),
        (".x{text-indent:-9999px}", "<p class=x>planted</p>"),
        (".x{margin-left:-9999px}", "<p class=x>planted</p>"),
        ("/* } */ @import 'a'; .y{content:'}'} .x{display:none}", "<p class=x>planted</p>"),
        ("@media print{.y{display:none}} .x{display:none}", "<p class=x>planted</p>"),
        (".x{display:none} .x b{display:block}", "<p class=x>planted</p>"),
    ],
)
def test_what_a_simple_rule_hides_goes_and_is_counted(sheet: str, body: str) -> None:
    found = visible(page(sheet, body))
    assert "planted" not in found.source
    assert found.unseen == len("planted")
    assert SENTENCE in found.source


@pytest.mark.parametrize(
    ("sheet", "body"),
    [
        ("@media print{.x{display:none}}", "<p class=x>seen</p>"),
        (".no-js .x{display:none}", "<p class=x>seen</p>"),
        (".x{display:none}", "<p class=xx>seen</p>"),
        ("div.x{display:none}", "<p class=x>seen</p>"),
        (".a.x{display:none}", "<p class=x>seen</p>"),
        (".x{display:none} .x.on{display:block}", "<p class=x>seen</p>"),
        (".x{display:none} #tab:checked ~ .x{display:block}", "<p class=x>seen</p>"),
        (".x{display:none} @media (min-width:600px){.x{display:block}}", "<p class=x>seen</p>"),
        (".x{opacity:0;animation:appear 1s forwards}", "<p class=x>seen</p>"),
        (".x{display:none}", "<p class=x>seen</p><script>document.querySelector('.x').hidden = false</script>"),
        (".x{display:none}", "<p class=x style='display:block'>seen</p>"),
        (".x{display:none}", "<a href=#p0>Q</a><p class=x id=p0>seen</p>"),
        (".x{display:none}", "<a onclick=\"toggle('p0')\">Q</a><p class=x id=p0>seen</p>"),
        (".x{display:none}", "<div class=x role=tabpanel>seen</div>"),
        (".faq-answer{display:none}", "<h3>Q</h3><p class=faq-answer>seen</p>"),
        (".fade{opacity:0}", "<p class=fade>seen</p>"),
        (".row{font-size:0}", "<div class=row><div class=column>seen</div></div>"),
        ("body{visibility:hidden}", "<p>seen</p>"),
        (".x{background:#fff;border-color:#fff}", "<p class=x>seen</p>"),
        ("mjx-assistive-mml{position:absolute;left:-9999px}", "<mjx-assistive-mml>seen</mjx-assistive-mml>"),
    ],
)
def test_what_may_be_shown_again_is_kept(sheet: str, body: str) -> None:
    found = visible(page(sheet, body))
    assert "seen" in found.source
    assert found.unseen == 0


@pytest.mark.parametrize(
    "head", ["<!--[if mso]><style>.x{display:none}</style><![endif]-->", "<style media=print>.x{display:none}</style>"]
)
def test_sheets_for_others_hide_nothing(head: str) -> None:
    assert "seen" in visible(page("", "<p class=x>seen</p>", head)).source


def test_a_page_whose_whole_text_waits_for_a_script_is_kept() -> None:
    assert SENTENCE in visible(f"<style>.app{{display:none}}</style><div class=app>{SENTENCE * 60}</div>").source


def test_the_rest_of_a_text_stays_in_order() -> None:
    source = page(".x{display:none}", "<ul><li>one<li class=x>planted<li>two</ul><p>three</p>")
    text = html.normalize(Document(text=source, media_type="text/html")).text
    assert text.split()[-5:] == ["-", "one", "-", "two", "three"]


@pytest.mark.parametrize(
    "unit", [".x{display:none}", "a{", "}", "/*", ".x{color:red;", "'", "<style>.x{opacity:0}", "<style"]
)
def test_a_page_of_rules_ends_in_bounded_time(unit: str) -> None:
    """Quadratic time would take hours: the suite's time limit would end it."""
    source = page(unit * (MAX_BYTES // 20 // len(unit)), "<p class=x>planted</p>" * 1_000)
    assert len(visible(source).source) <= len(source)
