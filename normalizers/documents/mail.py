"""From a mail's bytes to its text: a short head, and the body that a reader would see.

Knows: MIME, and how much of it a mail may hold. Knows nothing about who quotes whom: that is `thread.py`. The standard
library parses with `compat32`, whose headers stay the strings they are: the structured headers of the newer policies
raise half a dozen other errors on broken ones. It recurses and is quadratic in places, so those are counted before.
"""

import codecs
import email
import re
from email.header import decode_header
from email.message import Message

from contract.document import Document, Removal
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
_LOOK_AHEAD = 100_000
_NESTING = re.compile(rb"multipart/|message/", re.IGNORECASE)
_LONG_HEADER = re.compile(rb"^content-(?:type|disposition):[^\n]*+(?:\n[ \t][^\n]*+)*+", re.IGNORECASE | re.MULTILINE)
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape"))  # Python's; the first are slow
_SPACES = re.compile(r"\s+")


def is_mail(data: bytes, *, named_so: bool) -> bool:
    """Whether `data` begins with mail headers: three known ones with From, or any known one in what is named a mail."""
    headers = _HEADERS.match(data[:_LOOK_AHEAD].replace(b"\r\n", b"\n").lstrip() + b"\n")
    if headers is None:
        return False
    known = {name.lower() for name in _NAME.findall(headers["lines"])} & _KNOWN
    return bool(known) if named_so else b"from" in known and len(known) >= 3


def read(data: bytes, strip_boilerplate: bool) -> tuple[str, tuple[Removal, ...]]:
    """Return a mail's text and what was taken out of it: signatures, disclaimers and repeated quotes, when asked.

    Raises UserError E1012 when it has too many lines, parts or levels, or a header is too long.
    """
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip()
    _hold_to_limits(data)
    message = email.message_from_bytes(data)
    body = _body(message)
    removals: tuple[Removal, ...] = ()
    if strip_boilerplate:
        body, removals = thread.clean(body, _header(message, "From"))
    head = [f"{name}: {value}" for name in _HEAD if (value := _header(message, name))]
    return "\n".join([*head, "", body.strip("\n")]).lstrip("\n"), removals


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
        text = "".join(_text(p, charset) if isinstance(p, bytes) else p for p, charset in pieces)
    except ValueError:  # base64 that is none
        text = raw
    return _SPACES.sub(" ", text).strip()[:_MAX_HEAD_CHARACTERS]


def _body(message: Message) -> str:
    """The plain parts; where they hold nothing, the HTML parts as text. Attachments are not read."""
    parts = [
        part for part in message.walk() if not part.is_multipart() and part.get_content_disposition() != "attachment"
    ]
    plain = [_content(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n\n".join(plain)
    return "\n\n".join(
        html.normalize(Document(text=_content(part), media_type="text/html")).text
        for part in parts
        if part.get_content_type() == "text/html"
    )


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    return _text(data, part.get_content_charset()) if isinstance(data, bytes) else ""


def _text(data: bytes, charset: str | None) -> str:
    """Decode, whatever the bytes: a charset that was declared is often wrong, and a mail is never refused for it."""
    if not data.isascii():
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        if charset and codecs.lookup(charset).name not in _NO_CHARSETS:
            return data.decode(charset)
        return encoding.decode(data)
    except (LookupError, ValueError, UserError):  # ValueError: a NUL in the name, or not of that charset
        return data.decode("cp1252", "replace")
