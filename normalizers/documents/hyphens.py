"""Whether the hyphen at a line's end belongs to the word: not to `infor-mation`, but to `well-known` and `HX-4711`.

Knows: how words are broken into syllables and which hyphens are written. Knows nothing about files. What the text says
elsewhere comes first; where it says nothing, what would change a number, a name or a code keeps its hyphen.
"""

import re

MARK = "\ufffe"  # where a word's halves were joined

# A number that goes on in the next line, which goes on as prose does: accounts write a minus behind a number, too.
_BROKEN_NUMBER = re.compile(
    r"(?<=\d)[-\u2010]\n(?=\d[\d-]*+(?:[.,;)]*\n?\Z|[.,;)]+\n|(?:(?<=\d\d\d)[.)]|[,;])?[ )]+[^\W\d_]{2}))"
)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_BROKEN = re.compile(rf"[^\s{MARK}]*(?:{MARK}[^\s{MARK}]*)+")
_WORD = re.compile(r"\w+(?:-\w+)*")
_LAST, _FIRST = re.compile(r"\w*\Z"), re.compile(r"\w*")
_MAX_LINE = 1_000  # characters of a line that are looked at
_BETWEEN = frozenset(("und", "oder", "bzw", "sowie", "och", "eller", "og"))
_ENGLISH_BETWEEN = frozenset(("and", "or"))  # with one more hyphen behind them
_HYPHENATED = re.compile(r"\s\w+-")
_BETWEEN_IN_DUTCH = frozenset(("en", "of"))
_DUTCH = frozenset(("het", "een", "van", "zijn", "niet", "voor", "alle"))
_SUSPENDED = re.compile(r"\w- (?:and|or|to) \Z")  # "pre- and post-treatment"
_MAX_PART = 40  # letters that are looked at
_MIN_PART = 3  # letters of a code that may as well be a word
_MIN_SECOND = 5  # letters: what follows "long" in "long-distance", but not in "long-er"
# Before a hyphen, always and before a long word; and behind one.
_ALWAYS = frozenset(
    ("well", "self", "ex", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "anglo")
)
_OFTEN = frozenset(
    ("non", "half", "all", "cross", "long", "short", "high", "full", "two", "three", "five", "six", "seven", "eight",
     "nine", "first", "third", "left", "right", "quasi", "pseudo", "vice", "world", "state", "open", "large", "small")
)  # fmt: skip
_BEHIND = frozenset(
    ("based", "driven", "oriented", "friendly", "specific", "wide", "term", "level", "scale", "year", "speaking",
     "looking", "related", "sized", "free", "built", "made")
)  # fmt: skip


def joined(text: str) -> str:
    """Return the text with each MARK gone, a hyphen in its place where one belongs."""
    text = _with_numbers(text)
    if MARK not in text:
        return text
    words = set(_WORD.findall(text.lower()))

    def decided(found: re.Match[str]) -> str:
        whole, *rest = found[0].split(MARK)  # a long word may go over three lines
        shares_its_end = _SUSPENDED.search(text, max(0, found.start() - _MAX_PART), found.start()) is not None
        for after in rest:
            if _leaves_out(_word(_LAST, whole[-_MAX_PART:]), after, text[found.end() : found.end() + _MAX_PART], words):
                whole += f"- {after}"
                continue
            keeps = shares_its_end or _belongs(
                _word(_LAST, whole[-_MAX_PART:]), _word(_FIRST, after[:_MAX_PART]), words
            )
            whole += f"-{after}" if keeps else after
        return whole

    return _BROKEN.sub(decided, text)


def _with_numbers(text: str) -> str:
    """Return the text with numbers put together that go on in the next line, as years do: "2024-" and "2025"."""

    def joined(found: re.Match[str]) -> str:
        begin = text.rfind("\n", max(0, found.start() - _MAX_LINE), found.start()) + 1
        return "-" if _LETTERS.search(text, begin, found.start()) else found[0]

    return _BROKEN_NUMBER.sub(joined, text)


def _leaves_out(before: str, after: str, rest: str, words: set[str]) -> bool:
    """Whether a hyphen stands for what two words share, as in "Ein- und Ausfuhr" and "pre- and post-treatment"."""
    follows = _word(_FIRST, after[:_MAX_PART]).lower()
    if len(before) < _MIN_PART - 1 or (before + follows).lower() in words:
        return False
    if follows in _ENGLISH_BETWEEN:
        return _HYPHENATED.match(rest) is not None
    return follows in _BETWEEN or (follows in _BETWEEN_IN_DUTCH and len(_DUTCH & words) > 1)


def _word(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _belongs(before: str, after: str, words: set[str]) -> bool:
    """Whether a hyphen stands between two halves, the words of the text given in lower case."""
    first, second = before.lower(), after.lower()
    if not first or not second or first[-1].isdigit() or second[0].isdigit():
        return True
    if first + second in words or f"{first}-{second}" in words:
        return first + second not in words
    if after[0].isupper():
        return not (before.isupper() and min(len(before), len(after)) >= _MIN_PART)
    if len(first) == 1 or first in _ALWAYS or second in _BEHIND:
        return True
    return first in _OFTEN and len(second) >= _MIN_SECOND
