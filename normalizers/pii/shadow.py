"""A copy of a text that detectors read instead of it, because the text may hide what it says.

Knows: Unicode. Knows nothing about personal data. The copy is NFKC, without invisible characters, with one kind of
digit, dash and quote, and with Cyrillic and Greek letters replaced where they stand in for Latin ones (Unicode
Technical Standard 39 calls such words mixed-script confusables). Every span of it leads back to the original.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58"
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
_INVISIBLE_THOUGH_NOT_FORMAT = set("\u034f\u115f\u1160\u3164\uffa0") | {
    chr(code) for code in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
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
    """Return the copy of `text` to look for personal data in. Linear time; ASCII comes back as it is."""
    if text.isascii():
        return Shadow(text)
    folded: list[str] = []
    starts = array("I")
    position = 0
    for run in _NOT_ASCII.finditer(text):
        folded.append(text[position : run.start()])
        starts.extend(range(position, run.start()))
        for position, character in enumerate(run.group(), start=run.start()):
            new = _FOLDED[character]
            if new and unicodedata.combining(new[0]) and _compose(folded, new):
                continue
            folded.append(new)
            starts.extend([position] * len(new))
        position = run.end()
    folded.append(text[position:])
    starts.extend(range(position, len(text) + 1))
    new_text = "".join(folded)
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
    if unicodedata.category(character) in ("Cf", "Cs") or character in _INVISIBLE_THOUGH_NOT_FORMAT:
        return ""
    if character in _DASHES:
        return "-"
    if character in _QUOTES:
        return _QUOTES[character]
    if character in "\x85\u2028\u2029":
        return "\n"
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _compose(folded: list[str], mark: str) -> bool:
    """Put a combining mark onto the character before it, where Unicode has one character for the two."""
    if not folded or not folded[-1]:
        return False
    both = unicodedata.normalize("NFC", folded[-1][-1] + mark)
    if len(both) > 1:
        return False
    folded[-1] = folded[-1][:-1] + both
    return True


def _latin(match: re.Match[str]) -> str:
    """Return a word in Latin letters, or as it is when it has none or one of its letters has no Latin look-alike."""
    word = match.group()
    if word.isascii() or not _LATIN.search(word):
        return word
    latin = word.translate(_LOOKALIKES)
    return word if _GREEK_OR_CYRILLIC.search(latin) else latin
