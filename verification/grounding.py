"""Texts as sentences of words, read once for all that is compared with them.

Knows: sentences, words, and what in a summary is not of its own words. Knows nothing of numbers or names.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from splitting.structure import atoms
from splitting.words import FUNCTION_WORDS, WORD, fold, stem

UNSUPPORTED = "[unsupported]"  # stands in a sentence that is marked, before what ends it
_CITATION = r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]"
# What redaction left, and marks of citations and of ours: neither is of the summary's own words.
_MARKS = re.compile(rf"\[[A-Z][A-Z_]*(?:_?\d{{1,9}})?\]|{_CITATION}|{re.escape(UNSUPPORTED)}")
_ADDED = re.compile(rf"\s?(?:{_CITATION}|{re.escape(UNSUPPORTED)})")


def without_marks(text: str) -> str:
    """Return `text` with placeholders and citations blanked, every other character where it was."""
    return _MARKS.sub(lambda mark: " " * len(mark[0]), text)


def without_additions(text: str) -> str:
    """Return `text` without citations and marks, which were put into what the model wrote."""
    return _ADDED.sub("", text)


class Sentence(NamedTuple):
    """A stretch of a text: its offsets there, and which of the sources' words are its own."""

    text: int  # 0: the document, then the passages
    start: int
    end: int
    first: int  # word
    last: int  # word after the last


class Grounding:
    """Document and passages together, read once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.sentences: list[Sentence] = []
        self.written: list[str] = []  # every word as it stands there
        self.stems: list[str] = []  # and without its form
        forms: dict[str, str] = {}
        for number, text in enumerate(texts):
            for atom in atoms(text):
                first = len(self.written)
                found = WORD.findall(text, atom.start, atom.end)
                self.written += found
                self.stems += [forms.get(word) or forms.setdefault(word, stem(fold(word))) for word in found]
                self.sentences.append(Sentence(number, *trimmed(text, atom.start, atom.end), first, len(self.written)))
        self.forms = forms
        self.folded = {fold(word) for word in forms}

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each stem stands."""
        places: dict[str, list[int]] = {}
        for place, word in enumerate(self.stems):
            places.setdefault(word, []).append(place)
        return places

    @cached_property
    def sentence_of(self) -> list[int]:
        """The sentence that each word is in."""
        return [number for number, sentence in enumerate(self.sentences) for _ in range(sentence.first, sentence.last)]

    @cached_property
    def has_case(self) -> bool:
        """Whether its capitals tell names: some texts have lost them."""
        capitals = Counter(
            self.written[place][0].isupper()
            for sentence in self.sentences
            for place in range(sentence.first + 1, sentence.last)
            if self.written[place][0].isalpha()
        )
        return capitals[True] > 0.02 * capitals.total()

    @cached_property
    def initials(self) -> str:
        """The first letters of words in a row, a space where a word cannot be part of a name."""
        words = [word for word in self.written if word.lower() not in FUNCTION_WORDS]
        has_case = self.has_case
        return "".join(word[0].casefold() if word[0].isupper() or not has_case else " " for word in words)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the offsets of text[start:end] without the space around it."""
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
