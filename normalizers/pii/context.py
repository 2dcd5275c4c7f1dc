"""Words that say what the value behind them is: "SSN: ", "passport no. ", "born on "; and where a value may be at all.

Knows: where in a text such words and numbers stand, so that no pattern is tried where it cannot match. Knows nothing
about the values.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

CHECKSUM, PATTERN, CONTEXT = "checksum", "pattern", "context"  # how a recognizer knows: the names of our detectors

_CONNECTOR = re.compile(
    r"""(?>(?:[\s.:=#"'>*_|\\-]{1,4}|\([a-z][^()\n]{0,24}\)(?=[:\s])"""
    r"|\b(?:numbers?|num|no|nr|is|was|are|code|of|the|my|at|on|in|with|file|to|it's)\b){0,9})"
)
_NUMBER = re.compile(r"(?<![^\W_])(?=[A-Z./-]{0,17} ?[0-9])[A-Z0-9]")
_SPARSE = 10  # characters for each place from which to try a pattern at the places alone is faster


def lower(text: str) -> str:
    """Return the text in lower case: unlike str.lower(), of the same length always."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(map(_lower, text))


def _lower(letter: str) -> str:
    lowered = letter.lower()
    return lowered if len(lowered) == 1 else letter


def holds(text: str, *parts: str) -> bool:
    """Whether one of `parts` stands in the text: a pattern that needs one of them is not tried where none does."""
    return any(part in text for part in parts)


def numbers(text: str) -> list[int]:
    """Return where a number begins that no letter or digit precedes, or capitals with a digit behind them."""
    return [match.start() for match in _NUMBER.finditer(text)]


def matches(pattern: re.Pattern[str], text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    """Yield what `pattern.finditer(text)` does, when a match can begin at one of the rising `places` only."""
    if len(places) * _SPARSE > len(text):
        yield from pattern.finditer(text)
        return
    end = 0
    for place in places:
        if place >= end and (match := pattern.match(text, place)):
            yield match
            end = match.end()


def any_of(literals: Iterable[str]) -> str:
    """Return a pattern of literals, the first ones first, that is tried by first letters: five times as fast."""
    groups: dict[str, list[str]] = {}
    for literal in literals:
        groups.setdefault(literal[0], []).append(literal[1:])
    return "|".join(f"{re.escape(first)}(?:{'|'.join(map(re.escape, rest))})" for first, rest in groups.items())


class Labels:
    """Labels, each of one kind of value."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """Take each kind's labels, in lower case and parted by bars; a blank matches a blank, "_", "-" or nothing."""
        self._kinds = {label.replace(" ", ""): kind for kind, labels in kinds.items() for label in labels.split("|")}
        labels = sorted((label for labels in kinds.values() for label in labels.split("|")), key=len, reverse=True)
        self._pattern = re.compile(any_of(labels).replace(r"\ ", r"[ _-]?"))

    def values(self, lowered: str) -> Iterator[tuple[str, int]]:
        """Yield every label's kind and where the value behind it would begin. `lowered`: what lower() returns."""
        for match in self._pattern.finditer(lowered):
            start, end = match.span()
            if lowered[start - 1 : start].isalnum() or (
                lowered[end - 1].isalnum() and lowered[end : end + 1].isalnum()
            ):
                continue
            connector = _CONNECTOR.match(lowered, end)
            assert connector is not None  # noqa: S101 (it matches the empty string too)
            yield self._kinds[re.sub("[ _-]", "", match.group())], connector.end()
