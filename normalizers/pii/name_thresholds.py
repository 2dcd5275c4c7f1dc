"""How likely the model of names must find a word to be a name, which how the word is written decides.

Knows: a word and the characters beside it. Knows nothing of the model but what it was measured with.
"""

import re
from typing import NamedTuple

from normalizers.pii import forenames

_OTHERS = 0.5  # of all types but persons and places


class Thresholds(NamedTuple):
    """The probability from which a word counts as part of a person's name, and of a place's."""

    person: float = 0.4
    place: float = 0.4

    def of(self, type_: str) -> float:
        """Return that of any type."""
        return {"PERSON": self.person, "LOCATION": self.place}.get(type_, _OTHERS)


# The model reads everything in lower case, so how a word is written is news: a capital within a sentence makes it
# likely a name, none unlikely. Chosen on the even items of benchmarks/pii.py.
_USUAL = Thresholds()
LOWEST = Thresholds(0.01, 0.06)  # of a given name with a capital within a sentence
_INSIDE = Thresholds(0.03, 0.06)  # of any word with one
_LOWER_CASE = Thresholds(0.9, 0.7)
_NO_CAPITALS = Thresholds(0.5, 0.7)  # small letters are no news in such a text
_ADDRESSED_NAME = Thresholds(person=0.2)  # "thanks ida", "ida: ok"
_FORENAME = Thresholds(person=0.2)
_FORENAME_IN_LOWER_CASE = Thresholds(0.7, 0.7)
_FORENAME_WITHOUT_CAPITALS = Thresholds(0.1, 0.7)
_SHORTEST_IN_LOWER_CASE = 4  # letters: "dev" and "min" are words of programs
BEHIND_FORENAME = 0.3  # the probability from which a word goes on with a person's name: "marcus delgado"
_TAG = Thresholds(person=0.9)  # "#IdaBerg"
_CODE_LIKE = Thresholds(person=0.99)  # "PyTorch", and "ASCII" among words that are no capitals

_CAPITALIZED_NAME = re.compile(r"(?:Mc|Mac|De|Di|Du|La|Le|Lo|Van|Von|Fitz|Da|O)?[A-Z][a-z]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MOST_OF_ACRONYM = 6  # letters
_NEARBY = 25  # characters beside a word in which its neighbours are looked for
_INSIDE_SENTENCE = re.compile(r"[\w,;'\u2019)][ ]|.?[\w'\u2019.-]$")  # the two characters before a word
_INITIAL = re.compile(r"(?:\A|[^\w.]|[A-Z][.-])[A-Z]\. \Z")  # a name goes on behind it; a sentence seldom begins there
_ADDRESSED = re.compile(
    r"(?:\A|[^\w-])(?:hi|hey|hello|hiya|dear|thanks|thx|ty|ask|tell|cheers|bye)[ ,]{1,2}\Z", re.IGNORECASE
)
_SPEAKS = re.compile(r"(?:\A|\n)(?:[\[(<][\w:. -]{1,20}[\])>] ?|[0-9:.]{4,8} (?:- )?)?[<@]?\Z")  # "[10:02] ida: ok"
_SPEAKER_ENDS = re.compile(r">|:(?: |\Z)")
_CALLED = re.compile(r"__|[\"'`]?\(\)")  # what stands behind the name of a function
_BEFORE = 24  # characters before a word that are read for these


def thresholds(text: str, start: int, end: int, *, has_capitals: bool) -> Thresholds:
    """Return those for the word from start to end of a text that has capitals or none."""
    word = text[start:end]
    if word.islower():
        if _ADDRESSED.search(text, max(0, start - _BEFORE), start) or _is_speaker(text, start, end):
            return _ADDRESSED_NAME
        if len(word) >= _SHORTEST_IN_LOWER_CASE and forenames.is_one(word):
            return _FORENAME_IN_LOWER_CASE if has_capitals else _FORENAME_WITHOUT_CAPITALS
        return _LOWER_CASE if has_capitals else _NO_CAPITALS
    if text[start - 1 : start] in ("#", "@"):
        return _TAG
    if _is_code_like(text, start, end):
        return _CODE_LIKE
    # A capital that only begins a sentence says nothing.
    is_inside = _INSIDE_SENTENCE.match(text, max(0, start - 2), start) or _INITIAL.search(
        text, max(0, start - _BEFORE), start
    )
    if is_inside and word.istitle():
        return LOWEST if forenames.is_one(word) else _INSIDE
    return _FORENAME if forenames.is_one(word) else _USUAL


def _is_speaker(text: str, start: int, end: int) -> bool:
    """Whether a word begins a line of a chat and what is said follows it."""
    return bool(_SPEAKER_ENDS.match(text, end) and _SPEAKS.search(text, max(0, start - _BEFORE), start))


def is_code(text: str, start: int, end: int) -> bool:
    """Whether a word is the name of an element in XML, of a namespace, or of a function: `</Key>`, `a::b`, `len()`."""
    if _is_element(text, start, end):
        return True
    if text.endswith("::", 0, start) or text.startswith("::", end):  # as C++, Rust and Perl have it
        return True
    return text[start:end].islower() and (text.endswith("__", 0, start) or _CALLED.match(text, end) is not None)


def _is_element(text: str, start: int, end: int) -> bool:
    """Whether a word is the name of an element that is closed: no name in a chat, "<ida> ok", is."""
    if text.endswith("</", 0, start):
        return text.startswith(">", end)
    is_opening = text.endswith("<", 0, start) and text[end : end + 1] in (">", " ", "/")
    return is_opening and text.find(f"</{text[start:end]}>", end) >= 0


def _is_code_like(text: str, start: int, end: int) -> bool:
    """Whether a word has capitals within, as no name has, or is an acronym among words that are not in capitals."""
    word = text[start:end]
    if not word.isupper():
        return not word.istitle() and _CAPITALIZED_NAME.fullmatch(word) is None
    if not 2 <= len(word) <= _MOST_OF_ACRONYM:
        return False
    before = _LETTERS.findall(text, max(0, start - _NEARBY), start)[-1:]
    after = _LETTERS.findall(text, end, end + _NEARBY)[:1]
    neighbours = [*before, *after]
    return bool(neighbours) and not any(neighbour.isupper() for neighbour in neighbours)
