"""What stands around a page's content: navigation, banners, share bars, forms, readers' comments.

Knows: the elements, roles and class names by which pages mark them. Knows nothing about weighing texts, which the
extractor of articles does, or about the pages that readers wrote (`thread.py`).
"""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from splitting.words import listed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FIELDS = ("input", "select", "textarea", "button")
_ELEMENTS = listed("nav footer aside button menu select dialog input label")
INLINE = listed("a abbr b cite code em i mark q s small span strong sub sup u")
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog", "menu"))
CALLED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|bread-?crumbs?|side-?bar|footer|shar(?:e|ing)|social|related|recommend(?:ed|ations?)"
    r"|newsletter|subscri(?:be|ption)|cookies?|consent|advert\w*|ads?|promo\w*|banner|log-?in|sign-?up|search|toolbar|paginat\w+|pager"
    r"|pop-?up|modal|skip-?link)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CALLED_OR_COMMENTS = re.compile(
    rf"{CALLED.pattern}|(?:^|[\s_-])comments?(?:$|[\s_-]|list|s?-?section)|disqus|(?:^|\s)respond(?:$|\s)",
    re.IGNORECASE,
)
_MAIN = ("main", "article")
_NEVER = frozenset(("html", "body", *_MAIN))


def drop(page: "HtmlElement") -> None:
    """Drop from a page what stands around its content, readers' comments among it."""
    is_called = cache(_CALLED_OR_COMMENTS.search)  # pages give most of their names to many elements

    def is_furniture(element: "HtmlElement") -> bool:
        # A word of a sentence is none, whatever it is called.
        return stands_around(element) or (element.tag not in INLINE and is_called(called(element)) is not None)

    for element in outermost(page, is_furniture):
        element.drop_tree()


def outermost(page: "HtmlElement", is_furniture: "Callable[[HtmlElement], bool]") -> "list[HtmlElement]":
    """Return the outermost elements that are furniture, none of which holds the title, the main part or most text."""
    from lxml import etree

    most = len(page.text_content()) / 2
    found: list[HtmlElement] = []
    walk = etree.iterwalk(page, events=("start",))
    for _, element in walk:
        if element.tag in _NEVER or not is_furniture(element):
            continue
        if next(element.iter("h1", *_MAIN), None) is None and len(element.text_content()) <= most:
            found.append(element)
            walk.skip_subtree()
    return found


def main_part(page: "HtmlElement") -> "HtmlElement":
    """Return the element that a page says its content is in; the page where it does not say."""
    mains = [*page.iter("main"), *page.xpath("//*[@role='main']")]
    articles = list(page.iter("article"))
    candidates = [*mains, *(articles if len(articles) == 1 else [])]
    return next((element for element in candidates if element.text_content().strip()), page)


def drop_modals(page: "HtmlElement") -> None:
    """Drop the dialogs that cover a page until they are closed: they ask for consent, or hold a cart."""
    modals = set(page.xpath("//*[@aria-modal='true']"))
    if modals:
        for element in outermost(page, modals.__contains__):
            element.drop_tree()


def drop_other_articles(page: "HtmlElement") -> None:
    """Drop the articles beside the one that holds the page's title: they are beginnings of others."""
    articles = list(page.iter("article"))
    titled = [article for article in articles if next(article.iter("h1"), None) is not None]
    if len(titled) == 1:
        related = {*titled[0].iterancestors(), *titled[0].iter("article")}
        others = [one for one in articles if one not in related and next(one.iterancestors("article"), None) is None]
        longest = max((len(other.text_content()) for other in others), default=0)
        if len(titled[0].text_content()) > longest:  # or it is the title of their list
            for other in others:
                other.drop_tree()


def stands_around(element: "HtmlElement") -> bool:
    """Whether an element's tag or role says that it stands around the content."""
    tag = element.tag
    if tag == "header":
        return next(element.iterancestors(*_MAIN), None) is None
    if tag == "form":  # without a field it is a part like others: forums put posts into forms
        return next(element.iter(*_FIELDS), None) is not None
    return tag in _ELEMENTS or element.get("role") in _ROLES


def called(element: "HtmlElement") -> str:
    """Return an element's classes and id."""
    return f"{element.get('class', '')} {element.get('id', '')}"
