"""From a mail's bytes to its text: a short head, and the body that a reader would see; of a mailbox, each mail's.

Knows: how mails are written to files, what real ones get wrong in their heads, and how much a mail may hold. Knows
nothing about a mail's parts, nor about who quotes whom: `mail_body.py` and `thread.py` do. The standard library parses
with `compat32`, whose headers stay the strings they are: the structured headers of the newer policies raise half a
dozen other errors on broken ones. It recurses and is quadratic in places, so those are counted before.
"""

import email
import re
from collections import Counter
from email.message import Message
from itertools import pairwise

from contract.document import HIDDEN_TEXT, Removal
from errors import UserError
from normalizers.cleaning import thread
from normalizers.documents import mail_body

MAX_LINES = 400_000
MAX_NESTING = 100  # multipart and message types in one mail
MAX_PARTS = 20_000
MAX_HEADER = 10_000  # bytes of a header that has parameters

_HEAD = ("Subject", "From", "To", "Date")
_KNOWN = frozenset(b"from to cc subject date received message-id mime-version content-type return-path".split())
_HEADERS = re.compile(
    rb"(?:From [^\n]*+\n)?(?P<lines>(?:[!-9;-~]{1,76}+:[^\n]*+(?:\n[ \t][^\n]*+)*+\n)++)(?P<end>\n|\Z)?"
)
_NAME = re.compile(rb"^([!-9;-~]{1,76}+):", re.MULTILINE)
_BLANKS_BEFORE_COLON = re.compile(rb"^([!-9;-~]{1,76}+)[ \t]++:")
_CONTENT_TYPE = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEAD_GOES_ON = re.compile(rb"\n*content-(?:type|transfer-encoding)[ \t]*:[^\n]*[/\w]", re.IGNORECASE)
_FOLDED = re.compile(rb"[ \t]")
_ENVELOPE = re.compile(rb"^From \S[^\n]*\d:\d\d[^\n]*\n(?=[!-9;-~]{1,76}[ \t]*:)", re.MULTILINE)  # of mbox
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)  # a line of a mail that would begin another one
_TWO_BYTE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOK_AHEAD = 100_000
_NESTING = re.compile(rb"multipart/|message/", re.IGNORECASE)
_LONG_HEADER = re.compile(rb"^content-(?:type|disposition):[^\n]*+(?:\n[ \t][^\n]*+)*+", re.IGNORECASE | re.MULTILINE)
_REPORTS = {"delivery-status": "delivery report", "disposition-notification": "read receipt"}
_REPORT_KINDS = ("report", "receipt")
_UNREADABLE = {
    "application/ms-tnef": "Outlook's winmail.dat",
    "application/pkcs7-mime": "encrypted or signed (S/MIME)",
    "application/x-pkcs7-mime": "encrypted or signed (S/MIME)",
    "application/pgp-encrypted": "encrypted (PGP)",
    "text/calendar": "a calendar's entry",
}
_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"


def is_mail(data: bytes, *, named_so: bool) -> bool:
    """Whether `data` begins with mail headers: three known ones with From, or any known one in what is named a mail."""
    headers = _HEADERS.match(_mended(_lines(data[:_LOOK_AHEAD]) + b"\n"))
    if headers is None:
        return False
    known = {name.lower() for name in _NAME.findall(headers["lines"])} & _KNOWN
    if named_so:
        return bool(known) if headers["end"] is not None else len(known) >= 3  # the blank line is missing at times
    return headers["end"] is not None and b"from" in known and len(known) >= 3


def read(data: bytes, strip_boilerplate: bool) -> tuple[str, tuple[Removal, ...]]:
    """Return a mail's text and what was taken out of it: signatures, disclaimers and repeated quotes, when asked.

    Raises UserError E1007 when nothing of it can be read, E1012 when it has too many lines, parts or levels, or a
    header is too long.
    """
    data = _lines(data)
    _hold_to_limits(data)
    if not data.startswith(b"From "):
        return _read(data, strip_boilerplate)
    bounds = [0, *[found.start() for found in _ENVELOPE.finditer(data)][1:], len(data)]
    mails = [_ESCAPED.sub(b"", data[start:end]) for start, end in pairwise(bounds)]
    if len(mails) == 1:
        return _read(mails[0], strip_boilerplate)
    texts = [f"Mailbox of {len(mails):,} mails"]
    taken: Counter[str] = Counter()
    for number, mail in enumerate(mails, start=1):
        text, removals = _read(mail, strip_boilerplate)
        texts.append(f"---------- Mail {number:,} of {len(mails):,} ----------\n{text}")
        taken.update({removal.kind: removal.characters for removal in removals})
    return "\n\n".join(texts), tuple(Removal(kind=kind, characters=count) for kind, count in taken.items())


def _read(data: bytes, strip_boilerplate: bool) -> tuple[str, tuple[Removal, ...]]:
    message = email.message_from_bytes(_mended(data))
    body, unseen = mail_body.of(message)
    if not body.strip():
        body, unseen = mail_body.of_attachments(message)
    _check_that_it_can_be_read(message, body.strip())
    removals: tuple[Removal, ...] = (Removal(kind=HIDDEN_TEXT, characters=unseen),) if unseen else ()
    kind = _kind(message)
    if strip_boilerplate and not kind.endswith(_REPORT_KINDS):  # what a machine reports looks like contact details
        body, taken = thread.clean(body, mail_body.header(message, "From"))
        removals += taken
    head = [f"{name}: {value}" for name in _HEAD if (value := mail_body.header(message, name))]
    if kind:
        head.insert(0, f"Type: {kind}")
    return "\n".join([*head, "", body.strip("\n")]).lstrip("\n"), removals


def _lines(data: bytes) -> bytes:
    """Return a mail without the byte order mark that editors save, and with LF as its line ends."""
    if data.startswith(_TWO_BYTE_MARKS):
        data = data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip()


def _mended(data: bytes) -> bytes:
    """Return a mail whose head the parser reads to its end: no blank before a colon, nor lines within it."""
    head, blank, rest = data.partition(b"\n\n")
    if _HEAD_GOES_ON.match(rest) and not _CONTENT_TYPE.search(head):
        behind, blank, rest = rest.lstrip(b"\n").partition(b"\n\n")
        head = head + b"\n" + behind
    lines = [_BLANKS_BEFORE_COLON.sub(rb"\1:", line) for line in head.split(b"\n")]
    known = [number for number, line in enumerate(lines) if (name := _NAME.match(line)) and name[1].lower() in _KNOWN]
    for number in range(1, known[-1] if known else 0):
        if not _NAME.match(lines[number]) and not _FOLDED.match(lines[number]):
            lines[number] = b" " + lines[number]
    first = 1 if lines[0].startswith(b"From ") else 0
    if known and not _NAME.match(lines[first]):
        del lines[first]
    return b"\n".join(lines) + blank + rest


def _hold_to_limits(data: bytes) -> None:
    _check("lines", data.count(b"\n"), MAX_LINES)
    _check("multipart and message types", sum(1 for _ in _NESTING.finditer(data)), MAX_NESTING)
    if b"multipart/" in data.lower():
        _check("parts", data.count(b"\n--"), MAX_PARTS)
    _check("bytes in one header", max((len(found[0]) for found in _LONG_HEADER.finditer(data)), default=0), MAX_HEADER)


def _check(what: str, value: int, most: int) -> None:
    if value > most:
        raise UserError("E1012", f"document's mail has {value:,} {what}; the limit is {most:,}")


def _kind(message: Message) -> str:
    """What a mail is, where it is no letter: a report by a machine, or a digest of others."""
    if message.get_content_type() == "multipart/report":
        return _REPORTS.get(str(message.get_param("report-type")).lower(), "report")
    digests = [part for part in message.walk() if part.get_content_type() == "multipart/digest"]
    mails = sum(len(part.get_payload()) for part in digests if part.is_multipart())
    return f"digest of {mails:,} mails" if mails else ""


def _check_that_it_can_be_read(message: Message, body: str) -> None:
    """Raise UserError E1007 unless a mail has a text, or no part at all beside empty ones: its subject says it then."""
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    others = [kind for kind in kinds if kind not in ("text/plain", "text/html")]
    if body.startswith(_ENCRYPTED) or (others and not body):
        inline = "encrypted (PGP)" if body else "attachments"
        what = next((_UNREADABLE[kind] for kind in others if kind in _UNREADABLE), inline)
        raise UserError("E1007", f"document is a mail with nothing to read: of its {len(kinds):,} parts, {what}")
