"""Whether a name, a place or a number that identifies is believed: how it is written, and where else it stands.

Knows: findings, and how likely the model holds each word of the text to be a name. Knows nothing of the model, which
reads a few sentences at a time: in prose about software it takes a product for a person in one place of ten, and a
person for one in most. In a short text, and in one about people, almost nothing that may be a name is let go.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from normalizers.pii.finding import Finding
from normalizers.pii.phrases import words

# How likely a name a word must be on average over the places where it stands, if they are more than one. Chosen on
# the even items of benchmarks/pii.py, and on every second text of its technical prose.
LIKELIHOOD = 0.4
LOWER_CASE_LIKELIHOOD = 0.6
LIKELIHOOD_AMONG_PEOPLE = 0.05
SHORTEST_ECHO = 3  # letters
SHORT = 100  # words; a text of fewer is no witness
PEOPLE = 2 / 1000  # full names, by words, from which a text is about people
FIRST_NAME = 1 / 5  # what a name of one word counts there, because it may be a product's
FOR_SURE = 0.5  # the score from which a name counts there

_NUMBERS = ("PASSPORT", "TAX_ID", "LICENCE", "ID_NUMBER")
_THREE_DIGITS = re.compile(r"\d{3}")
_LETTERS = re.compile(r"[^\W\d_]{3}")
# Beside a place, or in a text about addresses, digits are a house's number or a post code, with some letters or none.
_BESIDE_PLACE = 60  # characters
_OF_ADDRESSES = re.compile(
    r"(?<![^\W_])(?:zip|post(?:al)?[ _-]?codes?|postcodes?|plz|postleitzahl|code postal|código postal|c\.?p\.|cap|cep"
    r"|codice postale|addresse?s?|adress[ea]n?|direcci[óo]n|indirizzo|endereço|pin ?code|city|town|street"
    r"|suburb|locality)"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"[A-Z\d]{5,}")  # SW1A1AA, but not S3, base64 or s390x
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Sir|Lord|Lady|President|Senator|Judge|Captain|Colonel|Officer)\.?\s\Z"
)
_LONGEST_TITLE = 12  # characters


class Likelihood(NamedTuple):
    """How likely a word is part of a name or a place."""

    start: int
    end: int
    value: float


def believed(text: str, findings: Iterable[Finding], likelihoods: Sequence[Likelihood]) -> list[Finding]:
    """Return the findings without those that their form or the text as a whole speaks against. Linear time."""
    findings = [finding for finding in findings if _may_be(finding.type, _value(text, finding))]
    findings = _without_bare_numbers(text, findings)
    if len(likelihoods) < SHORT:
        return findings
    doubtful = {finding for finding in findings if _is_doubtful(text, finding)}
    among_people = _is_about_people(text, findings, len(likelihoods))
    refused = _unlikely(text, likelihoods, {_form(_value(text, finding)) for finding in doubtful}, among_people)
    return [f for f in findings if f not in doubtful or _form(_value(text, f)) not in refused]


def echoes(text: str, findings: Iterable[Finding], likelihoods: Sequence[Likelihood]) -> list[Finding]:
    """Return the other places of names in lower case that are names on average: "ingrid" in a chat. Linear time."""
    found = {finding.start: finding for finding in findings if finding.type == "PERSON"}
    covered = {start for f in found.values() for start in range(f.start, f.end)}
    known = {text[w.start : w.end] for w in likelihoods if w.start in covered and text[w.start : w.end].islower()}
    places: dict[str, list[Likelihood]] = {word: [] for word in known if len(word) >= SHORTEST_ECHO}
    for word in likelihoods if places else ():
        if text[word.start : word.end] in places:
            places[text[word.start : word.end]].append(word)
    likely = (words for words in places.values() if sum(w.value for w in words) >= LOWER_CASE_LIKELIHOOD * len(words))
    detector = next((finding.detector for finding in found.values()), "")
    return [
        Finding(word.start, word.end, "PERSON", word.value, detector)
        for words in likely
        for word in words
        if word.start not in covered
    ]


def _without_bare_numbers(text: str, findings: list[Finding]) -> list[Finding]:
    """Return the findings without places of digits where nothing else says that there is an address."""
    places = [finding for finding in findings if finding.type == "LOCATION"]
    named = [place.end for place in places if _LETTERS.search(_value(text, place))]
    bare = {place for place in places if not _LETTERS.search(_value(text, place)) and not _is_near(named, place)}
    if not bare or _OF_ADDRESSES.search(text) or not _LETTERS.search(text):
        return findings
    return [found for found in findings if found not in bare]


def _is_near(ends: Sequence[int], place: Finding) -> bool:
    """Whether one of the rising ends of named places stands beside a place."""
    at = bisect_left(ends, place.start - _BESIDE_PLACE)
    return at < len(ends) and ends[at] <= place.end + 2 * _BESIDE_PLACE


def _value(text: str, finding: Finding) -> str:
    return text[finding.start : finding.end]


def _may_be(kind: str, value: str) -> bool:
    """Whether a value is written as a place or a number that identifies may be; all others may be written anyhow."""
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    if kind in _NUMBERS:  # not such as "manylinux2014", nor "EN" before a standard's
        return (digits > 0 or letters > 2) and (not value.islower() or 3 * digits >= len(value))
    if kind != "LOCATION":
        return True
    if not letters:  # house numbers of one or two digits tell nothing alone
        return _THREE_DIGITS.search(value) is not None
    return not digits or len(words(value)) > 1 or _POSTCODE.fullmatch(value) is not None


def _is_doubtful(text: str, finding: Finding) -> bool:
    """Whether nothing beside a name or place of one word says that it is one."""
    if finding.type not in ("PERSON", "LOCATION") or len(words(_value(text, finding))) > 1:
        return False
    return _TITLE.search(text, max(0, finding.start - _LONGEST_TITLE), finding.start) is None


def _is_about_people(text: str, findings: Iterable[Finding], count: int) -> bool:
    persons = [_value(text, found) for found in findings if found.type == "PERSON" and found.score >= FOR_SURE]
    full_names = sum(len(words(person)) > 1 for person in persons)
    first_names = sum(len(words(person)) == 1 and person.istitle() for person in persons)
    return full_names + FIRST_NAME * first_names >= PEOPLE * count


def _form(word: str) -> str:
    """Return what the places have in common that speak for one another: "rust" says nothing of "Rust"."""
    return word if word.islower() else word.upper()


def _unlikely(text: str, likelihoods: Iterable[Likelihood], forms: set[str], among_people: bool) -> set[str]:
    """Return those of the words that stand in several places and are no likely names there on average."""
    values: dict[str, list[float]] = {form: [] for form in forms}
    for start, end, value in likelihoods if forms else ():
        form = _form(text[start:end])
        if form in values:
            values[form].append(value)

    def needed(form: str) -> float:
        if among_people:
            return LIKELIHOOD_AMONG_PEOPLE
        return LOWER_CASE_LIKELIHOOD if form.islower() else LIKELIHOOD

    return {form for form, found in values.items() if len(found) > 1 and sum(found) < needed(form) * len(found)}
