"""A document on its way through the normalizers.

Knows: its text, and what was taken out of it. Knows nothing of files, models or summaries.
"""

from contract.value import Private, Value

HIDDEN_TEXT = "hidden text"  # the kind of what a file has and no reader sees: a place for planted instructions


class Removal(Value):
    """Boilerplate that a normalizer took out."""

    kind: str  # such as "navigation", "signature", "cookie banner"
    characters: int


class Redaction(Value):
    """One piece of personal data that was replaced. Never the value."""

    type: str  # such as "PERSON"
    start: int  # code points in the extracted text, before anything was replaced
    end: int
    detector: str
    score: float


class Document(Value):
    """A document on its way through the normalizers, and what they took out of it."""

    text: Private
    media_type: str  # what it was made from, such as "text/html"
    extracted: Private = ""  # the text before redaction and cleaning, where the request asks to have it back
    removals: tuple[Removal, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    scripts_not_covered: tuple[str, ...] = ()  # such as "Cyrillic": it has words in them, whose names stay unfound
