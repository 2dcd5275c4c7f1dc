"""What stands around a page's content: navigation, banners, share bars, forms, readers' comments.

Knows: the elements, roles and class names by which pages mark them, and the pages on which comments are the content.
Knows nothing about weighing texts, which the extractor of articles does.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ELEMENTS = ("nav", "footer", "aside", "form", "button", "menu", "select", "dialog", "input", "label")
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog", "menu"))
_CALLED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|bread-?crumbs?|side-?bar|footer|shar(?:e|ing)|social|related|recommend(?:ed|ations?)"
    r"|newsletter|subscri(?:be|ption)|cookies?|consent|advert\w*|ads?|promo\w*|banner|log-?in|sign-?up|search|toolbar|paginat\w+|pager"
    r"|pop-?up|modal|skip-?link)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CALLED_OR_COMMENTS = re.compile(
    rf"{_CALLED.pattern}|(?:^|[\s_-])comments?(?:$|[\s_-]|list|s?-?section)|disqus|(?:^|\s)respond(?:$|\s)",
    re.IGNORECASE,
)
_THREAD = re.compile(
    r"(?:js-|post-|qa-)?(?:question|answer)s?(?:-(?:list|body|text|content|item|page|detail|header|container))?"
    r"|(?:forum|topic|thread)-?(?:post|body|view|page|content|message|thread|topic)s?|message-?list|(?:qa|forum)-?page",
    re.IGNORECASE,
)
_THREAD_TYPE = re.compile(r"(?:schema\.org/|\"@type\"\s*:\s*\[?\s*\")(?:QAPage|DiscussionForumPosting)", re.IGNORECASE)
_PARTS = ("body", "main", "article", "section", "div", "ol", "ul", "table", "li")
_MAIN = ("main", "article")


def is_thread(page: "HtmlElement") -> bool:
    """Whether what readers wrote is the page's content: questions with answers, forums."""
    for script in page.iter("script"):
        if "ld+json" in script.get("type", "") and _THREAD_TYPE.search(script.text or ""):
            return True
    if any(map(_THREAD_TYPE.search, page.xpath("//@itemtype"))):
        return True
    called = {element.get(key, "") for element in page.iter(*_PARTS) for key in ("class", "id")}
    return any(map(_THREAD.fullmatch, {name for value in called for name in value.split()}))


def drop(page: "HtmlElement", *, keep_comments: bool) -> None:
    """Drop from a page what stands around its content."""
    from lxml import etree

    most = len(page.text_content()) / 2
    is_furniture = _CALLED_OR_COMMENTS if not keep_comments else _CALLED
    found: list[HtmlElement] = []
    walk = etree.iterwalk(page, events=("start",))
    for _, element in walk:
        if _stands_around(element, is_furniture) and (
            next(element.iter("h1", *_MAIN), None) is None and len(element.text_content()) <= most
        ):
            found.append(element)
            walk.skip_subtree()
    for element in found:
        element.drop_tree()


def main_part(page: "HtmlElement") -> "HtmlElement":
    """Return the element that a page says its content is in; the page where it does not say."""
    mains = [*page.iter("main"), *page.xpath("//*[@role='main']")]
    articles = list(page.iter("article"))
    candidates = [*mains, *(articles if len(articles) == 1 else [])]
    return next((element for element in candidates if element.text_content().strip()), page)


def _stands_around(element: "HtmlElement", is_furniture: re.Pattern[str]) -> bool:
    if not isinstance(element.tag, str) or element.tag in ("html", "body", *_MAIN):
        return False
    if element.tag == "header":
        return next(element.iterancestors(*_MAIN), None) is None
    if element.tag in _ELEMENTS or element.get("role") in _ROLES:
        return True
    called = f"{element.get('class', '')} {element.get('id', '')}"
    return len(called) > 1 and is_furniture.search(called) is not None
