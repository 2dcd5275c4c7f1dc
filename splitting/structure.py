"""A text's own structure: where its headings, paragraphs and sentences begin, so that it can be cut between them.

Knows: characters, and that a form feed begins a page. Knows nothing of tokens, prompts or models.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from splitting.sentences import End, ends

# What begins at a place, from the weakest cut to the strongest. Headings follow: level 6 is 3, level 1 is 8.
INSIDE, SENTENCE, PARAGRAPH = 0, 1, 2
_STRONGEST = 9
_LEVELS = 6

_LONGEST = 400  # characters of an atom: a sentence without an end is cut at spaces
_MAX_HEADING = 100  # characters of a line that may be one
_SHORT_LINE = 40  # characters; a line that ends so early was not wrapped

_PARAGRAPH_END = re.compile(r"\n{2,}\f?|\f|\n(?=#{1,6} )")
_SPACE = re.compile(r"\s+")
_GOES_ON_BELOW = re.compile(r"[:;：；]\s*\Z")  # a line that ends so was not wrapped
_ITEM = re.compile(r"\s*(?:[-*•–]|\(?\w{1,3}[.)]|[A-Z][\w .'-]{0,40}:)\s")
_MARKDOWN = re.compile(r"(#{1,6}) +\S")
_NAMED = re.compile(r"(?:(book|part|chapter|title)|(article|section|appendix|annex|schedule|exhibit|§))\W+\w", re.I)
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,4}|\d{1,3}(?=\.))\.?\s+[A-Z]")
_PROSE = re.compile(r"[a-z][.!?;,] |[!?;,]\Z|[a-z]\.\Z")  # a sentence, whatever it begins with


class Atom(NamedTuple):
    """A stretch of text that is not cut any further: a heading, or a sentence with the space behind it."""

    start: int
    end: int
    strength: int  # of a cut at `start`
    level: int  # of the heading that it is, 1 to 6; 0 for none


def atoms(text: str) -> Iterator[Atom]:
    """Yield the atoms of `text` in order; together they are all of it."""
    is_under_heading = False  # what follows a heading is not cut off from it, be it another one
    for start, end in _paragraphs(text):
        line_end = text.find("\n", start, end)
        level = heading_level(text[start : line_end if line_end >= 0 else end])
        if level:
            heading_end = line_end + 1 if line_end >= 0 and text[line_end:end].strip() else end
            yield Atom(start, heading_end, INSIDE if is_under_heading else _STRONGEST - level, level)
            start, is_under_heading = heading_end, True
        strength = INSIDE if is_under_heading else PARAGRAPH
        for first, last in _sentences(text, start, end):
            yield from _short(text, first, last, strength)
            strength, is_under_heading = SENTENCE, False


def heading_level(line: str) -> int:
    """Return 1 to 6 for a line that is a heading, 0 for another. Markdown's marks say it, numbers and capitals hint."""
    line = line[: 2 * _MAX_HEADING].strip()
    if match := _MARKDOWN.match(line):
        return len(match[1])
    if not line or len(line) > _MAX_HEADING or _PROSE.search(line):
        return 0
    if match := _NAMED.match(line):
        return 1 if match[1] else 2
    if match := _NUMBERED.match(line):
        return min(match[1].count(".") + 2, _LEVELS)
    words = [word for word in line.split() if word.isalpha()]
    return 2 if line.isupper() and any(len(word) > 2 for word in words) else 0


def title(text: str, heading: Atom) -> str:
    """Return a heading's words."""
    return text[heading.start : heading.end].strip().lstrip("#").strip()[:_MAX_HEADING]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _PARAGRAPH_END.finditer(text):
        if match.end() > start:
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a paragraph. A line's end is one's end unless the line looks wrapped."""
    line = start
    for found in ends(text, start, end):
        is_wrapped = found.is_line and _is_wrapped(text, line, found, end)
        line = found.next
        if not is_wrapped:
            yield start, found.next
            start = found.next
    if start < end:
        yield start, end


def _is_wrapped(text: str, start: int, found: End, end: int) -> bool:
    """Whether the sentence goes on behind the line that begins at `start`."""
    if found.end - start <= _SHORT_LINE or _GOES_ON_BELOW.search(text, max(start, found.end - 8), found.end):
        return False
    return not _ITEM.match(text, found.next, end)


def _short(text: str, start: int, end: int, strength: int) -> Iterator[Atom]:
    """Yield a sentence whole, or cut at spaces if it is far too long to be one."""
    while end - start > _LONGEST:
        spaces = list(_SPACE.finditer(text, start + _LONGEST // 2, start + _LONGEST))
        cut = spaces[-1].end() if spaces else start + _LONGEST
        yield Atom(start, cut, strength, 0)
        start, strength = cut, INSIDE
    yield Atom(start, end, strength, 0)
