"""From an HTML page to its content: the article, thread or product text, without what surrounds it.

Knows: which pages the extractor may see, and when to believe it. Knows nothing about how it is asked, or about text
that is not HTML. trafilatura is asked (`extractor.py`), and `gaps.py` puts back what it left out. The page's main part,
without what stands around it, is taken where readers wrote it (questions, forums) or where little of it was found; the
whole visible text (`html.py`) where next to nothing was found and the page does not say what its main part is, where it
is short and nothing surrounds its text, and where it is too large, deep or broken.
"""

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from contract.document import Document, Removal
from contract.request import SummaryRequest
from normalizers.documents import (
    extractor,
    formulas,
    furniture,
    gaps,
    headings,
    html,
    linked_data,
    markup,
    plain_parts,
    tag_text,
    thread,
    visible,
)

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What trafilatura may see: within these limits no page that we made to delay them took ten seconds.
_MAX_CHARACTERS = 4_000_000
_MAX_TAGS = 60_000
_MAX_TAGS_FOR_JUSTEXT = 10_000  # jusText, trafilatura's second opinion, is quadratic in a page's short paragraphs
_MAX_TAG_CHARACTERS = 200_000  # libxml2 is quadratic in the attributes of one tag; quoted values do not count
_MAX_SHORT = 2_000  # characters of a content that is kept whole, without what stands around it
_MOST_OF_A_THREAD, _MOST_OF_A_SHORT_PAGE = 0.9, 0.4  # of the main part's text
_LEAST_OF_A_LIST = 0.25  # the same: others than itself stand around an article, but lists are lost whole
_LEAST_OF_BODY = 250  # characters of an article that only linked data has, where the page shows some text
_TYPE = re.compile(r"<meta\s[^>]{0,200}\bog:type\b[^>]{0,200}", re.IGNORECASE)
_MAX_LINKS = 1 / 3  # of a text's characters

_FURNITURE = ("nav", "header", "footer", "aside", "form", "button", "menu", "select")
_NO_TEXT = ("base", "link", "meta", "style", "svg")
# Nobody reads these, and long addresses are copied with the tree four times.
_UNREAD = ("href", "src", "srcset", "data-src", "data-srcset", "sizes", "alt", "title", "rel", "target", "onclick")
_MARKS = re.compile(r"^#{1,6} ", re.MULTILINE)
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])  # no XML, which trees are made of, may hold them


def normalize(document: Document, request: SummaryRequest) -> Document:
    """Replace an HTML page by its content: a paragraph, heading, list item or table row is a line, and no comments."""
    if document.media_type != "text/html":
        return document
    if not request.strip_boilerplate:
        return html.normalize(document)
    seen = visible.visible(formulas.on_one_line(tag_text.written_out(document.text)))
    document = document.model_copy(update={"removals": (*document.removals, *seen.removals)})
    page = _parse(seen.source)
    if page is None:
        return document.model_copy(update={"text": html.text(seen.source)})
    is_thread = thread.is_thread(page)
    furniture.drop_modals(page)
    if not is_thread:
        furniture.drop_other_articles(page)
    bare = _bare(page)
    characters = extractor.length(bare.text_content())
    text = _content(page, bare, seen.source, characters, is_thread=is_thread)
    if not text:
        return document.model_copy(update={"text": html.text(seen.source)})
    removal = Removal(
        kind="navigation and other boilerplate", characters=max(0, characters - extractor.length(_MARKS.sub("", text)))
    )
    return document.model_copy(update={"text": text, "removals": (*document.removals, removal)})


def _content(page: "HtmlElement", bare: "HtmlElement", source: str, visible: int, *, is_thread: bool) -> str | None:
    """Return what the page is about, None or nothing for the whole page; of its text `visible` characters are seen."""
    body = linked_data.article_body(page, least=max(visible, min(4 * visible, _LEAST_OF_BODY)))
    if body and not linked_data.is_shown(body, bare.text_content()):
        return body
    if visible <= _MAX_SHORT and _has_no_furniture(bare):
        return None
    if is_thread:
        thread.drop_furniture(bare)
        if (posts := thread.content(bare)) is not None:
            return thread.without_labels(html.text(_source(posts)))
    else:
        furniture.drop(bare)
    part = furniture.main_part(bare)
    length = extractor.length(part.text_content())
    least = max(0.02 * visible, min(250.0, 0.2 * visible))  # less is a caption or a notice, and not the content
    levels = headings.read(page)
    may_be_list = part is not bare and not _is_called_article(source)
    needed = length * _least_found(length, is_thread=is_thread, is_list=may_be_list)
    is_large = source.count("<") > _MAX_TAGS_FOR_JUSTEXT
    text = extractor.extract(page, min(length / 2, _MAX_SHORT), max(least, needed), is_large=is_large)
    found = extractor.length(text)
    if part is not bare and least < length <= _MAX_SHORT and not extractor.is_prose(text):  # a list
        return html.text(_source(part))
    if length > least and found < needed:
        return html.text(_source(part))
    if found <= least or len(text) > len(source):  # more than the page: a table padded with cells
        return None
    return gaps.fill(headings.mark(text, levels), html.text(_source(_with_links_marked(part))))


def _least_found(length: int, *, is_thread: bool, is_list: bool) -> float:
    """Return the share of the main part's text with less of which the extractor missed the content."""
    if is_thread:
        return _MOST_OF_A_THREAD
    if length <= _MAX_SHORT:
        return _MOST_OF_A_SHORT_PAGE
    return _LEAST_OF_A_LIST if is_list else 0


def _is_called_article(source: str) -> bool:
    """Whether a page says to those who share it that it is an article."""
    kind = _TYPE.search(source)
    return kind is not None and "article" in kind[0]


def _with_links_marked(part: "HtmlElement") -> "HtmlElement":
    """Return the part for `gaps`, of its figures' captions only the numbered ones and those with tables."""
    for caption in list(part.iter("figcaption")):
        if caption.find(".//table") is None and not gaps.is_caption(caption.text_content()):
            caption.drop_tree()
    for link in part.iter("a"):
        if not link.text_content().strip():
            continue
        link.text = f"{gaps.LINK}{link.text or ''}"
        link.tail = f"{gaps.LINK_END}{link.tail or ''}"
    return part


def _source(element: "HtmlElement") -> str:
    from lxml.html import tostring

    return str(tostring(element, encoding="unicode", with_tail=False))


def _parse(source: str) -> "HtmlElement | None":
    """Return the page's tree, or None when it is not one for trafilatura."""
    from lxml import etree
    from lxml.html import HtmlElement, HTMLParser, document_fromstring

    if len(source) > _MAX_CHARACTERS or source.count("<") > _MAX_TAGS:
        return None
    if len(source) > 2 * _MAX_TAG_CHARACTERS and markup.has_tag_over(source, _MAX_TAG_CHARACTERS):
        return None
    # One for each page: its error log is the only place that tells of a page whose end was not read.
    parser = HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    # One class for all elements: lxml.html would choose each by a call of Python, on every walk and in every copy.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        page = document_fromstring(source.encode(errors="replace").translate(None, _CONTROLS), parser=parser)
    except etree.LxmlError:  # an empty page
        return None
    if parser.error_log.filter_from_fatals():  # nested deeper than libxml2's 256 levels
        return None
    plain_parts.make_plain(page)
    etree.strip_elements(page, *_NO_TEXT, with_tail=False)
    etree.strip_attributes(page, *_UNREAD)
    return page


def _bare(page: "HtmlElement") -> "HtmlElement":
    """Return a copy without what is no text; trafilatura looks for an article in JSON-LD as well."""
    from lxml import etree

    bare = deepcopy(page)
    etree.strip_elements(bare, "head", "noscript", "script", "template", with_tail=False)
    return bare


def _has_no_furniture(page: "HtmlElement") -> bool:
    """Whether nothing on the page is there to get to other pages: a fragment is content from end to end."""
    return next(page.iter(*_FURNITURE), None) is None and _link_share(page) <= _MAX_LINKS


def _link_share(element: "HtmlElement") -> float:
    linked = sum(extractor.length(link.text_content()) for link in element.iter("a"))
    return linked / max(1, extractor.length(element.text_content()))
