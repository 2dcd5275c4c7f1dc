"""Personal data replaced by placeholders: what every detector finds, joined, and found again wherever it stands.

Knows: detectors as functions from folded text to findings, and placeholders. Knows nothing about how anything is
detected, nor about documents. The values live in a `Redactor`, one per request, and leave it nowhere: not in an
error, a report, a log or a repr.
"""

import re
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from contract.document import Redaction
from errors import Fault
from normalizers.pii import eponyms, namesakes, scripts
from normalizers.pii.context import CONTEXT, PATTERN
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.phrases import Phrases, words
from normalizers.pii.shadow import Shadow, fold
from normalizers.pii.spans import KNOWN, PLACEHOLDER, TYPES, Edit, Regions, apply, outside, substitute, union

_NAMES = ("PERSON", "LOCATION")
_NO_NAME = frozenset(
    ("dr", "mr", "mrs", "ms", "mx", "prof", "the", "and", "von", "van", "der", "den", "del", "bin", "ibn")
)
_LOWER_CASE_WORD = re.compile(r"(?<!\S)([^\W\d_A-Z]++)(?=[.,;:!?)]{0,3}(?:\s|\Z))")
_NAME_AT_END = re.compile(r"(?<![^\W_])[^\W\d_a-z](?:[\w'-]+|\.) \Z")
_NAME_AT_START = re.compile(r" [^\W\d_a-z][^\W\d_]")
_LONGEST_NAME = 40  # characters
_OF_LOCAL_PART = re.compile("[._-]")
_GIVEN_AND_SURNAME = 2  # words
_ONE_WORD = re.compile(r"[\w-]+")  # but not what is "Parkinson's"
_LEADING_SEPARATOR = re.compile(r"[\s,;/&|]+(?:(?:and|or) )?")  # what is left before a name when another is cut off
_MIN_PART = 3  # letters of a name's part that is looked for alone
_MAX_ROUNDS = 8


class Redactor:
    """One request's redaction, the same for its document, its passages and its summary. Not for several threads."""

    def __init__(
        self, mode: str, detectors: Sequence[Detector], keep_terms: Sequence[str] = (), *, refuse: bool = False
    ) -> None:
        """Make one that writes "[PERSON]" (`mode` "mask") or "[PERSON_1]", stable for a value ("pseudonym").

        `detectors` stand in the order of their cost. The first reads a text again once all findings are replaced,
        and is what the finished summary is scanned with. `keep_terms` are never redacted. `refuse`: a text with words
        in a script whose names are not found is not redacted but refused.
        """
        if mode not in ("mask", "pseudonym"):
            raise ValueError('mode must be "mask" or "pseudonym"')
        self._mode = mode
        self._detectors = tuple(detectors)
        self._known = Phrases()
        self._keep = Phrases()
        for term in keep_terms:
            self._keep.add(words(fold(term).text), "keep")
        self._pseudonyms: dict[tuple[str, object], str] = {}
        self._count: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._refuse = refuse
        self.scripts_not_covered: set[str] = set()  # of all that was redacted so far

    def __repr__(self) -> str:
        return f"Redactor(mode={self._mode!r}, detectors={len(self._detectors)}, values={len(self._known)})"

    def redact(self, text: str) -> tuple[str, tuple[Redaction, ...]]:
        """Return the text with placeholders, and what was replaced in code points of `text`.

        Raises UserError E1018 where uncovered scripts are refused, and Fault E5004.
        """
        shadow = fold(text)
        uncovered = scripts.not_covered(shadow.text)
        if self._refuse:
            scripts.refuse(shadow.text, uncovered)
        self.scripts_not_covered |= uncovered.keys()
        self._seen.update(PLACEHOLDER.findall(text))
        return self._replace(text, shadow, self._detectors)

    def recheck(self, text: str) -> tuple[str, tuple[Redaction, ...]]:
        """Do the same to a text made from redacted ones: with the known values and the first detector only."""
        return self._replace(text, fold(text), self._detectors[:1])

    def has_seen(self, placeholder: str) -> bool:
        """Whether the placeholder stands in a text that was redacted here."""
        return placeholder in self._seen

    def may_continue(self, text: str) -> bool:
        """Whether a known value may have begun at the end of `text` and go on behind it."""
        return self._known.may_continue(fold(text).text)

    def _replace(self, text: str, shadow: Shadow, detectors: Sequence[Detector]) -> tuple[str, tuple[Redaction, ...]]:
        edits: list[Edit] = []
        for _ in range(_MAX_ROUNDS):
            current, origin = substitute(shadow.text, edits)
            findings = self._find(current, detectors)
            if not findings:
                break
            for finding in findings:
                start, end = origin(finding.start), origin(finding.end - 1) + 1
                placeholder = self._placeholder(finding.type, current[finding.start : finding.end])
                insort(edits, Edit(start, end, placeholder, finding))
            # With one value gone another may stand free, and to redact the result once more must change nothing.
            detectors = self._detectors[:1]
        return apply(text, [(*shadow.span(edit.start, edit.end), edit) for edit in edits])

    def _find(self, text: str, detectors: Sequence[Detector]) -> list[Finding]:
        """Return what is to be replaced in a folded text: disjoint, outside of placeholders, in order."""
        placeholders = [match.span() for match in PLACEHOLDER.finditer(text)]
        terms = placeholders + [(start, end) for start, end, _ in self._keep.find(text)]
        kept, closed = Regions(terms), Regions(placeholders)
        # In most rounds no name is found that asks for them.
        things = cache(lambda: [*namesakes.find(text)])
        of_things = cache(lambda: Regions(things()))
        of_things_or_anybodys = cache(lambda: Regions([*things(), *eponyms.find_of_anybody(text)]))

        def allowed(findings: Iterable[Finding]) -> Iterator[Finding]:
            for finding in findings:
                # A kept term is cut out of a name, but not out of an email or a key, whose rest would tell it.
                if finding.type in _NAMES and finding.detector not in (PATTERN, CONTEXT):
                    named = of_things() if _is_met(finding) else of_things_or_anybodys()
                    for part in outside(text, finding, kept):
                        yield from _outside_namesakes(text, part, named)
                elif finding.type in (*_NAMES, "TERM") or kept.hold(finding):
                    yield from outside(text, finding, kept)
                else:
                    yield from outside(text, finding, closed)

        found = list(allowed(_detect(text, detectors)))
        self._learn(text, found)
        known = (Finding(start, end, label, 1.0, KNOWN) for start, end, label in self._known.find(text))
        return list(union([*found, *allowed(known)]))

    def _learn(self, text: str, findings: Sequence[Finding]) -> None:
        """Remember the values, and of persons' names the parts that are no ordinary words in this text."""
        persons: list[tuple[str, ...]] = []
        for finding in findings:
            value = text[finding.start : finding.end]
            phrase = words(value)
            if len(phrase) > 1 or _tells_alone(finding.type, value):
                capital = finding.type in _NAMES and len(phrase) == 1 and not value[0].islower()
                self._known.add(phrase, finding.type, capital)
            if finding.type == "PERSON" and len(phrase) > 1:
                persons.append(phrase)
            elif finding.type == "EMAIL":
                persons += _named_in(value)
            if finding.type == "PERSON" and len(phrase) == _GIVEN_AND_SURNAME:
                for login in _logins(*phrase):
                    self._known.add((login,), "PERSON")
        ordinary = _NO_NAME | self._ordinary_words(text) if persons else _NO_NAME
        for part in {part for phrase in persons for part in phrase} - ordinary:
            if len(part) >= _MIN_PART and part.isalpha():
                self._known.add((part,), "PERSON", capital=True)

    def _ordinary_words(self, text: str) -> set[str]:
        """Return the words that stand in lower case, and not in a known value, in a text."""
        rest, position = [], 0
        for start, end, _ in self._known.find(text):
            rest.append(text[position:start])
            position = max(position, end)
        return {word.casefold() for word in _LOWER_CASE_WORD.findall(" - ".join([*rest, text[position:]]))}

    def _placeholder(self, kind: str, value: str) -> str:
        placeholder = f"[{kind}]" if self._mode == "mask" else self._pseudonym(kind, value)
        self._seen.add(placeholder)
        return placeholder

    def _pseudonym(self, kind: str, value: str) -> str:
        key: object = "".join(value.split()).casefold()
        if kind in _NAMES:  # in any order: "Berg, Ida"
            key = frozenset(word for word in words(value) if word not in _NO_NAME) or key
        if (kind, key) not in self._pseudonyms:
            self._count[kind] += 1
            while f"[{kind}_{self._count[kind]}]" in self._seen:  # it came with a text that was redacted before
                self._count[kind] += 1
            self._pseudonyms[kind, key] = f"[{kind}_{self._count[kind]}]"
            if kind == "PERSON" and isinstance(key, frozenset):
                for short in _shorter(key):  # a surname alone is whom it was first met with
                    self._pseudonyms.setdefault((kind, short), self._pseudonyms[kind, key])
        return self._pseudonyms[kind, key]


def _detect(text: str, detectors: Sequence[Detector]) -> list[Finding]:
    """Return what all detectors find. Raises Fault E5004 when one fails: text is never passed on unread."""
    findings: list[Finding] = []
    failed = ""
    for detector in detectors:
        try:
            findings += detector(text)
        except Exception as error:
            failed = type(error).__name__
    if any(not 0 <= finding.start < finding.end <= len(text) or finding.type not in TYPES for finding in findings):
        failed = "a finding outside the text or of an unknown type"
    if failed:
        # Raised out here, so that no context leads to an exception that may hold the text.
        raise Fault("E5004", f"personal data could not be looked for ({failed})")
    return findings


def _outside_namesakes(text: str, finding: Finding, named: Regions) -> Iterator[Finding]:
    """Yield the parts of a name outside of what names no one, if that is no part of a person's name itself."""
    spans = [span for span in named.within(finding) if not _is_of_person(text, finding, *span)]
    for part in outside(text, finding, Regions(spans)):
        if separator := _LEADING_SEPARATOR.match(text, part.start, part.end):
            part = part._replace(start=separator.end())
        if part.start < part.end:
            yield part


def _is_of_person(text: str, finding: Finding, start: int, end: int) -> bool:
    """Whether a stretch is of a person's name: of one met before, and no word beside it says otherwise, or longer."""
    is_full_or_alone = " " in text[finding.start : finding.end] or _ONE_WORD.fullmatch(text, start, end) is not None
    return (_is_met(finding) and is_full_or_alone) or _goes_on(text, finding, start, end)


def _is_met(finding: Finding) -> bool:
    """Whether it is a person who was named elsewhere."""
    return finding.detector == KNOWN and finding.type == "PERSON"


def _goes_on(text: str, finding: Finding, start: int, end: int) -> bool:
    """Whether a name goes on beyond a stretch: "Anna" before "Berg method", "Hansen" behind "Romberg"."""
    if _NAME_AT_END.search(text, max(finding.start, start - _LONGEST_NAME), max(start, finding.start)):
        return True
    term = text[start:end]
    if " " in term or term in namesakes.TITLES:
        return False
    return _NAME_AT_START.match(text, end, max(end, finding.end)) is not None


def _named_in(email: str) -> Iterator[tuple[str, ...]]:
    """Yield the person whom an email names, if it does: dana.whitcombe@, but not customer.support@."""
    local = tuple(_OF_LOCAL_PART.split(email.partition("@")[0].casefold()))
    if len(local) == _GIVEN_AND_SURNAME and any(word.capitalize() in eponyms.given_names() for word in local):
        yield local


def _logins(given: str, surname: str) -> Iterator[str]:
    """Yield what somebody of this name logs in with: "fwhitcombe", "felicityw", "whitcombef"."""
    if len(given) >= _MIN_PART and len(surname) > _MIN_PART and (given + surname).isalpha():
        yield from (given[0] + surname, given + surname[0], surname + given[0], given + surname)


def _shorter(name: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield in what shorter ways a person of this name is called: by one of its words, by some with an initial."""
    for word in name:
        yield frozenset((word,))
        yield from (frozenset((word, other[0])) for other in name - {word} if len(other) > 1)


def _tells_alone(kind: str, word: str) -> bool:
    """Whether a value of one word is looked for elsewhere: a house number, a place in lower case, part of a URL not."""
    if kind == "URL":
        return False
    if kind == "LOCATION":
        return len(word) > _MIN_PART + word.isdigit() and not word[0].islower()
    return len(word) > _MIN_PART or (kind == "PERSON" and len(word) == _MIN_PART and word.isalpha())
