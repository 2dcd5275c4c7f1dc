"""A copy of a text that detectors read instead of it, because the text may hide what it says.

Knows: Unicode. Knows nothing about personal data. The copy is NFKC, without invisible characters, with one kind of
space beside the tab, line end, digit, dash and quote, and with Cyrillic and Greek letters replaced where they stand in
for Latin ones (Unicode Technical Standard 39 calls such words mixed-script confusables). Every span of it leads back to
the original.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right

from splitting.characters import INVISIBLE, LINE_ENDS, SPACES

_NOT_PLAIN = re.compile(r"[^\n -~]+")
# Fillers, variation selectors and what half a surrogate pair becomes are kept by cleaning.
_INVISIBLE = re.compile(f"[{INVISIBLE}\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\ufffd]")
_SPACE = re.compile(f"[{SPACES}]")
_TAB_IN_NUMBER = re.compile(r"(?<=\d)\t(?=\d)")  # a number that a tab parts is read as one, as if a space did
_LINE_END = re.compile(f"[{LINE_ENDS}\f]")  # a page ends a line
# An email that an odd space or line end parts, as no one writes it, is read as one: detectors would find one half. What
# stands before an email in a table or a signature is a name, and begins with a capital.
_GAP = f"[{SPACES}{LINE_ENDS}]"
_PARTED_EMAIL = re.compile(
    rf"(?:(?<![\w.+-])(?:[a-z][\w.+-]*+(?={_GAP}[\w.+-]*+@[\w-])|[\w.+-]++(?={_GAP}@[\w-]))"
    rf"|@(?!(?:[\w-]++\.)++[^\W\d_]{{2,24}}\.?{_GAP})[\w.-]*+(?={_GAP}[\w.-])){_GAP}"
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58"
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυι",  # noqa: RUF001 (confusable letters are what this is about)
    "ABESIJKMHOPCTYXaesijopcyxdhqwABEZHIKMNOPTYXavopui",
)
_GREEK_OR_CYRILLIC = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]++")


class Shadow:
    """A folded text, and where each of its characters came from."""

    def __init__(self, text: str, starts: "array[int] | None" = None) -> None:
        self.text = text
        self._starts = starts  # of every character in the original, then its length; None: the same places

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of the original that `text[start:end]` was made from, invisible ones included."""
        if self._starts is None or start >= end:
            return (start, end) if self._starts is None else (self._starts[start], self._starts[start])
        last = self._starts[end - 1]
        return self._starts[start], self._starts[bisect_right(self._starts, last, lo=end - 1)]


def fold(text: str) -> Shadow:
    """Return the copy of `text` to look for personal data in. Linear time; plain ASCII comes back as it is."""
    if not _NOT_PLAIN.search(text):
        return Shadow(text)
    folded: list[str] = []
    starts = array("I")
    position = 0
    parted = {match.end() - 1 for match in _PARTED_EMAIL.finditer(text)} if "@" in text else ()
    for run in _NOT_PLAIN.finditer(text):
        folded.append(text[position : run.start()])
        starts.extend(range(position, run.start()))
        for position, character in enumerate(run.group(), start=run.start()):
            new = "" if position in parted else _FOLDED[character]
            if new and not (unicodedata.category(new[0]) in ("Mn", "Me") and _join(folded, new)):
                folded.append(new)
                starts.extend([position] * len(new))
        # "\r\n" is one line end.
        position = run.end() + (run.group()[-1] == "\r" and text.startswith("\n", run.end()))
    folded.append(text[position:])
    starts.extend(range(position, len(text) + 1))
    new_text = _TAB_IN_NUMBER.sub(" ", "".join(folded))
    if _GREEK_OR_CYRILLIC.search(new_text):
        new_text = _WORD.sub(_latin, new_text)
    return Shadow(new_text, starts)


class _Folded(dict[str, str]):
    """What one character becomes: worked out when it is first met."""

    def __missing__(self, character: str) -> str:
        self[character] = new = _fold_character(character)
        return new


_FOLDED = _Folded()


def _fold_character(character: str) -> str:
    if _SPACE.match(character):
        return "\t" if character == "\t" else " "  # a tab parts cells
    if _LINE_END.match(character):
        return "\n"
    # Format characters, and those that Unicode has not assigned, are kept by cleaning and seen by no one.
    if _INVISIBLE.match(character) or unicodedata.category(character)[0] == "C":
        return ""
    if character in _DASHES:
        return "-"
    if character in _QUOTES:
        return _QUOTES[character]
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _join(folded: list[str], mark: str) -> bool:
    """Make one of a combining mark and the character before it: what Unicode has for the two, or a Latin one alone."""
    if not folded or not folded[-1]:
        return False
    last = folded[-1][-1]
    both = unicodedata.normalize("NFC", last + mark)
    if len(both) == 1:
        folded[-1] = folded[-1][:-1] + both
    return len(both) == 1 or unicodedata.normalize("NFD", last)[0].isascii()


def _latin(match: re.Match[str]) -> str:
    """Return a word in Latin letters, or as it is when it has none or one of its letters has no Latin look-alike."""
    word = match.group()
    if word.isascii() or not _LATIN.search(word):
        return word
    latin = word.translate(_LOOKALIKES)
    return word if _GREEK_OR_CYRILLIC.search(latin) else latin
