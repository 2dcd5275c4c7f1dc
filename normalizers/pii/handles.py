"""Names that people go by on the web: "@j.pembroke", "@anneliese_vogt", "@tkowalski-dev", "#JusticeForJane".

Knows: how such a name, or one to log in with, is made of a given name, an initial and a surname. Knows nothing of the
model, to which it is one odd word.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames, surnames
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
# What stands beside a name in a tag, to say whose it is, what that person does, or where.
_BESIDE = listed(
    "the real its official im iam hey mr mrs ms dr prof sir dev devs dj code codes codez coder tech work works office "
    "hq io gh git oss ops eng data sec web app test admin mod bot tv ttv yt ig art music photo photos writes tweets "
    "news author md phd esq jr sr uk us usa eu de nl fr es pl it ch at be se no dk fi ca au nz in br london berlin "
    "paris nyc"
)
# A name behind a title or a home's sign in the name of a file or a folder: "letter_to_ms_devereux.docx", "~nadezhda/".
_IN_PATH = re.compile(
    r"(?<![A-Za-z])(?:mrs?|ms|miss|dr|prof|herr|frau|mme)[_-](?P<titled>[a-z]{3,24})(?![a-z])"
    r"|(?<![\w/])~(?P<home>[a-z]{3,24})(?=/)",
    re.IGNORECASE,
)
# Who logs in: "CORP\hvandermeer", "user=jsmith", "Accepted publickey for jsmith".
_LOGIN = re.compile(
    r"(?<![\w\\.-])[A-Z][A-Za-z0-9-]{1,14}\\(?P<of_domain>[a-z][a-z.]{3,30})(?![\w\\])"
    r"|(?<![\w-])(?:user|user_?name|login|logon|log_?name|account|uid|owner|publickey for|password for|session for"
    r"|failed for|opened for user|closed for user|sudo:|su:)"
    r"[\"']?(?: |[:=] ?)[\"']?(?P<alone>[a-z][a-z.]{3,30})(?![\w@\\-])"
)
_FOR_SOMEBODY = re.compile(
    r"(?<![\w#&/])#(?:(?:[Jj]ustice|[Pp]ray(?:ers)?|[Hh]ope|[Vv]ote)For|(?:[Ii]|[Ww]e)?StandWith|[Tt]hankYou|[Ii]nMemoryOf"
    r"|[Bb]ringBack|[Hh]appyBirthday|[Cc]ongrat(?:ulation)?s|[Rr]estInPeace|[Rr]emember(?:ing)?|[Gg]etWell|[Ff]arewell"
    r"|[Gg]oodbye|[Ww]elcome|[Ff]ree|[Ff]ind|[Ss]ave|RIP|[Tt]eam)"
    r"(?:Grand(?:ma|pa)|Mom|Mum|Dad|Uncle|Aunt(?:ie|y)?|Coach|Pastor|Father|Baby|Brother|Sister|Officer"
    r"|Mr|Mrs|Ms|Miss|Dr)?"
    r"((?P<given>[^\W\d_a-z][^\W\d_A-Z]+)(?:[^\W\d_a-z][^\W\d_A-Z]+)?)(?!\w)"
)


def find(text: str) -> Iterator[Finding]:
    """Yield such names in the folded text, without the mark before them."""
    for match in _LOGIN.finditer(text):
        given, _, surname = match[match.lastgroup or 0].partition(".")
        if surnames.is_one(given[1:]) or (surname and forenames.is_one(given)):
            yield Finding(*match.span(match.lastgroup or 0), "PERSON", 0.7, PATTERN)
    yield from _in_paths(text)
    if not holds(text, "@", "#"):
        return
    for match in _TAG.finditer(text):
        name = match.group(1).rstrip(".-_")
        if _is_persons(name) or (match.group()[0] == "@" and _is_initial_and_surname(name)):
            yield Finding(match.start(1), match.start(1) + len(name), "PERSON", 0.7, PATTERN)
    for match in _FOR_SOMEBODY.finditer(text):
        if forenames.is_one(match["given"]):
            yield Finding(*match.span(1), "PERSON", 0.7, PATTERN)
    for match in _INITIAL.finditer(text):
        yield Finding(text.index("@", match.start()) + 1, match.end(), "PERSON", 0.6, PATTERN)


def _in_paths(text: str) -> Iterator[Finding]:
    for match in _IN_PATH.finditer(text):
        name = match[match.lastgroup or 0]
        if forenames.is_one(name) or (surnames.is_one(name) and match.lastgroup == "titled"):
            yield Finding(*match.span(match.lastgroup or 0), "PERSON", 0.6, PATTERN)


def _is_persons(name: str) -> bool:
    first, *others = _PART.findall(name)
    if len(others) >= _MOST or any(part.casefold() in _NO_SURNAME for part in others):
        return False
    if others:
        return forenames.is_one(first) and len(others[-1]) >= _SHORTEST_SURNAME
    return name.islower() and _is_glued(name)


def _is_initial_and_surname(name: str) -> bool:
    """Whether a name is an initial and a surname, alone or beside what that person does: "tkowalski-dev"."""
    parts = [part for part in _PART.findall(name) if part.casefold() not in _BESIDE]
    return len(parts) == 1 and surnames.is_one(parts[0][1:])


def _is_glued(name: str) -> bool:
    """Whether a name in small letters is a given name and a surname: "hannahwestcott"."""
    for end in range(len(name) - _SHORTEST_GLUED, _SHORTEST_GLUED - 1, -1):
        if forenames.is_one(name[:end]):
            rest = name[end:]
            return not any(rest.startswith(word) or rest.endswith(word) for word in _NO_SURNAME if len(word) > 2)
    return False
