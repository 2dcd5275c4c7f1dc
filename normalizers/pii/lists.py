"""A list of names is one throughout: what the model knows of most of its items holds for all of them.

Knows: findings, given names, how likely the model holds each word to be a name, and where a text has lists. Knows
nothing of the model. An item of two to four words is one person, so that no first name stays and no line is two of
them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from normalizers.pii import forenames
from normalizers.pii.finding import Finding
from normalizers.pii.layout import Span
from normalizers.pii.plausible import Likelihood

SURE = 0.4  # the score from which a word counts as a name in its item
PLACE = 0.4  # the score from which a place is none
MOST = 1 / 2  # of a list's items, two at least
NEARLY_ALL = 3 / 4  # of them, three at least: the rest needs no likelihood
LIKELY_IN_LIST = 0.02  # of the item's likeliest word
LIKELY_IN_ITEM = 0.03  # of every word of an item that has a sure one


def complete(
    text: str, findings: Iterable[Finding], likelihoods: Sequence[Likelihood], lists: Iterable[Sequence[Span]]
) -> list[Finding]:
    """Return the findings with an item of a list as one person where the list or the rest of the item says so."""
    findings = sorted(findings)
    starts = [finding.start for finding in findings]
    words = [word.start for word in likelihoods]

    def within(cell: Span) -> list[Finding]:
        return findings[bisect_left(starts, cell[0]) : bisect_left(starts, cell[1])]

    def persons(cell: Span) -> list[Finding]:
        return [found for found in within(cell) if found.type == "PERSON" and found.score >= SURE]

    def has_given_name(cell: Span) -> bool:
        first, *others = text[slice(*cell)].replace(",", "").split(" ")
        if forenames.is_one(first) or (others and forenames.is_word(first)):
            return True
        is_place = any(found.type == "LOCATION" and found.score >= PLACE for found in within(cell))
        return any(map(forenames.is_one, others)) and not is_place

    whole: dict[Span, Finding] = {}
    for cells in lists:
        named = [cell for cell in cells if persons(cell) or has_given_name(cell)]
        is_of_names = len(named) > 1 and any(map(persons, cells)) and len(named) >= MOST * len(cells)
        needed = 0.0 if len(named) > 2 and len(named) >= NEARLY_ALL * len(cells) else LIKELY_IN_LIST
        for cell in cells:
            likely = [word.value for word in likelihoods[bisect_left(words, cell[0]) : bisect_left(words, cell[1])]]
            sure = persons(cell)
            by_list = is_of_names and max(likely, default=0) >= needed
            if by_list or (sure and min(likely, default=0) >= LIKELY_IN_ITEM):
                score = max((found.score for found in sure), default=LIKELY_IN_LIST)
                whole[cell] = Finding(*cell, "PERSON", score, findings[0].detector)
    gone = {found for cell in whole for found in within(cell)}
    return sorted([*(found for found in findings if found not in gone), *whole.values()])
