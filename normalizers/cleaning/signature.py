"""Where a mail's signature begins.

Knows: how people close a mail, what stands in a signature block, and how a name in a From header is signed. Knows
nothing about headers, MIME or quoted replies. Only a mail's end is looked at, and only what begins with a delimiter, a
closing or a name is a signature: text that might be content stays. Lines are read once, and only the last few.
"""

import re
from typing import NamedTuple

from splitting.sentences import ends

_MAX_LINES = 14  # of one signature, blank lines not counted
_MAX_LINE_CHARACTERS = 90


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH = (
    r"(?:many |warm |warmest |kind |kindest |best |with |yours |very |most |all the )*"
    r"(?:thanks|thank you|thx|regards|rgds|best|best wishes|wishes|cheers|sincerely|sincerely yours|faithfully|truly"
    r"|truly yours|yours|respectfully|cordially|love|take care|all the best|ciao|later|see you|talk to you soon"
    r"|have a (?:good|great|nice) (?:day|week|weekend|one))"
    r"(?: (?:again|so much|very much|a lot|and (?:best |kind |warm )?regards|in advance|for your help|everyone"
    r"|all|you"
    r"|guys|soon))*"
)
_GERMAN = (
    r"(?:(?:mit )?(?:(?:ganz )?(?:freundliche[nmr]?|viele[n]?|liebe[nr]?|beste[nr]?|schöne[nr]?|herzliche[nr]?"
    r"|kollegiale[nr]?|sonnige|winterliche)[,]? ?(?:und )?)+ ?(?:gr(?:ü|ue)(?:ß|ss)e?n?|gru(?:ß|ss)|wünsche[n]?)"
    r"|gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|mfg|lg|vg|bg|hochachtungsvoll|(?:vielen |besten |herzlichen )?dank"
    r"|danke(?: dir| ihnen| euch| schön| im voraus)?|bis (?:bald|dann|morgen|später)|alles gute|ihre?|dein|deine"
    r"|euer)"
    r"(?: (?:aus|nach|von) \w+| und (?:vielen dank|alles gute|beste grüße)| im voraus| vorab)*"
)
_FRENCH = (
    r"(?:(?:bien |très |plus )?(?:cordialement|amicalement|respectueusement|sincèrement)|c(?:or)?dlt|cdt"
    r"|bien à (?:vous|toi|tous)|(?:meilleures |sincères |cordiales |mes |nos "
    r"|avec mes )*salutations(?: distinguées)?|amitiés|bises?|bisous"
    r"|à (?:bientôt|demain|plus(?: tard)?)|(?:merci|mille mercis)(?: (?:beaucoup|d'avance|à (?:tous|vous)|bien))*"
    r"|(?:je vous souhaite une )?(?:bonne|excellente) (?:journée|soirée|semaine|fin de journée|réception)"
    r"|(?:veuillez|(?:je|nous) vous (?:prie|prions)).{0,60}(?:salutations|sentiments)(?: \w+){0,3})"
)
_OTHERS = (
    r"(?:(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|(?:muchas )?gracias|un abrazo"  # Spanish
    r"|(?:atenciosamente|cumprimentos|(?:com os )?melhores cumprimentos|obrigad[oa]|abraços?)"  # Portuguese
    r"|(?:cordiali |distinti |cari )?saluti|cordialmente|(?:molte )?grazie"  # Italian
    r"|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg|(?:alvast )?bedankt"  # Dutch
    r"|(?:med )?(?:vänlig|bästa|venlig|vennlig|beste)a? ?h(?:älsning(?:ar)?|ilsen(?:er)?)|hälsningar|mvh"
    r"|(?:tack|tak|takk)(?: på förhand)?|pozdrawiam|z powa\u017caniem|pozdrowienia)"  # Scandinavian, Polish
)
_ONE_CLOSING = rf"(?:{_ENGLISH}|{_GERMAN}|{_FRENCH}|{_OTHERS})"
_CLOSINGS = rf"{_ONE_CLOSING}(?:(?:\s*[/|,&]\s*|\s(?:and|und|et|y|en|och|og)\s){_ONE_CLOSING})?"
_CLOSING = re.compile(rf"\W*{_CLOSINGS}[\s,.!;:-]*", re.IGNORECASE)
# "Thanks, Bob" and "Regards - J. Doe": a closing and the name in one line.
_CLOSING_AND_NAME = re.compile(rf"\W*{_CLOSINGS}\s*[,.!-]+\s*(?P<name>\S.*)", re.IGNORECASE)
_DELIMITER = "--"
_STANDARD_DELIMITER = "-- "  # RFC 3676, section 4.3
_RULE = re.compile(r"_{4,}|={4,}|\*{4,}|-{3,}")
_FROM_A_PHONE = re.compile(
    r"\s*(?:sent (?:from|via|with) (?:my |the )?\w|get outlook for "
    r"|(?:gesendet|diese nachricht wurde) (?:von|mit|über) |von (?:meinem|mein) .{2,30} gesendet|(?:envoyé"
    r"|expédié) (?:de|depuis|à partir de) (?:mon|ma)\b"
    r"|enviado desde mi |inviato da|verzonden (?:vanaf|met) |skickat från min |sendt fra min )",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\bhttps?://|\bwww\.|\(?\d{3}\)?[ ./-]?\d{3}[ ./-]\d{4}|\+\d[\d ().-]{7,}"
    r"|\b(?:tel|phone|ph|fax|mobile?|cell|office|direct|ext|email|e-mail|[pfmt]|telefon|telefax|handy|durchwahl|tél"
    r"|téléphone|portable|móvil|teléfono|telefono)\b[.:)]{1,2}\s*\S|\bx-?\d{3,5}\b",
    re.IGNORECASE,
)
_CAPITAL = "[A-Z\u00c0-\u00de\u0100-\u017d]"
_NAME = re.compile(
    rf"\W*(?:{_CAPITAL}[\w'\u2019-]*\.?|[A-Z]{{2,3}})"
    rf"(?:\s+(?:{_CAPITAL}[\w'\u2019-]*\.?|(?:and|&|de|van|von|la|und|et|di)(?=\s))){{0,3}}[\W]*"
)
_PERSON = re.compile(rf"{_CAPITAL}[\w'\u2019-]+(?: {_CAPITAL}[\w'\u2019-]*\.?)?(?: {_CAPITAL}[\w'\u2019-]+)?")
_PARTICLES = _names("and de van von la und et di der den du le af av")
_ITEM = re.compile(r"(?:[-*\u2022\u2013]|\(?\d{1,2}[.)]|\[.?\])\s*\w")
_ENTRY = re.compile(r"[^\W\d_][\w .'\u2019-]{0,40}(?::|\s[-\u2013=])\s+\S")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?:[a-z]{2}|[^\x00-\x7f])\W*\Z")  # and no title such as "M.Sc."


# In a signature they tell a title or an organization, which look like names, from names.
_ROLES = _names(
    "manager director engineer head officer president vp ceo cto cfo chief coordinator analyst consultant assistant"
    " associate senior lead developer attorney counsel professor editor sales marketing support services service"
    " department dept office division team group inc ltd llc llp corp corporation company co gmbh ag ab sa plc"
    " partners solutions systems technologies consulting university institute college school center centre bank"
)
# Lines that look like a name where no name is known.
_NO_NAMES = _names(
    "thanks thank you please happy merry hello hi hey yes no ok okay good great fyi sorry congratulations"
    " congrats see call enjoy welcome attached attachment attachments note notes the this that and or re subject"
    " to from cc bcc date sent all total end page draft final new holidays christmas year day monday tuesday"
    " wednesday thursday friday saturday sunday january february march april may june july august september"
    " october november december team group everyone details regards best sincerely cheers"
)


class _Line(NamedTuple):
    number: int
    text: str
    after_blank: bool


def split(body: str, sender: str) -> tuple[str, str]:
    """Return the body and the signature that ends it, "" when there is none; together they are the text given.

    `sender` is a From header's value; with "" only closings, delimiters and contact details tell a signature.
    """
    lines = body.splitlines(keepends=True)
    start = _start(_tail(lines), _Sender(sender))
    if start is None:
        return body, ""
    return "".join(lines[:start]), "".join(lines[start:])


class _Sender:
    """The words and initials that the sender may sign with."""

    def __init__(self, header: str) -> None:
        words = [word.casefold() for word in _WORD.findall(header[:300].partition("@")[0])]
        self.words = frozenset(word for word in words if len(word) > 2) - {"mailto"}
        names = _WORD.findall(header[:300].partition("<")[0].partition("[")[0])
        self.initials = frozenset(
            ("".join(n[0] for n in names).casefold(), "".join(n[0] for n in names[::-1]).casefold())
        )

    def signed(self, line: str) -> bool:
        """Whether `line` is a name of the sender, alone or nearly so."""
        words = [word.casefold() for word in _WORD.findall(line)]
        if not words or len(words) > 6:
            return False
        if self.words.intersection(words):
            return not self._says_something(line)
        return 2 <= len("".join(words)) <= 4 and "".join(words) in self.initials

    def _says_something(self, line: str) -> bool:
        """Whether small words follow the name, as in "Ann brings the keys"."""
        words = line.split()
        first = next((at for at, word in enumerate(words) if word.strip(".,").casefold() in self.words), len(words))
        return any(word.isalpha() and word.islower() for word in words[first:] if word not in self.words | _PARTICLES)


def _tail(lines: list[str]) -> list[_Line]:
    """The last lines that are not blank, first to last."""
    tail: list[_Line] = []
    for number in range(len(lines) - 1, -1, -1):
        text = lines[number].strip()
        if not text:
            continue
        if lines[number].rstrip("\r\n") == _STANDARD_DELIMITER:
            text = _STANDARD_DELIMITER
        tail.append(_Line(number, text, number == 0 or not lines[number - 1].strip()))
        if len(tail) > _MAX_LINES:
            break
    return tail[::-1]


def _start(tail: list[_Line], sender: _Sender) -> int | None:
    """The number of the signature's first line: the highest from which everything to the end fits a signature."""
    start = None
    first = 0 if len(tail) > _MAX_LINES else 1  # a mail is more than its signature
    for position in range(len(tail) - 1, first - 1, -1):
        line = tail[position]
        below = tail[position + 1 :]
        if below and _delimits(line.text, below, sender):
            return line.number
        if not _fits(line.text, sender) or _is_list(line, below):
            break
        if _begins(line, below, sender) and not _is_announced(tail[:position], line):
            start = line.number
    return start


def _is_list(line: _Line, below: list[_Line]) -> bool:
    """Whether a line and the next are items of a list, which is content wherever it stands."""
    return bool(_ITEM.match(line.text) and below and not below[0].after_blank and _ITEM.match(below[0].text))


def _are_names(lines: list[_Line]) -> bool:
    """Whether three lines or more are names of people, as of those who come: the sender's may be the first."""
    texts = [line.text for line in lines]
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return len(texts) > 2 and all(map(_PERSON.fullmatch, texts)) and not _ROLES & words


def _is_announced(above: list[_Line], line: _Line) -> bool:
    """Whether the line above says that something follows, which is content then, unless a closing follows."""
    closes = _CLOSING.fullmatch(line.text) or _FROM_A_PHONE.match(line.text)
    return bool(above) and above[-1].text.endswith(":") and not closes


def _delimits(text: str, below: list[_Line], sender: _Sender) -> bool:
    if _RULE.fullmatch(text):  # drawn for many reasons
        return any(_CONTACT.search(line.text) or sender.signed(line.text) for line in below[:3])
    if text == _DELIMITER:  # it parts a text's sections as well
        return any(_CONTACT.search(line.text) or sender.signed(line.text) for line in below[:4]) or _begins(
            below[0], below[1:], sender
        )
    return text == _STANDARD_DELIMITER


def _fits(text: str, sender: _Sender) -> bool:
    """Whether a line may stand within a signature."""
    if len(text) > _MAX_LINE_CHARACTERS or text.startswith(">"):
        return False
    if _CONTACT.search(text) or _CLOSING.fullmatch(text) or _FROM_A_PHONE.match(text):
        return len(text.split()) <= 12
    words = text.split()
    if len(words) <= 4 and (sender.signed(text) or _CLOSING_AND_NAME.fullmatch(text)):
        return True
    return len(words) <= 9 and not _has_sentence(text) and not text.endswith((":", ",", ";", "?"))


def _has_sentence(text: str) -> bool:
    """Whether a sentence ends in a line, behind more than initials and numbers."""
    return any(_SENTENCE.search(text, 0, found.end) for found in ends(text))


def _begins(line: _Line, below: list[_Line], sender: _Sender) -> bool:
    """Whether a signature may begin with this line, given what stands below it."""
    text = line.text
    if _FROM_A_PHONE.match(text):
        return True
    if _CLOSING.fullmatch(text):
        return _is_signed(below, sender)
    if closing := _CLOSING_AND_NAME.fullmatch(text):
        return _is_name(closing["name"], sender)
    if not line.after_blank or _is_entry(text, below) or _are_names([line, *below]):
        return False
    if sender.signed(text) and len(text.split()) <= 5:
        return True
    # A first name or a nickname that the header does not have; a full name would share a word with it.
    return (
        len(text.split()) == 1
        and _is_name(text, sender)
        and all(_CONTACT.search(lower.text) or _is_name(lower.text, sender) for lower in below)
    )


def _is_signed(below: list[_Line], sender: _Sender) -> bool:
    """Whether a name follows a closing; what follows thanks may be what they are for, a word a line."""
    if not below or not _is_name(below[0].text, sender):
        return False
    return sender.signed(below[0].text) or len(below) < 2 or not all(" " not in line.text for line in below[:3])


def _is_entry(text: str, below: list[_Line]) -> bool:
    """Whether a line is one of several that say something of a name: "Ann: the keys"."""
    if not _ENTRY.match(text) or _CONTACT.search(text):
        return False
    return ": " in text or any(_ENTRY.match(line.text) for line in below[:1])


def _is_name(text: str, sender: _Sender) -> bool:
    if sender.signed(text):
        return True
    words = [word.casefold() for word in _WORD.findall(text)]
    return (
        bool(_NAME.fullmatch(text))
        and len(words) <= 3
        and not _NO_NAMES.intersection(words)
        and text[-1] not in ",:;?!"
    )
