"""Passages as a summary cites them: numbered, and the citations of a streamed text made true.

Knows: hits, text in pieces of any size. Knows nothing of prompts, models or how passages were found. A small model
cites seldom, so a sentence that says what only one passage has is marked as that passage's, whether the model did or
not; and a citation of a passage that was not given is taken out.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from contract.results import Passage
from retrieval.records import Hit
from splitting.sentences import ends, without_end

_CITATION = re.compile(r"\s?\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
# Citations belong to the sentence that they follow, and the last one must be there as a whole.
_BEHIND = re.compile(r"(?>(?:\[[\d\s,;]++\]\s*+)*)(?!(?:\[[\d\s,;]*+)?\Z)")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_EXTENSION = re.compile(r"\.(?:md|markdown|x?html?|pdf|docx|txt|text|rst)\Z", re.IGNORECASE)
_LARGEST = 900  # a number that a passage begins with: three digits are read
_LONG = 5  # letters of a word that says something
_SHARED = 2  # words that a sentence and a passage have, and the document has not


def number(hits: Sequence[Hit], document: str) -> tuple[Passage, ...]:
    """Return what was found as passages, numbered from 1, or from where no number is one that `document` has itself.

    Its own "[2]" is no citation of a passage.
    """
    own = _numbers(document)
    first = next((n for n in range(1, _LARGEST) if own.isdisjoint(range(n, n + len(hits)))), 1)
    return tuple(
        Passage(
            number=place,
            source=hit.chunk.source,
            title=hit.chunk.title,
            headings=hit.chunk.headings,
            start=hit.chunk.start,
            end=hit.chunk.end,
            score=round(hit.score, 4),
            text=hit.chunk.text,
        )
        for place, hit in enumerate(hits, start=first)
    )


def redacted(passages: Sequence[Passage], redact: Callable[[str], str]) -> tuple[Passage, ...]:
    """Return the passages with every text of them through `redact`."""
    return tuple(
        passage.model_copy(
            update={
                "source": _redact_path(passage.source, redact),
                "title": redact(passage.title),
                "headings": tuple(redact(heading) for heading in passage.headings),
                "text": redact(passage.text),
            }
        )
        for passage in passages
    )


def _redact_path(path: str, redact: Callable[[str], str]) -> str:
    """Return a source's name redacted but for its extension: `notes.md` is not a host in Moldova."""
    extension = None if "@" in path else _EXTENSION.search(path)
    return redact(path[: extension.start()]) + extension[0] if extension else redact(path)


class Citations:
    """One summary's citations. Wherever its text is split, what comes out is the same."""

    def __init__(self, passages: Sequence[Passage], document: str) -> None:
        self._passages = {passage.number: passage for passage in passages}
        known = _words(document)
        self._own = {passage.number: _telling(passage) - known for passage in passages}  # what only passages say
        self._documents = _numbers(document) - self._passages.keys()
        self._held = ""
        self.cited: set[int] = set()
        self.removed = 0

    def feed(self, piece: str) -> str:
        """Take the next piece and return the sentences that may be sent."""
        self._held += piece
        sent: list[str] = []
        start = 0
        for end in self._ends():
            sent.append(self._cite(self._held[start:end]))
            start = end
        self._held = self._held[start:]
        return "".join(sent)

    def finish(self) -> str:
        """Return the rest, when there is no more to come."""
        rest, self._held = self._held, ""
        return self._cite(rest)

    def passages(self, summary: str) -> tuple[Passage, ...]:
        """The passages, those marked that are cited in `summary`: what came out of here, or what is left of it."""
        cited = self.cited & _numbers(summary)
        return tuple(
            passage.model_copy(update={"cited": passage.number in cited}) for passage in self._passages.values()
        )

    def _ends(self) -> Iterator[int]:
        """Yield where sentences with the citations behind them end, but not where one may still grow."""
        for found in ends(self._held):
            if behind := _BEHIND.match(self._held, found.next):
                yield behind.end()

    def _cite(self, sentence: str) -> str:
        """Return a sentence without false citations, and with one if it says what only a passage says."""
        given: set[int] = set()

        def check(match: re.Match[str]) -> str:
            numbers = [int(one) for one in re.findall(r"\d+", match[1])]
            true = [one for one in dict.fromkeys(numbers) if one in self._passages or one in self._documents]
            self.removed += len(numbers) - len(true)
            given.update(self._passages.keys() & true)
            if true == numbers:
                return match[0]
            space = match[0][: len(match[0]) - len(match[0].lstrip())]
            return f"{space}[{', '.join(map(str, true))}]" if true else ""

        sentence = _CITATION.sub(check, sentence)
        words = _words(sentence)
        shared = {place: len(words & own) for place, own in self._own.items()}
        best = max(shared, key=lambda place: (shared[place], -place), default=0)
        if not given and best and shared[best] >= _SHARED:
            given = {best}
            place = len(without_end(sentence))
            sentence = f"{sentence[:place]} [{best}]{sentence[place:]}"
        self.cited |= given
        return sentence


def _numbers(text: str) -> set[int]:
    """Return the numbers that stand in brackets as citations do."""
    return {int(one) for match in _CITATION.finditer(text) for one in re.findall(r"\d+", match[1])}


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _telling(passage: Passage) -> set[str]:
    words = _words(" ".join((passage.title, *passage.headings, passage.text)))
    return {word for word in words if len(word) >= _LONG or any(letter.isdigit() for letter in word)}
