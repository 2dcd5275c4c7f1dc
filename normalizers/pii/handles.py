"""Names that people go by on the web: "@j.pembroke", "@anneliese_vogt", "#JanePembroke".

Knows: how such a name is made of a given name and a surname. Knows nothing of the model, to which it is one odd word.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames
from normalizers.pii.context import PATTERN, holds
from normalizers.pii.finding import Finding
from splitting.words import listed

# An npm scope, "@types/node", and a call, "@t.override(", are none.
_TAG = re.compile(r"(?<![\w@#&/.])[@#]([^\W\d_][\w.-]{3,40})(?![\w/(])")
_PART = re.compile(r"[^\W\d_a-z][^\W\d_A-Z]+|[^\W\d_A-Z]+|[^\W\d_]+")
# Where a line begins it is a decorator in Python.
_INITIAL = re.compile(r"(?<=[^\s@])[ (,;:]{1,2}@[a-z][._][a-z]{4,24}(?=[\s,;:!?)]|\.?(?:\s|\Z))")
_MOST = 3  # parts
_SHORTEST_SURNAME, _SHORTEST_GLUED = 3, 5  # letters
# What follows a given name in a tag that is no person's.
_NO_SURNAME = listed(
    "day days week weekend month year years tour tours fan fans show live music fest festival award awards cup "
    "strong law park street road city town beach bay hall house school university college club team fc news media "
    "group official lives matter forever for and the of in is at has was can will on to with from day2 birthday "
    "wedding party movie film series book books art photo photography design studio studios shop store cafe bar "
    "ville burg land shire field ton ford dev bot app api js py io hq tv uk us usa labs lab tech inc co org "
    "foundation trust open classic marathon gate"
)


def find(text: str) -> Iterator[Finding]:
    """Yield such names in the folded text, without the mark before them."""
    if not holds(text, "@", "#"):
        return
    for match in _TAG.finditer(text):
        name = match.group(1).rstrip(".-_")
        if _is_persons(name):
            yield Finding(match.start(1), match.start(1) + len(name), "PERSON", 0.7, PATTERN)
    for match in _INITIAL.finditer(text):
        yield Finding(text.index("@", match.start()) + 1, match.end(), "PERSON", 0.6, PATTERN)


def _is_persons(name: str) -> bool:
    first, *others = _PART.findall(name)
    if len(others) >= _MOST or any(part.casefold() in _NO_SURNAME for part in others):
        return False
    if others:
        return forenames.is_one(first) and len(others[-1]) >= _SHORTEST_SURNAME
    return name.islower() and _is_glued(name)


def _is_glued(name: str) -> bool:
    """Whether a name in small letters is a given name and a surname: "hannahwestcott"."""
    for end in range(len(name) - _SHORTEST_GLUED, _SHORTEST_GLUED - 1, -1):
        if forenames.is_one(name[:end]):
            rest = name[end:]
            return not any(rest.startswith(word) or rest.endswith(word) for word in _NO_SURNAME if len(word) > 2)
    return False
