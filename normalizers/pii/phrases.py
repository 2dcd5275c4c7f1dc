"""Many phrases looked for in a text at once, word by word, whatever stands between the words.

Knows: words. Knows nothing about personal data or placeholders. One pass over the text, however many phrases.
"""

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]++")
_NEXT_WORD = re.compile(r"[\W_]{1,3}([^\W_]++)")
_MAX_WORDS = 64  # of a phrase: a longer one is known by its beginning


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, without case."""
    return tuple(word.casefold() for word in _WORD.findall(text))


class Phrases:
    """Phrases, each with the label that it was given first."""

    def __init__(self) -> None:
        self._labels: dict[tuple[str, ...], tuple[str, bool]] = {}
        self._beginnings: set[tuple[str, ...]] = set()
        self._lengths: dict[str, list[int]] = {}  # by first word: how many words the phrases have, longest first

    def __len__(self) -> int:
        return len(self._labels)

    def add(self, phrase: tuple[str, ...], label: str, capital: bool = False) -> None:
        """Look for a phrase, given as words() returns it, from now on; with `capital` not where it begins in a-z."""
        phrase = phrase[:_MAX_WORDS]
        if not phrase or phrase in self._labels:
            return
        self._labels[phrase] = label, capital
        self._beginnings.update(phrase[:length] for length in range(1, len(phrase)))
        lengths = self._lengths.setdefault(phrase[0], [])
        if len(phrase) not in lengths:
            lengths.append(len(phrase))
            lengths.sort(reverse=True)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and label of the longest phrase at each word of `text` that begins one."""
        if not self._lengths:
            return
        for match in _WORD.finditer(text):
            first = match.group().casefold()
            if first not in self._lengths:
                continue
            ends, phrase = [match.end()], [first]
            while len(phrase) < self._lengths[first][0] and (following := _NEXT_WORD.match(text, ends[-1])):
                ends.append(following.end())
                phrase.append(following.group(1).casefold())
            for length in self._lengths[first]:
                label, capital = self._labels.get(tuple(phrase[:length]), ("", False))
                if label and length <= len(phrase) and not (capital and match.group()[0].islower()):
                    yield match.start(), ends[length - 1], label
                    break

    def may_continue(self, text: str) -> bool:
        """Whether a phrase may have begun at the end of `text` and go on behind it."""
        last = words(text)[-_MAX_WORDS:]
        return any(last[start:] in self._beginnings for start in range(len(last)))
