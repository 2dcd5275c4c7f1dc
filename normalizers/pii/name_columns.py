"""Columns of a table that hold persons' names, as their heads say: of one word alone the model is rarely sure.

Knows: tables, and such heads. Knows no names. A head such as "Name", which products and
parameters have as well, counts beside one of what only persons have.
"""

import re
from collections.abc import Iterator

from normalizers.pii import tables
from normalizers.pii.context import CONTEXT
from normalizers.pii.finding import Finding

_OF_PERSONS = (
    "first name|last name|full name|given name|family name|middle name|maiden name|forename|surname|patient(?: name)?"
    "|employee(?: name)?|attendee|applicant|tenant|claimant|student(?: name)?|teacher|guardian|vorname|nachname"
    "|familienname|prénom|nom de famille|nombres? y apellidos|apellidos?|cognome|voornaam|achternaam|förnamn|efternamn"
    "|fornavn|etternavn|efternavn|imię|nazwisko|sobrenome"
)
_OF_ANYTHING = "name|names|nom|nombre|naam|namn|navn|nome|contact|owner|customer|client|member|user"
_ONLY_OF_PERSONS = (
    "e-?mail(?: address)?|phone(?: number)?|mobile|cell|telephone|tel\\.?|telefon|teléfono|téléphone|telefono|dob"
    "|date of birth|birth ?date|birthday|geburtsdatum|ssn|home address|age|salary|gender|sex"
)
_AROUND = " \t\r\n\"'*_"
_PERSONS, _ANYTHING, _ONLY_PERSONS = (
    re.compile(heads, re.IGNORECASE) for heads in (_OF_PERSONS, _OF_ANYTHING, _ONLY_OF_PERSONS)
)
_HEAD = re.compile(
    rf"(?:^|[|\t;,])[ \"'*_]{{0,4}}(?:{_OF_PERSONS}|{_OF_ANYTHING})[ \"'*_]{{0,4}}(?=[|\t;,\r\n])",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:[ .'\u2019-]{1,2}[^\W\d_]+\.?){0,4}")
_NOBODY = frozenset(("N/A", "NA", "None", "Null", "Unknown", "Total", "TBD", "Vacant", "Various", "Yes", "No", "All"))


def find(text: str) -> Iterator[Finding]:
    """Yield the names in such columns. Linear time."""
    for table in tables.read(text) if _HEAD.search(text) else ():
        columns: list[int] = []
        for row in table:  # whose head may stand below other lines of as many cells
            if heads := _columns([text[slice(*cell)].strip(_AROUND) for cell in row]):
                columns = heads
            else:
                yield from (name for number in columns for name in _named(text, *row[number]))


def is_head(cell: str) -> bool:
    """Whether a cell is such a head, or one of what only persons have."""
    return any(heads.fullmatch(cell) for heads in (_PERSONS, _ANYTHING, _ONLY_PERSONS))


def _columns(heads: list[str]) -> list[int]:
    """Return the numbers of the columns that hold names, by the heads of all."""
    of_anything = any(map(_ONLY_PERSONS.fullmatch, heads))
    return [
        number
        for number, head in enumerate(heads)
        if _PERSONS.fullmatch(head) or (of_anything and _ANYTHING.fullmatch(head))
    ]


def _named(text: str, start: int, end: int) -> Iterator[Finding]:
    """Yield the name in a cell, if one is all of it."""
    name = text[start:end].strip(_AROUND)
    if _NAME.fullmatch(name) and name not in _NOBODY:
        begins = text.index(name, start, end)
        yield Finding(begins, begins + len(name), "PERSON", 0.7, CONTEXT)
