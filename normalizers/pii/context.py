"""Words that say what the value behind them is: "SSN: ", "passport no. ", "born on ".

Knows: where in a text such words stand. Knows nothing about the values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

CHECKSUM, PATTERN, CONTEXT = "checksum", "pattern", "context"  # how a recognizer knows: the names of our detectors

_CONNECTOR = re.compile(
    r"""(?>(?:[\s.:=#"'>*_|\\-]{1,4}"""
    r"|\b(?:numbers?|num|no|nr|is|was|are|code|of|the|my|at|on|in|with|file|to|it's)\b){0,9})"
)
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower(text: str) -> str:
    """Return the text with ASCII letters in lower case: unlike str.lower(), of the same length always."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


class Labels:
    """Labels, each of one kind of value."""

    def __init__(self, kinds: Mapping[str, Sequence[str]]) -> None:
        """Take the labels in lower case; a blank in one matches a blank, an underscore, a dash or nothing."""
        self._kinds = {label.replace(" ", ""): kind for kind, labels in kinds.items() for label in labels}
        labels = sorted((label for labels in kinds.values() for label in labels), key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(label).replace(r"\ ", r"[ _-]?") for label in labels))

    def values(self, lowered: str) -> Iterator[tuple[str, int]]:
        """Yield every label's kind and where the value behind it would begin. `lowered`: what lower() returns."""
        for match in self._pattern.finditer(lowered):
            start, end = match.span()
            if lowered[start - 1 : start].isalnum() or lowered[end : end + 1].isalnum():
                continue
            connector = _CONNECTOR.match(lowered, end)
            assert connector is not None  # noqa: S101 (it matches the empty string too)
            yield self._kinds[re.sub("[ _-]", "", match.group())], connector.end()
