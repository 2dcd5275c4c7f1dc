"""Names whose surname stands first, in capitals: "VAN DOORN, Hilde", "LEFEBVRE Solange".

Knows: that form, given names and surnames. Knows nothing of the model, to which capitals among small letters are an
acronym.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames, surnames
from normalizers.pii.context import PATTERN
from normalizers.pii.finding import Finding

_CAPITALS = r"[^\W\d_a-z](?:[^\W\d_a-z]|['-](?=[^\W\d_a-z]))"
_SURNAME = rf"(?:{_CAPITALS}+ ){{0,2}}{_CAPITALS}{{2,}}"
_NAME = re.compile(
    rf"(?<![\w.'-])(?P<surname>{_SURNAME})(?P<comma>,)? (?P<given>[^\W\d_a-z][^\W\d_A-Z]+(?:-[^\W\d_]+)?)(?![\w'-])"
)


def find(text: str) -> Iterator[Finding]:
    """Yield such names in the folded text. Linear time."""
    for match in _NAME.finditer(text):
        surname = match["surname"]
        is_written_so = surname.isupper() and (match["comma"] or surnames.is_one(surname))
        if is_written_so and forenames.is_one(match["given"]):
            yield Finding(*match.span(), "PERSON", 0.7, PATTERN)
