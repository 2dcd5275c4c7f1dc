"""Which lines of a page's extracted content are its headings.

Knows: elements that are headings, and how an extractor writes their text. Knows nothing about what it extracts.
"""

import re
from typing import TYPE_CHECKING

from normalizers.documents import html

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Levels = dict[str, list[int]]  # by a heading's text, in order

_NO_PART_OF_A_PAGE = (*html.HEADINGS, "nav", "footer", "aside")  # what is in these is no heading
_LOST_IN_HEADINGS = re.compile(r"[\s\xad\u200b-\u200f\u2060\ufeff]+")  # trafilatura leaves them out


def read(page: "HtmlElement") -> Levels:
    """Return the levels of the page's headings by their text, in order; each is made one line in `page`."""
    levels: Levels = {}
    for heading in page.iter(*html.HEADINGS):
        # What is within another is left out: the text of 250 nested ones would be read 250 times.
        if next(heading.iterancestors(*_NO_PART_OF_A_PAGE), None) is None:
            text = heading.text_content()
            if html.heading(text, 1):
                _join_lines(heading)
                levels.setdefault(_LOST_IN_HEADINGS.sub("", text), []).append(int(heading.tag[1]))
    return levels


def _join_lines(heading: "HtmlElement") -> None:
    from lxml import etree

    if len(heading):
        for line in heading.iter("br", "div"):
            line.tail = f" {line.tail or ''}"
        etree.strip_tags(heading, "br", "div")


def mark(content: str, levels: Levels) -> str:
    """Mark the lines that are headings, from the last one up: a list of them stands above them.

    Marks put into the page before would be simpler, but trafilatura weighs a text by its characters.
    """
    if not levels:
        return content
    lines = content.split("\n")
    for number in reversed(range(len(lines))):
        line = lines[number]
        if line and len(line) <= html.MAX_HEADING and (found := levels.get(_LOST_IN_HEADINGS.sub("", line))):
            lines[number] = html.heading(line, found.pop()) or line
    return "\n".join(lines)
