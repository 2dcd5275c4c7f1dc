"""Whether the hyphen at a line's end belongs to the word: not to `infor-mation`, but to `well-known` and `HX-4711`.

Knows: how words are broken into syllables and which hyphens are written. Knows nothing about files. What the text says
elsewhere comes first; where it says nothing, what would change a number, a name or a code keeps its hyphen.
"""

import re

MARK = "\ufffe"  # where a word's halves were joined

_BROKEN = re.compile(rf"[^\s{MARK}]*(?:{MARK}[^\s{MARK}]*)+")
_WORD = re.compile(r"\w+(?:-\w+)*")
_LAST, _FIRST = re.compile(r"\w*\Z"), re.compile(r"\w*")
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
    if MARK not in text:
        return text
    words = set(_WORD.findall(text.lower()))

    def decided(found: re.Match[str]) -> str:
        whole, *rest = found[0].split(MARK)  # a long word may go over three lines
        for after in rest:
            keeps = _belongs(_word(_LAST, whole[-_MAX_PART:]), _word(_FIRST, after[:_MAX_PART]), words)
            whole += f"-{after}" if keeps else after
        return whole

    return _BROKEN.sub(decided, text)


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
