"""Columns of a table that hold persons' names, as their heads say: of one word alone the model is rarely sure.

Knows: how tables are written in plain text, a line a row, and such heads. Knows no names. A head such as "Name", which
products and parameters have as well, counts beside one of what only persons have.
"""

import re
from collections.abc import Iterator

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
_DELIMITERS = "|\t;,"
_HEAD = re.compile(
    rf"(?:^|[|\t;,])[ \"'*_]{{0,4}}(?:{_OF_PERSONS}|{_OF_ANYTHING})[ \"'*_]{{0,4}}(?=[|\t;,\r\n])",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_HEAD = 1_000  # characters
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_RULE = re.compile(r"[ \t|:+=-]+\r?\n")
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:[ .'\u2019-]{1,2}[^\W\d_]+\.?){0,4}")
_NOBODY = frozenset(("N/A", "NA", "None", "Null", "Unknown", "Total", "TBD", "Vacant", "Various", "Yes", "No", "All"))


def find(text: str) -> Iterator[Finding]:
    """Yield the names in such columns. Linear time: a table's rows are not read again as heads."""
    read_until = 0
    for found in _HEAD.finditer(text):
        start = text.rfind("\n", max(0, found.start() - _LONGEST_HEAD), found.end()) + 1
        end = text.find("\n", found.end(), found.end() + _LONGEST_HEAD)
        if start < read_until or found.start() - start > _LONGEST_HEAD or end < 0:
            continue
        delimiter = max(_DELIMITERS, key=text[start:end].count)
        heads = text[start:end].split(delimiter)
        read_until = end + 1
        if columns := _columns([cell.strip(_AROUND) for cell in heads]):
            for row in _LINE.finditer(text, read_until):
                cells = row.group().split(delimiter)
                if len(cells) == len(heads):
                    yield from _named(row.start(), cells, columns)
                elif not _RULE.fullmatch(row.group()):
                    break
                read_until = row.end()


def _columns(heads: list[str]) -> list[int]:
    """Return the numbers of the columns that hold names, by the heads of all."""
    of_anything = any(map(_ONLY_PERSONS.fullmatch, heads))
    return [
        number
        for number, head in enumerate(heads)
        if len(heads) > 1 and (_PERSONS.fullmatch(head) or (of_anything and _ANYTHING.fullmatch(head)))
    ]


def _named(start: int, cells: list[str], columns: list[int]) -> Iterator[Finding]:
    """Yield the names among a row's cells, which begin at `start`."""
    for number in columns:
        name = cells[number].strip(_AROUND)
        if _NAME.fullmatch(name) and name not in _NOBODY:
            begins = start + sum(len(cell) + 1 for cell in cells[:number]) + cells[number].index(name)
            yield Finding(begins, begins + len(name), "PERSON", 0.7, CONTEXT)
