"""From the words that the model of names judged to findings: which words are one name, and where it begins and ends.

Knows: how names and addresses are written. Knows nothing of the model, nor how sure it must be.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from normalizers.pii import layout
from normalizers.pii.finding import Finding

DETECTOR = "names"

_GAP = re.compile(r"[^\w\n]{0,3}|[^\w\n]{0,2}\n[^\w\n]?")  # what may stand inside one finding
_WITHIN_NAME = re.compile(r"(?! - )[ .'\"()-]{1,3}|[.-]?\n")  # what may stand inside a person's name
PARTICLE = "(?:van|von|de|der|den|del|della|dos|da|di|du|la|bin|ibn|al|el|ter|ten|zu)"
_PARTICLES = re.compile(rf" (?:{PARTICLE} ){{1,2}}")
_INITIALS = re.compile(r"(?<![\w.])(?!U\.S\.)(?:[A-Z]\.[ -]?){1,3}\Z")
_BEFORE = 24  # characters before a name that are read for them
# What the model takes along and no value begins or ends with; "(" may begin a phone number, and "+" too.
_LEADING = " \t\r\n.,;:!?\"'`)]}>-_/\\|*="
_TRAILING = " \t\r\n.,;:!?\"'`([{<-_/\\|*="


class Word(NamedTuple):
    """A word that holds personal data."""

    start: int
    end: int
    type: str
    label: str  # the model's, such as "SURNAME"
    begins: bool  # a new finding, says the model
    score: float


def findings(text: str, words: Iterable[Word], lines: layout.Layout) -> list[Finding]:
    """Return what the words, which rise, are together."""
    found = (_finding(text, run) for run in _runs(text, words, lines))
    return _with_initials(text, (finding for finding in found if finding.start < finding.end))


def _runs(text: str, words: Iterable[Word], lines: layout.Layout) -> Iterator[list[Word]]:
    """Group neighbouring words of one type; a word that begins a label that is there already begins a new group."""
    run: list[Word] = []
    for word in words:
        if run and not _belongs(text, run, word, lines):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _belongs(text: str, run: list[Word], word: Word, lines: layout.Layout) -> bool:
    last = run[-1]
    if word.type != last.type:
        return False
    if word.type == "PERSON":
        return _is_same_person(text, run, word, lines)
    if not _GAP.fullmatch(text, last.end, word.start) or layout.part(lines.row_borders, last.end, word.start):
        return False
    touches = word.start == last.end
    return touches or not (word.begins and any(word.label == other.label for other in run))


def _is_same_person(text: str, run: list[Word], word: Word, lines: layout.Layout) -> bool:
    """Whether a word of a name goes on with the name before it. What the model says of its beginning is a hint only."""
    last = run[-1]
    gap = text[last.end : word.start]
    if layout.part(lines.borders, last.end, word.start):
        return False
    if not gap or _PARTICLES.fullmatch(gap):
        return True
    labels = {other.label for other in run}
    if gap == ", ":  # "Berg, Ida", but not "Ida, Ole"
        return word.label == "GIVEN_NAME" and labels == {"SURNAME"}
    if not _WITHIN_NAME.fullmatch(gap):
        return False
    if gap == " " and not (word.label == "GIVEN_NAME" and "SURNAME" in labels):
        return True
    return not (word.begins and word.label in labels)


def _finding(text: str, run: list[Word]) -> Finding:
    """Make one finding of a group, without the punctuation at its ends: empty when it was nothing else."""
    start, end = run[0].start, run[-1].end
    while start < end and text[start] in _LEADING:
        start += 1
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    return Finding(start, end, run[0].type, min(word.score for word in run), DETECTOR)


def _with_initials(text: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, which rise, with a person's initials where they stand before the name: "J.-P. Moreau"."""
    whole: list[Finding] = []
    for finding in findings:
        initials = _INITIALS.search(text, max(0, finding.start - _BEFORE), finding.start)
        if finding.type == "PERSON" and initials:
            while whole and whole[-1].start >= initials.start():
                whole.pop()
            start = max(initials.start(), whole[-1].end if whole else 0)
            finding = finding._replace(start=start)
        whole.append(finding)
    return whole
