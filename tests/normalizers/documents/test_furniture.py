"""What stands around a page's content goes, readers' comments with it; layout is not content's end."""

import pytest

from contract.document import Document
from contract.request import SummaryRequest
from normalizers.documents import article

TOP = "<header><a href=/>Site</a><nav><ul><li><a href=/q>Questions</a><li><a href=/t>Tags</a></ul></nav></header>"
BOTTOM = "<footer><p>Published by Valley Press.</p><a href=/terms>Terms</a></footer>"
SENTENCE = "The pump loses pressure after an hour when its filter is old, which we measured again and again. "


def text_of(body: str, head: str = "", top: str = TOP) -> str:
    page = f"<html><head><title>t</title>{head}</head><body>{top}{body}{BOTTOM}</body></html>"
    return article.normalize(Document(text=page, media_type="text/html"), SummaryRequest(text="-")).text


def numbered(unit: str, count: int = 6) -> str:
    return "".join(unit.replace("NUMBER", str(number)) for number in range(count))


@pytest.mark.parametrize(
    "own", ["<div class=faq-question>What is a pump?</div>", "<div class=question>Which pump do you use?</div>", ""]
)
@pytest.mark.parametrize("kind", ["article", "article class=postContent", "div class='post post-body'"])
def test_comments_under_an_article_stay_out(own: str, kind: str) -> None:
    paragraphs = numbered(f"<p>Part NUMBER. {SENTENCE * 2}</p>")
    comments = numbered(f"<li class=comment><p>Reader NUMBER would never do so. {SENTENCE}</p></li>", 3)
    end = kind.partition(" ")[0]
    text = text_of(
        f"<main><{kind}><h1>A pump</h1>{paragraphs}{own}</{end}>"
        f"<section id=comments><ol>{comments}</ol></section></main>"
    )
    assert [number for number in range(6) if f"Part {number}." not in text] == []
    assert "would never" not in text


def test_beginnings_of_other_articles_beside_the_one_with_the_title_go() -> None:
    others = numbered(f"<article><h2>Pump NUMBER</h2><p>Other NUMBER. {SENTENCE}</p></article>")
    own = numbered(f"<p>Part NUMBER. {SENTENCE}</p>", 3)
    text = text_of(f"<div><article><h1>A pump</h1>{own}</article>{others}</div>")
    assert [number for number in range(3) if f"Part {number}." not in text] == []
    assert "Other" not in text
    every = text_of(f"<div><h1>Pumps</h1>{others}</div>")
    assert [number for number in range(6) if f"Other {number}." not in every] == []


def test_articles_beside_one_that_is_their_title_or_shorter_than_they_are_stay() -> None:
    others = numbered(f"<article><h2>Pump NUMBER</h2><p>Other NUMBER. {SENTENCE}</p></article>")
    listed = text_of(f"<div><article><h1>Pumps</h1></article>{others}</div>")
    assert [number for number in range(6) if f"Other {number}." not in listed] == []
    steps = numbered(f"<p>Step NUMBER. {SENTENCE}</p>")
    recipe = text_of(f"<article><h1>Bread</h1><p>Good. {SENTENCE}</p></article><article>{steps}</article>")
    assert [number for number in range(6) if f"Step {number}." not in recipe] == []


LINKS = numbered("<li><a href=/NUMBER>Chapter NUMBER of the manual of pumps</a></li>", 12)


def test_a_list_of_links_that_is_the_page_is_read() -> None:
    text = text_of(f"<main><h1>Manual</h1><p>All chapters of the manual.</p><ul>{LINKS}</ul></main>")
    assert [number for number in range(12) if f"- Chapter {number} of" not in text] == []
    assert "Tags" not in text


def test_a_list_right_under_the_body_is_read() -> None:
    items = numbered(f"<li>Rule NUMBER. {SENTENCE}</li>")
    assert [number for number in range(6) if f"Rule {number}." not in text_of(f"<ul>{items}</ul>")] == []


def test_a_page_laid_out_by_tables_loses_its_menu_and_nothing_else() -> None:
    menu = "".join(f"<a href=/{name}>{name}</a><br>" for name in ("Home", "Prices", "Imprint"))
    cells = numbered(f"<tr><td><b>Step NUMBER</b></td><td>Do NUMBER. {SENTENCE}</td></tr>")
    inner = f"<h1>The pump</h1><p>{SENTENCE * 3}</p><table>{cells}</table><p>{SENTENCE}At last.</p>"
    text = text_of(f"<table><tr><td class=menu>{menu}</td><td>{inner}</td></tr></table>", top="")
    assert [number for number in range(6) if f"Step {number}" not in text or f"Do {number}." not in text] == []
    assert "At last." in text
    assert "Imprint" not in text


def test_lists_and_links_in_cells_stay_in_their_table() -> None:
    rows = numbered(
        "<tr><td>Part NUMBER</td><td><a href=/NUMBER>order NUMBER-A</a></td>"
        "<td><ul><li>red NUMBER<li>blue NUMBER</ul></td></tr>"
    )
    paragraphs = f"<p>{SENTENCE * 4}</p>"
    content = f"<h1>Parts</h1>{paragraphs}<h2>Prices</h2><table>{rows}</table>{paragraphs}"
    text = text_of(f"<main><article>{content}</article></main>")
    for number in range(6):
        for wanted in (f"Part {number}", f"order {number}-A", f"red {number}", f"blue {number}"):
            assert wanted in text
    assert "## Prices" in text


@pytest.mark.parametrize("called", ["class=related", "class='ad social'", "id=share"])
def test_a_word_of_a_sentence_is_no_furniture(called: str) -> None:
    sentences = numbered(f"<p>Part NUMBER: see <a {called} href=/a>the manual</a> for it. {SENTENCE * 2}</p>")
    plain = f"<p>No link here. {SENTENCE}</p><p>Nor here. {SENTENCE}</p>"
    text = text_of(f"<main><article><h1>Parts</h1>{plain}{sentences}{plain.replace('here', 'there')}</article></main>")
    assert text.count("see the manual for it.") == 6
    assert text.count("Part 3") == 1  # and no copy with a hole where the link was
