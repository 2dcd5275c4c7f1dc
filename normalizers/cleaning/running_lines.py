"""Headers, footers and page numbers that come back on page after page.

Knows: where on a page they stand, and how a page number counts. Knows nothing about what any other line says. A line is
one when it stands at the same edge of a third of the pages, of three at least, word for word but for a number that
grows with the page: rows of a long table differ in all their numbers, or in none that counts pages. A list of names
that redaction made alike is none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

RUNNING_LINE, PAGE_NUMBER = "repeated header or footer", "page number"

_EDGE = 3  # lines with text that are looked at, from each end of a page
_MIN_PAGES = 3
_MIN_SHARE = 1 / 3  # so that left and right pages may differ, and a first page and an appendix may have none
_MAX_CHARACTERS = 200
_MAX_NUMBERS = 6  # in one line
_NUMBER = re.compile(r"(?<![\d_])\d{1,6}")  # not that of a pseudonym
_PLACEHOLDER = re.compile(r"\[[A-Z_]+(?:_\d+)?\]")
_LETTER = re.compile(r"[^\W\d_]")
_PAGE_NUMBER = re.compile(r"\W*(?:page|p\.?|seite|s\.)?\W*\d+(?:\s*(?:/|of|von)\s*\d+)?\W*", re.IGNORECASE)
_HEADING = re.compile(r"[^\W\d_]+\W{0,2}\d+\W?")  # "Step 3" on the third page of three

_Key = tuple[bool, str]  # whether at the upper edge, and what a line has in common with its like on other pages


def find(pages: list[list[str]]) -> dict[tuple[int, int], str]:
    """Return what kind each running line is, by its page and its place on the page, both from 0.

    A header's first appearance stays, because it may be the document's title.
    """
    edges = [(number, *edge) for number, page in enumerate(pages) for edge in _edge_lines(page)]
    # Once a page: a list may say the same in several lines of one.
    once = {(number, at_top, line) for number, _, at_top, line in edges}
    texts = Counter((at_top, line) for _, at_top, line in once if _LETTER.search(_PLACEHOLDER.sub("", line)))
    numbered = Counter(key for number, at_top, line in once for key in _numbered(line, number, at_top))
    needed = max(_MIN_PAGES, _MIN_SHARE * len({number for number, *_ in edges}))
    titles: set[str] = set()
    found: dict[tuple[int, int], str] = {}
    for number, place, at_top, line in edges:
        is_same = texts[at_top, line] >= needed
        counts_pages = any(numbered[key] >= needed for key in _numbered(line, number, at_top))
        if is_same and at_top and line not in titles:
            titles.add(line)
        elif counts_pages and _PAGE_NUMBER.fullmatch(line):
            found[number, place] = PAGE_NUMBER
        elif is_same or (counts_pages and not _HEADING.fullmatch(line)):
            found[number, place] = RUNNING_LINE
    return found


def _edge_lines(page: list[str]) -> Iterator[tuple[int, bool, str]]:
    """Yield the place of each line with text at an edge, whether it is the upper one, and the line."""
    top = list(islice((place for place, line in enumerate(page) if line.strip()), _EDGE))
    bottom = islice((place for place in range(len(page) - 1, -1, -1) if page[place].strip()), _EDGE)
    yield from ((place, True, " ".join(page[place].split())) for place in top if len(page[place]) <= _MAX_CHARACTERS)
    for place in bottom:
        if place not in top and len(page[place]) <= _MAX_CHARACTERS:
            yield place, False, " ".join(page[place].split())


def _numbered(line: str, page: int, at_top: bool) -> list[_Key]:
    """Return, for each number in the line, its text with that number counted from the page."""
    numbers = islice(_NUMBER.finditer(line), _MAX_NUMBERS)
    return [(at_top, f"{line[: found.start()]}\0{int(found[0]) - page}\0{line[found.end() :]}") for found in numbers]
