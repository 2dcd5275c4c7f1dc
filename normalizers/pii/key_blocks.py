"""Private keys as files hold them, wherever such a file is quoted, numbered, cut off or broken.

Knows: the marks around them (RFC 7468, OpenPGP's armor, SSH2, PuTTY) and how their lines look. Knows nothing else.
"""

import re
import string
from collections.abc import Iterator

from normalizers.pii.context import PATTERN
from normalizers.pii.finding import Finding

_MARK = re.compile(
    r"-{2,6} ?(BEGIN|END) [A-Z0-9 ]{0,40}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY(?: V[0-9])?) ?-{2,6}",
    re.IGNORECASE,
)
_LONGEST = 16_384  # characters between two marks: a PGP key of 4,096 bits, numbered, has eight thousand
# What a quotation, a listing or a search puts before a line: "> ", "12 | ", "key.pem:12:", "    ", "+".
_BEFORE = r"(?>(?:[>|+*#\"'\s-]++|[0-9]{1,6}[ \t:.|)]|[\w./-]{1,80}:[0-9]{1,6}[:-]){0,100})"
_BODY = re.compile(rf"{_BEFORE}[A-Za-z0-9+/=\\]{{1,2000}}+[\"',+ ]*+\Z")
_SHORT_BODY = re.compile(
    rf"{_BEFORE}[A-Za-z]{{0,64}}[0-9+/=][A-Za-z0-9+/=]{{0,64}}\Z"
)  # the last line; "thanks" is none
_FULL_BODY = re.compile(rf"{_BEFORE}=?[A-Za-z0-9+/=\\]{{20,2000}}+[\"',+ ]*+\Z")
_HEADER = re.compile(rf"{_BEFORE}(?:[A-Z][A-Za-z-]{{2,20}}: [^\n]{{0,200}})?\Z")
_LETTERS = string.ascii_letters + string.digits + "+/=\\"
_HEAD = re.compile(rf"{_BEFORE}[A-Za-z0-9+/=\\]{{0,9999}}\Z")  # what stands before a mark in its line
_REST_OF_LINE = re.compile(r"(?>(?:\\[nr]|[A-Za-z0-9+/=]++)*)")
_PUTTY = re.compile(
    rf"Private-Lines:\s*+[0-9]{{1,4}}\n(?:{_BEFORE}[A-Za-z0-9+/=]{{1,200}}+[ \t]*+(?:\n|\Z)){{1,400}}+"
    rf"(?:{_BEFORE}Private-(?:MAC|Hash): *+[0-9a-f]++)?"
)


# Of minisign and OpenBSD's signify.
_COMMENTED = re.compile(r"(?<=secret key\n)[A-Za-z0-9+/]{100,400}={0,2}(?=\s|\Z)")


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield the private keys in the folded text, marks included. Linear time."""
    if "secret key\n" in text:
        yield from (Finding(*match.span(), "SECRET", 0.9, PATTERN) for match in _COMMENTED.finditer(text))
    if "private-lines" in lowered:
        yield from (Finding(*match.span(), "SECRET", 0.9, PATTERN) for match in _PUTTY.finditer(text))
    if "private key" in lowered or "static key" in lowered:
        yield from (Finding(start, end, "SECRET", 0.9, PATTERN) for start, end in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    marks = [(match.start(), match.end(), match.group(1).upper() == "BEGIN") for match in _MARK.finditer(text)]
    marks.append((len(text), len(text), True))
    floor, begun = 0, None  # where the block before ends, and the mark that waits for its end
    for start, end, begins in marks:
        if begun is not None:
            whole = not begins and start - begun[1] <= _LONGEST
            floor = end if whole else _last_of_body(text, begun[1], start)
            yield begun[0], floor
            begun = None
            if whole:
                continue
        if begins:
            begun = (start, end) if start < len(text) else None
        else:
            yield _first_of_body(text, floor, start), end
            floor = end


def _last_of_body(text: str, start: int, stop: int) -> int:
    """Return where a key ends that has no end mark: behind the last line that looks like one."""
    rest = _REST_OF_LINE.match(text, start, stop)
    place = last = rest.end() if rest else start
    while place < stop and text.startswith("\n", place):
        end = text.find("\n", place + 1, stop)
        end = stop if end < 0 else end
        line = text[place + 1 : end]
        if _FULL_BODY.match(line):
            last = end
        elif last > start and last == place and _SHORT_BODY.match(line):
            return end
        elif not _HEADER.match(line):
            break
        place = end
    return last


def _first_of_body(text: str, floor: int, stop: int) -> int:
    """Return where a key begins that has no begin mark: at the first of the lines before that look like one."""
    place = text.rfind("\n", floor, stop) + 1 or floor
    head = text[place:stop]
    if not _HEAD.match(head):
        return stop - len(head) + len(head.rstrip(_LETTERS))
    first, is_last = place, True
    while floor < place:
        start = text.rfind("\n", floor, place - 1) + 1 or floor
        line = text[start : place - 1]
        if not (_FULL_BODY if not is_last else _BODY).match(line) and not (is_last and _HEADER.match(line)):
            break
        if line.strip():
            is_last = line.lstrip().startswith("=") and is_last  # OpenPGP's checksum has a line of its own
            first = start
        place = start
    return first
