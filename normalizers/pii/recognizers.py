"""The first layer: personal data that has a grammar, found by that grammar, its check digits or the words before it.

Knows: which files of recognizers there are. They read folded text (`shadow.py`), take linear time, and load nothing.
"""

from normalizers.pii import (
    addresses,
    births,
    contacts,
    court_numbers,
    credentials,
    handles,
    identifiers,
    key_blocks,
    links,
    machines,
    name_columns,
    national_numbers,
    persons,
    rolls,
    secret_forms,
    surname_first,
    tokens,
)
from normalizers.pii.context import lower, numbers
from normalizers.pii.finding import Finding


def find(text: str, locale: str = "US") -> list[Finding]:
    """Return what was found in the folded `text`, by place; findings may overlap.

    `locale` is the region, ISO 3166-1, whose phone numbers are written without a country code.
    """
    lowered, places = lower(text), numbers(text)
    return sorted(
        [
            *key_blocks.find(text, lowered),
            *tokens.find(text),
            *credentials.find(text, lowered),
            *secret_forms.find(text, lowered),
            *links.find(text),
            *contacts.find(text, lowered, locale.upper()),
            *births.find(text, lowered),
            *identifiers.find(text, lowered, places),
            *national_numbers.find(text, lowered, places),
            *court_numbers.find(text, lowered, places),
            *machines.find(text, lowered, places),
            *addresses.find(text, lowered, places),
            *persons.find(text),
            *name_columns.find(text),
            *handles.find(text),
            *rolls.find(text),
            *surname_first.find(text),
        ]
    )
