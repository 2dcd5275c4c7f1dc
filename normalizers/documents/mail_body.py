"""What a reader sees of a mail: of its parts the texts, in order, as characters.

Knows: MIME, charsets as mails name them, and which of several forms a mail program shows. Knows nothing about broken
heads, mailboxes or who quotes whom.
"""

import binascii
import email
import re
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from contract import charset
from contract.document import Document
from errors import UserError
from normalizers.cleaning.signature import STANDARD_DELIMITER
from normalizers.documents import encoding, html

_MAX_HEAD_CHARACTERS = 500  # of one header in the text
_SPACES = re.compile(r"\s+")
_STATUS = ("Final-Recipient", "Action", "Status", "Diagnostic-Code")
_ATTACHED = "---------- Attached message ----------"

_WORD = re.compile(r"\w+")
_STUB = re.compile(
    r"html|\b(?:browser|navigateur|navegador|webansicht|online[- ]?version|view (?:this|it|the))\b", re.IGNORECASE
)
_MOST_WORDS_OF_STUB = 60
_ENCODING = re.compile(r"base64|quoted-printable|x-uue(?:ncode)?", re.IGNORECASE)  # among quotes, blanks and semicolons
# Files as they stood in texts before MIME: a line of so many characters says its length first.
_UUENCODED = re.compile(r"^begin [0-7]{3,4} \S.*\n(?:[!-M][ -`]{1,84}\n)++(?:[ `]\n)?end(?:\n|\Z)", re.MULTILINE)
_FORMS = ("text/plain", "text/html")  # of one text
_NO_TEXT = re.compile(
    r"calendar|card\b|directory|headers|html|css|rtf|script|xml"
)  # what mail programs show as something else, or hide
_ENRICHED = ("text/enriched", "text/richtext")
_MARK = re.compile(r"<(?:<|param>[^<]*</param>|/?[a-z0-9-]{1,60}>)", re.IGNORECASE)
_REPEATED = 0.8  # of a part's words: it says what a part beside it says
_FEW_WORDS = 5
_OTHER_TEXT = 0.5  # of a part's words elsewhere, at most: it says something else


class Body(NamedTuple):
    """What a reader sees of a part, and how many characters of text in it nobody sees."""

    text: str
    unseen: int = 0


def of(part: Message) -> Body:
    """What a reader sees of a part: its texts in order, of alternatives one, and attached mails below their heads.

    Other attachments are not read: `of_attachments` does, of a mail that has nothing else.
    """
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        return Body(_status(part))
    if kind.startswith("message/") and part.is_multipart():
        return _attached(_decoded(_parts(part)[0], part))
    if kind == "multipart/alternative" and part.is_multipart():
        return _alternative(part)
    if part.is_multipart():
        return _joined([(inner.get_content_type(), of(inner)) for inner in _parts(part)])
    if part.get_content_disposition() == "attachment":
        return Body("")
    if kind == "text/html":
        page = html.normalize(Document(text=_content(part), media_type="text/html"))
        return Body(page.text, sum(removal.characters for removal in page.removals))
    if kind in _ENRICHED:
        return Body(_unmarked(_content(part)))
    is_plain = part.get_content_maintype() == "text" and not _NO_TEXT.search(kind)
    return Body(_content(part) if is_plain or part.get_content_maintype() == "multipart" else "")  # without a boundary


def of_attachments(message: Message) -> Body:
    """The texts that are attached to a mail: where it has no other, they are what it says."""
    for part in message.walk():
        if part.get_content_type() in _FORMS:
            del part["Content-Disposition"]
    return of(message)


def _parts(part: Message) -> list[Message]:
    return [inner for inner in part.get_payload() if isinstance(inner, Message)]


def _attached(message: Message) -> Body:
    """An attached mail as mail programs forward one, so that its words are not the sender's own."""
    head = [f"{name}: {value}" for name in ("From", "Date", "Subject", "To") if (value := header(message, name))]
    body = of(message)
    return body._replace(text="\n".join([_ATTACHED, *head, "", body.text.strip("\n")]))


def _status(part: Message) -> str:
    """What a mail server says of each recipient."""
    blocks = ([f"{name}: {value}" for name in _STATUS if (value := header(block, name))] for block in _parts(part))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _decoded(message: Message, part: Message) -> Message:
    """An attached mail as it was sent; some programs attach one in base64, which the standard forbids."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return message
    try:
        return email.message_from_bytes(binascii.a2b_base64(str(message.get_payload())))
    except ValueError:
        return message


def _alternative(part: Message) -> Body:
    """The plain text of a part that has it in several forms; the HTML where the plain one is a stub.

    Where the plain text says something else, such as a footer that a mailing list put there, it is no form of the HTML.
    """
    forms = [(inner.get_content_type() == "text/plain", of(inner)) for inner in _parts(part)]
    plain = next((body for is_plain, body in forms if is_plain and body.text.strip()), Body(""))
    rich = next((body for is_plain, body in reversed(forms) if not is_plain and body.text.strip()), Body(""))
    words, rich_words = _WORD.findall(plain.text.casefold()), _WORD.findall(rich.text.casefold())
    says_other = len(set(words).intersection(rich_words)) < _OTHER_TEXT * len(set(words))
    may_be_stub = len(words) <= _MOST_WORDS_OF_STUB and _STUB.search(plain.text) is not None
    is_stub = may_be_stub and bool(rich_words) and (says_other or len(words) < len(rich_words))
    if is_stub or len(rich_words) > 3 * len(words):
        return rich
    if says_other and len(rich_words) > _FEW_WORDS:
        return Body(f"{rich.text}\n\n{plain.text}", rich.unseen)
    return plain


def _joined(parts: list[tuple[str, Body]]) -> Body:
    """The bodies in order; HTML or plain text that says again what stands in the other before it is left out."""
    kept: list[Body] = []
    known: dict[str, set[str]] = {}
    for kind, body in parts:
        words = set(_WORD.findall(body.text.casefold()))
        others = set[str]().union(*(words for other, words in known.items() if other != kind))
        if kind not in _FORMS or len(words - others) > (1 - _REPEATED) * len(words):
            kept.append(body)
            known.setdefault(kind, set()).update(words)
    return Body("\n\n".join(body.text for body in kept), sum(body.unseen for body in kept))


def _content(part: Message) -> str:
    if encoded := _ENCODING.search(str(part.get("Content-Transfer-Encoding", ""))):
        part.replace_header("Content-Transfer-Encoding", encoded[0])
    if encoded and encoded[0].lower() == "base64":
        part.set_payload(_whole_groups(part.get_payload()))
    data = part.get_payload(decode=True)
    content = text(data, part.get_content_charset()) if isinstance(data, bytes) else ""
    if part.get_content_type() != "text/plain":
        return content
    content = _UUENCODED.sub("", content)
    return _unflowed(content) if str(part.get_param("delsp", "")).lower() == "yes" else content


def _whole_groups(encoded: object) -> str:
    """Return base64 without a last character that no byte can be made of: a mail that was cut is read up to there."""
    groups = _SPACES.sub("", str(encoded)).rstrip("=")
    return groups[: len(groups) - (len(groups) % 4 == 1)]


def _unmarked(content: str) -> str:
    """Return an enriched text (RFC 1896), in which a line end is a blank and two are one, without its marks."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", _MARK.sub(lambda mark: "<" * (mark[0] == "<<"), content))


def _unflowed(content: str) -> str:
    """Put lines together that go on in the next where the blank at their end is no part of the text (RFC 3676, DelSp).

    A quote and the line above a signature are left as they are.
    """
    paragraphs: list[list[str]] = []
    goes_on = False
    for line in content.splitlines():
        if goes_on and line and not line.startswith(">") and line != STANDARD_DELIMITER:
            paragraphs[-1] += [line.removeprefix(" ")]
        else:
            paragraphs.append([line])
        goes_on = line.endswith(" ") and not line.startswith(">") and line != STANDARD_DELIMITER
        if goes_on:
            paragraphs[-1][-1] = paragraphs[-1][-1][:-1]
    return "\n".join(map("".join, paragraphs))


def text(data: bytes, label: str | None) -> str:
    """Decode, whatever the bytes: a charset that was declared is often wrong, and a mail is never refused for it."""
    found = None if data.isascii() else charset.utf_8(data)
    if found is None and label:
        found = charset.decode(data, label)
    if found is not None:
        return found
    try:
        return encoding.decode(data)
    except UserError:
        return data.decode("cp1252", "replace")


def header(message: Message, name: str) -> str:
    """Return a header as a reader sees it, in one line; "" when it is not there."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    raw = text(raw[: 4 * _MAX_HEAD_CHARACTERS].encode("ascii", "surrogateescape"), None)
    try:
        pieces = decode_header(raw)
        value = "".join(text(p, label) if isinstance(p, bytes) else p for p, label in pieces)
    except ValueError:  # base64 that is none
        value = raw
    return _SPACES.sub(" ", value).strip()[:_MAX_HEAD_CHARACTERS]
