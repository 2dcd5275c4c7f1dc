"""What trafilatura says that a page's article is.

Knows: how it is asked, and when to ask it again. Knows nothing about how it works, or about whether to believe it.
"""

import logging
import re
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

logger = logging.getLogger("precis.normalizers")
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its log may quote the page

_LONG_LINE = 60  # characters; those of menus are shorter
# The extractor takes text out of these where it finds none elsewhere, and four times the time to see that it does.
_NEVER_EXTRACTED = (
    "nav", "footer", "aside", "iframe", "select", "input", "label", "img", "picture", "noscript", "template",
)  # fmt: skip
_TABLE_RULE = re.compile(r"^\|(?:---\|)+\n", re.MULTILINE)


def extract(page: "HtmlElement", enough: float, least: float, *, is_large: bool) -> str:
    """Return a page's article, or nothing.

    The first opinion counts if it is prose of `enough` characters. Else two other extractors are asked as well, which
    takes twice its time, and on large pages far more. Where no more than `least` was found, all of the page is looked
    through: a menu that was left open may hold the content.
    """
    from lxml import etree

    likely = deepcopy(page)
    etree.strip_elements(likely, *_NEVER_EXTRACTED, with_tail=False)
    text = _trafilatura(likely, fast=True)
    if not is_large and (length(text) < enough or not is_prose(text)):
        text = _trafilatura(likely, fast=False)
    return text if length(text) > least else _trafilatura(page, fast=is_large)


def _trafilatura(page: "HtmlElement", fast: bool) -> str:
    """Return its answer, or nothing; `page` is not changed. Not `fast`: two other extractors give their opinion."""
    import trafilatura

    try:
        return _TABLE_RULE.sub("", trafilatura.extract(page, fast=fast, include_comments=False) or "")
    except Exception as error:
        logger.warning("trafilatura failed: %s", type(error).__name__)
        return ""


def is_prose(text: str) -> bool:
    """Whether most of a text is in long lines; menus and lists of links are not."""
    return sum(len(line) for line in text.split("\n") if len(line) >= _LONG_LINE) > len(text) / 2


def length(text: str) -> int:
    """Count the characters without the white space of markup, and without marks of list items and cells."""
    words = text.split()
    return max(0, len(" ".join(words)) - len("| ") * (words.count("|") + words.count("-")))
