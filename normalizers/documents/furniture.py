"""What stands around a page's content: navigation, banners, share bars, forms, readers' comments.

Knows: the elements, roles and class names by which pages mark them, and the pages on which comments are the content.
Knows nothing about weighing texts, which the extractor of articles does.
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
_INLINE = listed("a abbr b cite code em i mark q s small span strong sub sup u")
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
_AROUND_POSTS = re.compile(
    rf"{_CALLED.pattern}|(?:^|[\s_-])(?:(?:js-)?vot(?:e|es|ing)\w*|post-?profile|user-?(?:info|stats|extra|badges?|title)|badges?|avatar"
    r"|(?:message|post|comment)-(?:cell--)?user|reputation\w*|signature|sig\d+|tag-?list|post-?tag\w*|add-?comment|comments-link"
    r"|repl(?:y|ies)-?(?:form|button|link|box)|quick-?reply|post-?(?:menu|actions?|controls?|buttons?|footer|foot|form|likes|notice)"
    r"|action-?(?:bar|row)|buttons|reactions|online-?list|stat-block|view-?count|who-?is-?online|similar|suggested|hot-network"
    r"|report-?post|permalink|yclinks)(?:$|[\s_-])",
    re.IGNORECASE,
)
_THREAD = re.compile(
    r"(?:js-|post-|qa-)?(?:question|answer)s?(?:-(?:list|body|text|content|item|page|detail|header|container))?"
    r"|(?:forum|topic|thread)-?(?:post|body|view|page|content|message|thread|topic)s?|message-?list|(?:qa|forum)-?page"
    r"|crawler-post|post(?:body|area|_body|_content)|post_message(?:_\d+)?|message(?:-body|-content|--post)|cooked"
    r"|bbp-(?:reply|topic)-content|lia-message-body(?:-content)?|usertext-body|commtext|toptext|[\w-]*+(?<=post-rtjson-content)",
    re.IGNORECASE,
)
_THREAD_TYPE = re.compile(r"(?:schema\.org/|\"@type\"\s*:\s*\[?\s*\")(?:QAPage|DiscussionForumPosting)", re.IGNORECASE)
_PARTS = ("body", "main", "article", "section", "div", "ol", "ul", "table", "li")
_LEAST_OF_PAGE = 0.15  # of its text, the menus and all: posts are what it is for
_MAIN = ("main", "article")
_NEVER = frozenset(("html", "body", *_MAIN))


def is_thread(page: "HtmlElement") -> bool:
    """Whether what readers wrote is the page's content: questions with answers, forums."""
    for script in page.iter("script"):
        if "ld+json" in script.get("type", "") and _THREAD_TYPE.search(script.text or ""):
            return True
    if any(map(_THREAD_TYPE.search, page.xpath("//@itemtype"))):
        return True
    posts = _posts(page)
    if len(posts) < 2 and not any("question" in _called(post).lower() for post in posts):  # one post is an article
        return False
    written = sum(len(post.text_content()) for post in posts)
    return written > _LEAST_OF_PAGE * sum(len(body.text_content()) for body in page.iter("body"))


def _posts(page: "HtmlElement") -> "list[HtmlElement]":
    """Return the elements that hold what readers wrote, none within another."""

    @cache  # pages give most of their names to many elements
    def is_post(names: str) -> bool:
        return any(map(_THREAD.fullmatch, names.split()))

    called = [element for element in page.iter(*_PARTS) if is_post(_called(element))]
    within = set(called)
    return [element for element in called if within.isdisjoint(element.iterancestors())]


def drop(page: "HtmlElement", *, keep_comments: bool) -> None:
    """Drop from a page what stands around its content."""
    from lxml import etree

    most = len(page.text_content()) / 2
    is_furniture = cache((_AROUND_POSTS if keep_comments else _CALLED_OR_COMMENTS).search)
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


def thread(page: "HtmlElement") -> "HtmlElement | None":
    """Return the smallest element that holds a page's posts and its title, None where they are not marked."""
    posts = _posts(page)
    if len(posts) < 2:  # a question that holds its answers, or stands before them
        return main_part(page) if posts else None
    title = next(page.iter("h1"), posts[0])
    around = set.intersection(*({post, *post.iterancestors()} for post in (*posts, title)))
    return next(element for element in (posts[0], *posts[0].iterancestors()) if element in around)


def main_part(page: "HtmlElement") -> "HtmlElement":
    """Return the element that a page says its content is in; the page where it does not say."""
    mains = [*page.iter("main"), *page.xpath("//*[@role='main']")]
    articles = list(page.iter("article"))
    candidates = [*mains, *(articles if len(articles) == 1 else [])]
    return next((element for element in candidates if element.text_content().strip()), page)


def _stands_around(element: "HtmlElement", is_furniture: Callable[[str], object]) -> bool:
    tag = element.tag
    if tag in _NEVER:
        return False
    if tag == "header":
        return next(element.iterancestors(*_MAIN), None) is None
    if tag == "form":  # without a field it is a part like others: forums put posts into forms
        return next(element.iter(*_FIELDS), None) is not None
    if tag in _ELEMENTS or element.get("role") in _ROLES:
        return True
    # A word of a sentence is none, whatever it is called.
    return tag not in _INLINE and bool(is_furniture(_called(element)))


def _called(element: "HtmlElement") -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"
