"""From a mail's bytes to its text: a short head, and the body that a reader would see; of a mailbox, each mail's.

Knows: MIME, what real mails get wrong in it, and how much of it a mail may hold. Knows nothing about who quotes whom:
that is `thread.py`. The standard
library parses with `compat32`, whose headers stay the strings they are: the structured headers of the newer policies
raise half a dozen other errors on broken ones. It recurses and is quadratic in places, so those are counted before.
"""

import email
import re
from collections import Counter
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from contract import charset
from contract.document import HIDDEN_TEXT, Document, Removal
from errors import UserError
from normalizers.cleaning import thread
from normalizers.documents import encoding, html

MAX_LINES = 400_000
MAX_NESTING = 100  # multipart and message types in one mail
MAX_PARTS = 20_000
MAX_HEADER = 10_000  # bytes of a header that has parameters
_MAX_HEAD_CHARACTERS = 500  # of one header in the text

_HEAD = ("Subject", "From", "To", "Date")
_KNOWN = frozenset(b"from to cc subject date received message-id mime-version content-type return-path".split())
_HEADERS = re.compile(rb"(?:From [^\n]*+\n)?(?P<lines>(?:[!-9;-~]{1,76}+:[^\n]*+(?:\n[ \t][^\n]*+)*+\n)++)(?:\r?\n|\Z)")
_NAME = re.compile(rb"^([!-9;-~]{1,76}+):", re.MULTILINE)
_BLANKS_BEFORE_COLON = re.compile(rb"^([!-9;-~]{1,76}+)[ \t]++:")
_FOLDED = re.compile(rb"[ \t]")
_ENVELOPE = re.compile(rb"^From \S[^\n]*\d:\d\d[^\n]*\n(?=[!-9;-~]{1,76}[ \t]*:)", re.MULTILINE)  # of mbox
_TWO_BYTE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOK_AHEAD = 100_000
_NESTING = re.compile(rb"multipart/|message/", re.IGNORECASE)
_LONG_HEADER = re.compile(rb"^content-(?:type|disposition):[^\n]*+(?:\n[ \t][^\n]*+)*+", re.IGNORECASE | re.MULTILINE)
_SPACES = re.compile(r"\s+")

_REPORTS = {"delivery-status": "delivery report", "disposition-notification": "read receipt"}
_STATUS = ("Final-Recipient", "Action", "Status", "Diagnostic-Code")
_UNREADABLE = {
    "application/ms-tnef": "Outlook's winmail.dat",
    "application/pkcs7-mime": "encrypted or signed (S/MIME)",
    "application/x-pkcs7-mime": "encrypted or signed (S/MIME)",
    "application/pgp-encrypted": "encrypted (PGP)",
    "text/calendar": "a calendar's entry",
}
_ATTACHED = "---------- Attached message ----------"

_WORD = re.compile(r"\w+")
_STUB = re.compile(r"html|\b(?:browser|navigateur|webansicht|online[- ]?version|view (?:this|it|the))\b", re.IGNORECASE)
_MOST_WORDS_OF_STUB = 60
_REPEATED = 0.8  # of a part's words: it says what a part beside it says


def is_mail(data: bytes, *, named_so: bool) -> bool:
    """Whether `data` begins with mail headers: three known ones with From, or any known one in what is named a mail."""
    headers = _HEADERS.match(_mended(_lines(data[:_LOOK_AHEAD]) + b"\n"))
    if headers is None:
        return False
    known = {name.lower() for name in _NAME.findall(headers["lines"])} & _KNOWN
    return bool(known) if named_so else b"from" in known and len(known) >= 3


def read(data: bytes, strip_boilerplate: bool) -> tuple[str, tuple[Removal, ...]]:
    """Return a mail's text and what was taken out of it: signatures, disclaimers and repeated quotes, when asked.

    Raises UserError E1007 when nothing of it can be read, E1012 when it has too many lines, parts or levels, or a
    header is too long.
    """
    data = _lines(data)
    _hold_to_limits(data)
    starts = [found.start() for found in _ENVELOPE.finditer(data)] if data.startswith(b"From ") else []
    if len(starts) < 2:
        return _read(data, strip_boilerplate)
    mails = [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    texts = [f"Mailbox of {len(mails):,} mails"]
    taken: Counter[str] = Counter()
    for number, mail in enumerate(mails, start=1):
        text, removals = _read(mail, strip_boilerplate)
        texts.append(f"---------- Mail {number:,} of {len(mails):,} ----------\n{text}")
        taken.update({removal.kind: removal.characters for removal in removals})
    return "\n\n".join(texts), tuple(Removal(kind=kind, characters=count) for kind, count in taken.items())


def _read(data: bytes, strip_boilerplate: bool) -> tuple[str, tuple[Removal, ...]]:
    message = email.message_from_bytes(_mended(data))
    body, unseen = _body(message)
    if not body.strip():
        _check_that_nothing_is_left(message)
    removals: tuple[Removal, ...] = (Removal(kind=HIDDEN_TEXT, characters=unseen),) if unseen else ()
    if strip_boilerplate:
        body, taken = thread.clean(body, _header(message, "From"))
        removals += taken
    head = [f"{name}: {value}" for name in _HEAD if (value := _header(message, name))]
    if kind := _kind(message):
        head.insert(0, f"Type: {kind}")
    return "\n".join([*head, "", body.strip("\n")]).lstrip("\n"), removals


def _lines(data: bytes) -> bytes:
    """Return a mail without the byte order mark that editors save, and with LF as its line ends."""
    if data.startswith(_TWO_BYTE_MARKS):
        data = data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip()


def _mended(data: bytes) -> bytes:
    """Return a mail whose head the parser reads to its end: no blank before a colon, and what is no header folded."""
    head, blank, rest = data.partition(b"\n\n")
    lines = [_BLANKS_BEFORE_COLON.sub(rb"\1:", line) for line in head.split(b"\n")]
    known = [number for number, line in enumerate(lines) if (name := _NAME.match(line)) and name[1].lower() in _KNOWN]
    for number in range(1, known[-1] if known else 0):
        if not _NAME.match(lines[number]) and not _FOLDED.match(lines[number]):
            lines[number] = b" " + lines[number]
    if known and not _NAME.match(lines[0]) and not lines[0].startswith(b"From "):
        del lines[0]
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


def _header(message: Message, name: str) -> str:
    """Return a header as a reader sees it, in one line; "" when it is not there."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    raw = _text(raw[: 4 * _MAX_HEAD_CHARACTERS].encode("ascii", "surrogateescape"), None)
    try:
        pieces = decode_header(raw)
        text = "".join(_text(p, label) if isinstance(p, bytes) else p for p, label in pieces)
    except ValueError:  # base64 that is none
        text = raw
    return _SPACES.sub(" ", text).strip()[:_MAX_HEAD_CHARACTERS]


def _kind(message: Message) -> str:
    """What a mail is, where it is no letter: a report by a machine, or a digest of others."""
    if message.get_content_type() == "multipart/report":
        return _REPORTS.get(str(message.get_param("report-type")).lower(), "report")
    digests = [part for part in message.walk() if part.get_content_type() == "multipart/digest"]
    mails = sum(len(part.get_payload()) for part in digests if part.is_multipart())
    return f"digest of {mails:,} mails" if mails else ""


class _Body(NamedTuple):
    """What a reader sees of a part, and how many characters of text in it nobody sees."""

    text: str
    unseen: int = 0


def _body(part: Message) -> _Body:
    """What a reader sees of a part: its texts in order, of alternatives one, and attached mails below their heads.

    Other attachments are not read.
    """
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        return _Body(_status(part))
    if kind.startswith("message/") and part.is_multipart():
        return _joined([_attached(inner) for inner in _parts(part)], even_if_known=True)
    if kind == "multipart/alternative" and part.is_multipart():
        return _alternative(part)
    if part.is_multipart():
        return _joined([_body(inner) for inner in _parts(part)])
    if part.get_content_disposition() == "attachment":
        return _Body("")
    if kind == "text/html":
        page = html.normalize(Document(text=_content(part), media_type="text/html"))
        return _Body(page.text, sum(removal.characters for removal in page.removals))
    is_plain = kind in ("text/plain", "text/markdown") or kind.startswith(
        "multipart/"
    )  # the latter: without a boundary
    return _Body(_content(part) if is_plain else "")


def _parts(part: Message) -> list[Message]:
    return [inner for inner in part.get_payload() if isinstance(inner, Message)]


def _attached(message: Message) -> _Body:
    """An attached mail as mail programs forward one, so that its words are not the sender's own."""
    head = [f"{name}: {value}" for name in ("From", "Date", "Subject", "To") if (value := _header(message, name))]
    body = _body(message)
    return body._replace(text="\n".join([_ATTACHED, *head, "", body.text.strip("\n")]))


def _status(part: Message) -> str:
    """What a mail server says of each recipient."""
    blocks = ([f"{name}: {value}" for name in _STATUS if (value := _header(block, name))] for block in _parts(part))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _alternative(part: Message) -> _Body:
    """The plain text of a part that has it in several forms; the HTML where the plain one is a stub."""
    forms = [(inner.get_content_type() == "text/plain", _body(inner)) for inner in _parts(part)]
    plain = next((body for is_plain, body in forms if is_plain and body.text.strip()), _Body(""))
    rich = next((body for is_plain, body in reversed(forms) if not is_plain and body.text.strip()), _Body(""))
    words, rich_words = len(_WORD.findall(plain.text)), len(_WORD.findall(rich.text))
    is_stub = words <= _MOST_WORDS_OF_STUB and words < rich_words and _STUB.search(plain.text) is not None
    return rich if is_stub or rich_words > 3 * words else plain


def _joined(bodies: list[_Body], *, even_if_known: bool = False) -> _Body:
    """The bodies in order; one that says again what those before it said is left out."""
    kept: list[_Body] = []
    known: set[str] = set()
    for body in bodies:
        words = set(_WORD.findall(body.text.casefold()))
        if even_if_known or len(words - known) > (1 - _REPEATED) * len(words):
            kept.append(body)
            known |= words
    return _Body("\n\n".join(body.text for body in kept), sum(body.unseen for body in kept))


def _check_that_nothing_is_left(message: Message) -> None:
    """Raise UserError E1007 unless a mail without a text has no other part either: then its subject says it all."""
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    others = [kind for kind in kinds if kind not in ("text/plain", "text/html")]
    if others:
        what = next((_UNREADABLE[kind] for kind in others if kind in _UNREADABLE), "attachments")
        raise UserError("E1007", f"document is a mail with nothing to read: of its {len(kinds):,} parts, {what}")


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    return _text(data, part.get_content_charset()) if isinstance(data, bytes) else ""


def _text(data: bytes, label: str | None) -> str:
    """Decode, whatever the bytes: a charset that was declared is often wrong, and a mail is never refused for it."""
    text = None if data.isascii() else charset.utf_8(data)
    if text is None and label:
        text = charset.decode(data, label)
    if text is not None:
        return text
    try:
        return encoding.decode(data)
    except UserError:
        return data.decode("cp1252", "replace")
