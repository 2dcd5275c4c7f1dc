"""Where a sentence ends: one definition for prompts, the index, streams, citations, redaction and signatures.

Knows: the marks that end sentences in Latin, Arabic, Devanagari, Chinese and Japanese texts, the quotes and brackets
that close behind them, abbreviations, and line ends. Knows nothing of what becomes of a sentence. Users differ only in
what must stand behind an end before they take it for one, since a text may be there in part.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BEFORE_SPACE = ".!?…؟۔"  # within a number or an address, such a mark ends nothing
_ANYWHERE = "。！？｡।॥"  # the full-width full stop too, but not behind a digit
_CLOSING = "\"'”’»›)]」』）】》〉］"
_CLOSING_BEFORE_SPACE = _CLOSING + "“‘"  # they close in German, and open where a word follows
_END = re.compile(
    rf"(?P<marks>[{_BEFORE_SPACE}][{re.escape(_CLOSING_BEFORE_SPACE)}]*+(?=\s|\Z)"
    rf"|(?>(?:[{_ANYWHERE}]++|(?<!\d)．++)+)[{re.escape(_CLOSING)}]*+)\s*+"
    r"|\n\s*+"
)
_ABBREVIATION = re.compile(
    r"\b(?:(?i:mr|mrs|ms|mx|dr|prof|st|jr|sr|esq|inc|corp|ltd|llc|co|dept|univ|bldg|ave|rd|blvd|nr|vs|etc|ext)"
    r"|Gen|Gov|Sen|Rep|No|Tel|Apt|Ste"  # in small letters most of these are words
    r"|\w)\.\Z"  # an initial, the end of "e.g.", the number of an item
)
_LONGEST = 5  # characters of an abbreviation with its full stop


class End(NamedTuple):
    """Where a sentence ends, and a line that is none: a heading, an item."""

    end: int  # behind its marks, quotes and brackets; of a line, where the line feed stands
    next: int  # behind the space that follows: where the next one begins, if the text goes on
    is_line: bool


def ends(text: str, start: int = 0, stop: int | None = None) -> Iterator[End]:
    """Yield where sentences and lines of text[start:stop] end, in order. Linear time.

    An end whose `next` is not `stop` is one for good; the others may be none, or lie further on, once the text grows.
    """
    for match in _END.finditer(text, start, len(text) if stop is None else stop):
        if match["marks"] is None:
            yield End(match.start(), match.end(), is_line=True)
        elif not _ABBREVIATION.search(text, max(match.start() - _LONGEST, 0), match.start() + 1):
            yield End(match.end("marks"), match.end(), is_line=False)
        elif (line_end := text.find("\n", match.end("marks"), match.end())) >= 0:
            yield End(line_end, match.end(), is_line=True)


def without_end(sentence: str) -> str:
    """Return a sentence as far as its words go: without its marks, and what closes and stands behind them."""
    return sentence.rstrip().rstrip(_CLOSING_BEFORE_SPACE).rstrip(_BEFORE_SPACE + _ANYWHERE + "．:")
