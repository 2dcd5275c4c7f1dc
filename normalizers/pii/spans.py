"""Stretches of a text: parted, joined, replaced, and led back to where they came from.

Knows: findings, which are disjoint or overlap, and the placeholders that stand for them. Knows nothing about how
anything is found, or which values a request has.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from contract.document import Redaction
from normalizers.pii.context import CHECKSUM
from normalizers.pii.finding import Finding
from normalizers.pii.phrases import words

# When findings overlap the earlier type names the union: what has check digits or a strict grammar before the rest.
TYPES = (
    *("SECRET", "CARD", "IBAN", "CRYPTO", "SSN", "URL", "EMAIL", "IP", "CASE_NUMBER", "PHONE", "PASSPORT"),
    *("TAX_ID", "LICENCE", "ID_NUMBER", "DATE_OF_BIRTH", "PERSON", "LOCATION", "TERM"),
)
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(TYPES)})(?:_[0-9]{{1,9}})?\]")
KNOWN = "known value"  # the detector of what was found elsewhere in the request


class Edit(NamedTuple):
    """What stands in the place of a finding."""

    start: int  # in the folded text
    end: int
    placeholder: str
    finding: Finding


class Regions:
    """Stretches of a text that are not to be replaced."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def hold(self, finding: Finding) -> bool:
        """Whether the whole finding lies in one of them."""
        return self.holds(finding.start, finding.end)

    def holds(self, start: int, end: int) -> bool:
        """Whether a whole stretch lies in one of them."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]

    def within(self, finding: Finding) -> Iterator[tuple[int, int]]:
        """Yield those that touch the finding, in order."""
        at = bisect_right(self._ends, finding.start)
        while at < len(self._starts) and self._starts[at] < finding.end:
            yield self._starts[at], self._ends[at]
            at += 1


def outside(text: str, finding: Finding, closed: Regions) -> Iterator[Finding]:
    """Yield the parts of a finding that lie outside of `closed` and hold a letter or digit, without spaces around."""
    start = finding.start
    for closed_start, closed_end in [*closed.within(finding), (finding.end, finding.end)]:
        part = text[start:closed_start] if closed_start > start else ""
        if words(part):
            left, right = len(part) - len(part.lstrip()), len(part.rstrip())
            yield finding._replace(start=start + left, end=start + right)
        start = max(start, closed_end)


def union(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield overlapping findings as one, named by the one that is surest of its type."""
    joined: Finding | None = None
    for finding in sorted(findings):
        if joined is None or finding.start >= joined.end:
            if joined is not None:
                yield joined
            joined = finding
        else:
            surest = min(joined, finding, key=_rank)
            joined = surest._replace(start=joined.start, end=max(joined.end, finding.end))
    if joined is not None:
        yield joined


def _rank(finding: Finding) -> tuple[bool, int, bool, float]:
    return finding.detector != CHECKSUM, TYPES.index(finding.type), finding.detector == KNOWN, -finding.score


def substitute(text: str, edits: Sequence[Edit]) -> tuple[str, Callable[[int], int]]:
    """Return the text with the edits made, and what leads a place in it, outside of the edits, back to `text`."""
    pieces: list[str] = []
    new_starts, old_starts = [0], [0]
    for edit in edits:
        pieces += (text[old_starts[-1] : edit.start], edit.placeholder)
        new_starts.append(new_starts[-1] + len(pieces[-2]) + len(pieces[-1]))
        old_starts.append(edit.end)
    pieces.append(text[old_starts[-1] :])

    def origin(place: int) -> int:
        at = bisect_right(new_starts, place) - 1
        return old_starts[at] + place - new_starts[at]

    return "".join(pieces), origin


def apply(text: str, edits: Iterable[tuple[int, int, Edit]]) -> tuple[str, tuple[Redaction, ...]]:
    """Return the original text with the edits made at their places in it, and the report of them."""
    pieces: list[str] = []
    redactions: list[Redaction] = []
    position = 0
    for start, end, edit in edits:
        # Two edits may meet in one character of the original, such as a ligature.
        start = max(start, position)
        pieces += (text[position:start], edit.placeholder)
        found = edit.finding
        redactions.append(
            Redaction(type=found.type, start=start, end=end, detector=found.detector, score=round(found.score, 3))
        )
        position = end
    return "".join((*pieces, text[position:])), tuple(redactions)
