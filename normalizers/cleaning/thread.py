"""A mail thread without what is in it twice or belongs to no message: quotes, signatures, disclaimers.

Knows: how mail programs mark an earlier message, in the languages that they speak. Knows nothing about MIME, nor what a
signature, a postscript, a notice or a repeated quote is: the files beside it do. All of it takes linear time.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from contract.document import Removal
from normalizers.cleaning import notices, postscript, quotes, signature
from normalizers.cleaning.quotes import QUOTE

_MARKER = re.compile(
    r"\s*-{2,}\s*(?:(?:original|forwarded|attached) (?:message|by)|(?:ursprüngliche|original"
    r"|weitergeleitete)[ -]?nachricht"
    r"|message (?:d['\u2019]origine|original|transféré)|(?:mensaje|mensagem) original|messaggio originale"
    r"|oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse)\b.*"
    r"|\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|début du message (?:transféré|réexpédié)|inicio del mensaje reenviado|inizio messaggio inoltrato"
    r"|begin doorgestuurd bericht)\s*:\s*",
    re.IGNORECASE,
)
_WROTE = (
    r"(?:wrote|writes|schrieb|schreef|skrev|a écrit|escribió|ha scritto|escreveu|het volgende geschreven|pisze"
    r"|napisał(?:a|\(a\))?|пишет|написала?|kirjoitti|写道)"
)
_ATTRIBUTION = re.compile(
    r"\s*on\b.{6,300}\bwrote:\s*"
    r"|\s*(?=.*\d)(?:(?:am|op|den)\b.{6,300}\b(?:schrieb|schreef|skrev)\b.{0,200}:|.{2,100}\b(?:wrote|schrieb"
    r"|skrev) (?:on|am|den)\b.{6,80}:"
    rf"|.{{6,300}}\b{_WROTE}\s?[:\uff1a])\s*"
    # In any language: a date, an address and a colon.
    r"|\s*(?=.*(?:\d{4}|\d[:.]\d\d)).{6,200}[<(]\s?[^\s<>()@]{1,80}@[^\s<>()]{1,80}[>)].{0,40}[:\uff1a]\s*",
    re.IGNORECASE,
)
_SHORT_ATTRIBUTION = re.compile(rf"\s*\S.{{1,100}}\b{_WROTE}\s?[:\uff1a]\s*", re.IGNORECASE)
_MOST_ATTRIBUTION_LINES = 3  # it is often wrapped
_ATTRIBUTED_TO = re.compile(
    r"(?:(?:\d|[ap]m\b|uhr),?\s+(?P<before>[^\d,]{2,80}?)\s*(?:\(?<[^>]*>\)?)?\s*"
    r"(?:wrote|a écrit|escribió|ha scritto|escreveu)\s?:"
    r"|\b(?:schrieb|schreef|skrev)\s+(?P<behind>[^\d<(:]{2,80}))",
    re.IGNORECASE,
)
_FROM = frozenset(("from", "von", "de", "van", "från", "fra", "da", "od", "от", "发件人", "差出人", "lähettäjä"))
_FIELD = re.compile(
    r"\s*\*{0,2}(?P<name>from|sent|to|cc|bcc|subject|date|importance"
    r"|von|gesendet|an|betreff|datum|kopie"
    r"|de|envoyé|à|objet"
    r"|van|verzonden|aan|onderwerp"
    r"|från|skickat|till|ämne|fra|sendt|til|emne"
    r"|da|inviato|a|oggetto|enviad[oa](?: el| em)?|para|asunto|assunto|fecha|data"
    r"|od|wysłano|do|temat|lähettäjä|lähetetty|vastaanottaja|aihe"
    r"|от|отправлено|кому|тема|дата|发件人|发送时间|收件人|主题|抄送|差出人|送信日時|宛先|件名"
    r")\s*[:\uff1a]\*{0,2}\s*(?P<value>.*)",
    re.IGNORECASE,
)


class _Message(NamedTuple):
    """One message of a thread, first to last line: what introduces it, its own text, and the quotes that end it."""

    head: list[str]
    own: str
    quotes: list[str]
    sender: str


def clean(text: str, sender: str) -> tuple[str, tuple[Removal, ...]]:
    """Return the thread without signatures, disclaimers and repeated quotes, and what went, by kind.

    `sender` is the From header of the mail; those of earlier messages are read from the thread.
    """
    bare = notices.without_armor(text)
    removed = {"signature": len(text) - len(bare), "disclaimer": 0, "quoted reply": 0}
    pieces: list[str] = []
    for message in _messages(bare.splitlines(keepends=True), sender):
        pieces += message.head
        for part in postscript.split(message.own):  # a signature may stand above it or below
            body, signed, noticed = _without_end(part, message.sender)
            removed["disclaimer"] += noticed
            removed["signature"] += signed
            pieces += [body, "\n" if signed or noticed else ""]
        pieces += message.quotes
    lines = "".join(pieces).splitlines(keepends=True)
    kept = quotes.without_repeats(lines)
    removed["quoted reply"] = sum(map(len, lines)) - sum(map(len, kept))
    removals = tuple(Removal(kind=kind, characters=count) for kind, count in removed.items() if count)
    return "".join(kept), removals


def _without_end(own: str, sender: str) -> tuple[str, int, int]:
    """Return a message's own text, and how many characters of signature and of notices went from its end.

    Notices may stand on either side of the signature: "Sent from my phone" comes last.
    """
    body, below = notices.split(own)
    body, signed = signature.split(body, sender)
    if not signed or below:
        return body, len(signed), len(below)
    body, notice = notices.split(body)
    body, above = signature.split(body, sender) if notice else (body, "")
    return body, len(signed) + len(above), len(notice)


def _messages(lines: list[str], sender: str) -> Iterable[_Message]:
    """Cut a thread where an earlier message begins."""
    start = 0
    head_end = 0
    for number, line in enumerate(lines):
        if number < head_end or not _introduces(lines, number):
            continue
        yield _message(lines[start:head_end], lines[head_end:number], sender)
        start = number
        head_end = _end_of_head(lines, number)
        sender = _sender(lines[start:head_end], line)
    yield _message(lines[start:head_end], lines[head_end:], sender)


def _introduces(lines: list[str], number: int) -> bool:
    line = lines[number]
    if _MARKER.fullmatch(line.rstrip("\r\n")):
        return True
    if height := _attribution_lines(lines[number : number + _MOST_ATTRIBUTION_LINES]):
        below = lines[number + height : number + height + 2]  # if quoted, it belongs to the message above
        return not any(QUOTE.match(lower) for lower in below)
    field = _FIELD.fullmatch(line.rstrip("\r\n"))
    if field is None or field["name"].lower() not in _FROM:
        return False
    return sum(_FIELD.match(lower) is not None for lower in lines[number + 1 : number + 5]) >= 2


def _attribution_lines(lines: list[str]) -> int:
    """How many of these lines are "On Monday, Ann wrote:"; 0 when it is none."""
    for height, line in enumerate(lines, start=1):
        if not line.strip() or QUOTE.match(line):
            return 0
        if line.rstrip().endswith((":", "\uff1a")):
            return height if _ATTRIBUTION.fullmatch(" ".join(line.strip() for line in lines[:height])) else 0
    return 0


def _end_of_head(lines: list[str], number: int) -> int:
    """Where the fields end that follow a marker, blank lines between them and the marker counted in."""
    end = number + max(1, _attribution_lines(lines[number : number + _MOST_ATTRIBUTION_LINES]))
    last = end + 1
    while end < len(lines) and end <= last and not lines[end].strip():
        end += 1
    while end < len(lines) and _FIELD.match(lines[end]):
        end += 1
    return end


def _sender(head: list[str], introduction: str) -> str:
    for line in head:
        field = _FIELD.match(line)
        if field and field["name"].lower() in _FROM:
            return field["value"]
    named = _ATTRIBUTED_TO.search(introduction[:400])
    return (named["before"] or named["behind"]).strip() if named else ""


def _message(head: list[str], lines: list[str], sender: str) -> _Message:
    """Tell a message's own text from the quotes at its end and the line that introduces them."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or QUOTE.match(lines[end - 1])):
        end -= 1
    if not any(QUOTE.match(line) for line in lines[end:]):
        return _Message(head, "".join(lines), [], sender)
    heights = range(1, min(end, _MOST_ATTRIBUTION_LINES) + 1)
    height = next((height for height in heights if _attribution_lines(lines[end - height : end]) == height), 0)
    if not height and end and _SHORT_ATTRIBUTION.fullmatch(lines[end - 1]):
        height = 1
    end -= height
    return _Message(head, "".join(lines[:end]), lines[end:], sender)
