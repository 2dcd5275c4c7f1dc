"""Parts of a page whose tags say that they are no content, or lay it out, and which are content: made plain ones.

Knows: buttons and labels that open a panel, boxes that show a text to copy, figures without a picture, notes beside a
text, menus that were left open before the content, tables that lay out a page, parts that are tables by their
roles, and words that only styles keep apart. Knows nothing about extracting an article, which goes by tags.
"""

import re
from typing import TYPE_CHECKING

from normalizers.documents import furniture, html

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_AROUND = ("nav", "header", "footer", "aside", "button")
_OPENS = ("aria-expanded", "aria-controls", "data-target", "data-bs-target")
_PICTURES = ("img", "picture", "svg", "video", "audio", "iframe", "canvas", "object", "embed", "noscript")
_TABLES = {
    "table": "table", "grid": "table", "rowgroup": "tbody", "row": "tr", "columnheader": "th", "rowheader": "th",
    "cell": "td", "gridcell": "td",
}  # fmt: skip
_PANELS = ("div", "section", "li", "p")
_ROWS, _INLINE = ("div", "li", "td", "dd", "dt"), ("a", "b", "em", "i", "span", "strong")
_WORD_ENDS = re.compile(r"\w[a-z\xdf-\xf6\xf8-\xff\d:.)%]\s*\Z")
_WORD_BEGINS = re.compile(r"[A-Z\xc0-\xd6\xd8-\xde\d$\u20ac\xa3]")  # inside a word none of these follow a small letter
_NOTE = re.compile(
    r"(?:^|[\s_-])(?:admonition|callout|caution|danger|definition|example|hint|important|info|note|tip|warning)(?:$|[\s_-])",
    re.IGNORECASE,
)


def make_plain(page: "HtmlElement") -> None:
    """Give them tags of plain parts."""
    _open_panels_and_boxes(page)
    _open_figures_and_notes(page)
    for left_open in list(page.iter("nav", "footer")):
        if next(left_open.iter("main"), None) is not None:
            left_open.tag = "div"
    _open_layout(page)
    for part in page.xpath("//*[@role='table' or @role='grid']/descendant-or-self::*[@role]"):
        part.tag = _TABLES.get(part.get("role"), part.tag)
    _part_boxes(page)


def _part_boxes(page: "HtmlElement") -> None:
    """Put a blank between words in a row of nothing but them, such as a name and a figure: only styles part them."""
    for word in page.iter(*_INLINE):
        behind, row = word.getnext(), word.getparent()
        if behind is None or behind.tag not in _INLINE or word.tail or row.tag not in _ROWS or (row.text or "").strip():
            continue
        if _WORD_ENDS.search(word.text or "") and _WORD_BEGINS.match(next(behind.itertext(), "")):
            word.tail = " "


def _open_panels_and_boxes(page: "HtmlElement") -> None:
    for button in list(page.iter("button")):  # the question above a panel that it opens
        if not set(_OPENS).isdisjoint(button.keys()) and next(button.iterancestors(*_AROUND), None) is None:
            button.tag = "span" if next(button.iterancestors(*html.HEADINGS), None) is not None else "p"
    boxes = {box.get("id") for box in page.iter("input") if box.get("type") in ("checkbox", "radio")}
    for label in list(page.iter("label")):  # the same, which opens it by a box that nobody sees
        panel, is_around = label.getnext(), next(label.iterancestors("form", *_AROUND), None) is not None
        opens = label.get("for") in boxes and panel is not None and panel.tag in _PANELS
        if opens and not is_around and len(label.text_content().split()) > 1:
            label.tag = "p"
    controlled = {name for names in page.xpath("//@aria-controls") for name in names.split()}
    for part in page.xpath("//*[self::main or self::article]//*[@aria-hidden='true']"):  # panels that wait for a click
        is_called = furniture.CALLED.search(furniture.called(part)) is not None
        if part.tag in _PANELS and part.get("id") in controlled and not is_called:
            del part.attrib["aria-hidden"]
    for box in page.iter("textarea"):
        if next(box.iterancestors("form"), None) is None:
            box.tag = "pre"


def _open_figures_and_notes(page: "HtmlElement") -> None:
    for figure in list(page.iter("figure")):
        if next(figure.iter(*_PICTURES), None) is None:
            figure.tag = "div"
    for aside in list(page.iter("aside")):
        if _NOTE.search(furniture.called(aside)) and next(aside.iterancestors("main", "article"), None) is not None:
            aside.tag = "div"


def _open_layout(page: "HtmlElement") -> None:
    """Make plain parts of the cells of tables that lay out a page: they hold its title, or other tables."""
    layouts = {
        table for table in page.iter("table") if table.find(".//table") is not None or table.find(".//h1") is not None
    }
    if layouts:
        for part in list(page.iter("table", "tbody", "tr", "td", "th")):
            if part in layouts or next(part.iterancestors("table"), None) in layouts:
                part.tag = "div"
