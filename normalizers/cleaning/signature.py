"""Where a mail's signature begins.

Knows: what stands in a signature block, and what only looks like one. Knows nothing about headers, MIME or quoted
replies. Only a mail's end is looked at, and only what begins with a delimiter, a closing or a name is a signature: text
that might be content stays. Lines are read once, and only the last few.
"""

import re
from typing import NamedTuple

from normalizers.cleaning import postscript
from normalizers.cleaning.closings import CLOSING, CLOSING_AND_NAME, CLOSING_BEFORE_NAME, FROM_A_DEVICE, PHRASE, REGARDS
from normalizers.cleaning.sender import WORD, Sender
from splitting.sentences import ends
from splitting.words import listed

_MAX_LINES = 18  # of one signature, blank lines not counted
_MAX_LINE_CHARACTERS = 90  # or of a piece of one: "Oak Ltd | 1 Main Street | ann@example.com"
_MAX_WORDS, _MAX_WORDS_WITH_CONTACT = 9, 12
_LONGEST_INITIAL = 3  # characters: "-j", "J."

_DELIMITER = "--"
STANDARD_DELIMITER = "-- "  # RFC 3676, section 4.3
_RULE = re.compile(r"_{4,}|={4,}|\*{4,}|~{4,}|[-\u2013\u2014\u2500]{3,}")
_DRAWN = re.compile(r"[\W_]{3,}")
_LETTER = re.compile(r"[^\W_]")
_FRAMED = re.compile(r"[*|#]\s+(\w.*?)\s+[*|#]")  # a line of a box
_DIVIDER = re.compile(r"\s+[|\xb7\u2013\u2014\u2022\u2219]\s+|\s{3,}")  # or columns
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\bhttps?://|\bwww\.|\(?\d{3}\)?[ ./-]?\d{3}[ ./-]\d{4}|\+\d[\d ().-]{7,}"
    r"|\b(?:tel|tlf|phone|ph|fax|mobile?|cell|office|direct|ext|email|e-mail|[pfmt]|telefon|telefax|handy|durchwahl"
    r"|tél|port|téléphone|portable|móvil|teléfono|telefono|тел)\b ?[.:)]{1,2}\s*\S|\bx ?-?(?:\d-?)?\d{3,5}\b",
    re.IGNORECASE,
)
_CAPITAL = "[A-Z\u00c0-\u00de\u0100-\u017d\u0386-\u03ab\u0400-\u042f]"
_NAME = re.compile(
    rf"\W*(?:{_CAPITAL}[\w'\u2019-]*\.?|[A-Z]{{2,3}})"
    rf"(?:\s+(?:{_CAPITAL}[\w'\u2019-]*\.?|(?:and|&|de|van|von|la|und|et|di)(?=\s))){{0,3}}[\W]*"
    r"|[\u3040-\u30ff\u4e00-\u9fff]{2,6}"
)
_HANDLE = re.compile(r"[^\W\d_A-Z][^\W\d_]{1,11}")  # a name that is written in lower case
_PERSON = re.compile(rf"{_CAPITAL}[\w'\u2019-]+(?: {_CAPITAL}[\w'\u2019-]*\.?)?(?: {_CAPITAL}[\w'\u2019-]+)?")
_ITEM = re.compile(r"(?:[-*\u2022\u2013]|\(?\d{1,2}[.)]|\[.?\])\s*\w")
_ENTRY = re.compile(r"[^\W\d_][\w .'\u2019-]{0,40}(?:(?::|\s[-\u2013=])\s+\S|\s\d[\d.,]*\Z)")
_ABBREVIATED = re.compile(r"\b(?:Pvt|Ltd|Inc|Corp|Co|Dept|Div|Mgr|Assoc|Univ|St|Ave|Blvd|Bldg|Fl|No)\.")
_SENTENCE = re.compile(r"(?:[a-z]{2}|[^\x00-\x7f])\W*\Z")  # and no title such as "M.Sc."
_RUNS_ON = re.compile(
    r"[,;:\u2013\u2014-]\s*\Z|\b(?:and|or|with|for|of|to|at|by|from|the|a|ask|call|see|tell|und|et)\s*\Z"
)
_ANNOUNCES = re.compile(r":\s*\Z|\b(?:to|at|is|are|was|by|from|with|contact|an|bei|von|mit|à|chez|par)\s*\Z")
_SLOGAN = re.compile(r"[\"\u201c\u201e\xab'\u2018].{3,}[\"\u201c\u201d\xbb'\u2019](?:\s*[~\u2013\u2014-]{1,2}.{2,40})?")

# In a signature they tell a title or an organization, which look like names, from names.
_ROLES = listed(
    "manager director engineer head officer president vp ceo cto cfo chief coordinator analyst consultant assistant"
    " associate senior lead developer attorney counsel professor editor sales marketing support services service"
    " department dept office division team group inc ltd llc llp corp corporation company co gmbh ag ab sa plc"
    " partners solutions systems technologies consulting university institute college school center centre bank"
)
_SENDS_TOGETHER = listed("team desk department dept committee family crew staff llc inc ltd gmbh plc")
# Lines that look like a name where no name is known.
_NO_NAMES = listed(
    "thanks thank you please happy merry hello hi hey yes no ok okay good great fyi sorry congratulations"
    " congrats see call contact us enjoy welcome attached attachment attachments note notes the this that and or re"
    " subject to from cc bcc date sent all total end page draft final new holidays christmas year day monday tuesday"
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
    start = _start(_tail(lines), Sender(sender))
    if start is None:
        return body, ""
    return "".join(lines[:start]), "".join(lines[start:])


def _tail(lines: list[str]) -> list[_Line]:
    """The last lines that are not blank, first to last."""
    tail: list[_Line] = []
    for number in range(len(lines) - 1, -1, -1):
        text = lines[number].strip()
        if not text:
            continue
        if lines[number].rstrip("\r\n") == STANDARD_DELIMITER:
            text = STANDARD_DELIMITER
        elif framed := _FRAMED.fullmatch(text):
            text = framed[1]
        tail.append(_Line(number, text, number == 0 or not _LETTER.search(lines[number - 1])))
        if len(tail) > _MAX_LINES:
            break
    return tail[::-1]


def _start(tail: list[_Line], sender: Sender) -> int | None:
    """The number of the signature's first line: the highest from which everything to the end fits a signature."""
    first = 0 if len(tail) > _MAX_LINES else 1  # a mail is more than its signature
    end = _delimited(tail, first, sender)
    start = tail[end].number if end < len(tail) else None
    has_motto = end == len(tail) and _may_be_motto(tail[-1], sender) if tail else False
    for position in range(end - 1 - has_motto, first - 1, -1):
        line, above, below = tail[position], tail[:position], tail[position + 1 :]
        is_above_it = bool(below) and below[0].number == start
        if below and (_delimits(line.text, below, sender) or (is_above_it and _DRAWN.fullmatch(line.text))):
            start = line.number
            continue
        if _is_phrase(line, above, below, sender, is_signed=is_above_it):
            return line.number
        if not _fits(line.text, sender) or _is_list(line, below) or (above and _is_list(above[-1], [line])):
            break
        if is_above_it and CLOSING.fullmatch(below[0].text) and not CLOSING.fullmatch(line.text):
            break  # above a closing stands what it closes
        if has_motto and start is None and not _is_card(line, below, sender):
            continue
        if _begins(line, above, below, sender, is_signed=is_above_it) and not _is_announced(above, line):
            start = line.number
    return start


def _delimited(tail: list[_Line], first: int, sender: Sender) -> int:
    """Where the sender's name stands below a delimiter: what follows is signature whatever it says."""
    for position in range(first, len(tail) - 1):
        text, below = tail[position].text, tail[position + 1 :]
        is_dashes = text in (_DELIMITER, STANDARD_DELIMITER)
        is_rule = bool(_RULE.fullmatch(text)) and any(_CONTACT.search(line.text) for line in below)
        if (is_dashes or is_rule) and _is_own_name(below, sender):
            return position
    return len(tail)


def _is_own_name(lines: list[_Line], sender: Sender) -> bool:
    """Whether the first of these lines is the sender's name, and no entry of a list nor something quoted below it."""
    text = lines[0].text
    is_listed = _is_entry(text, lines[1:]) or _are_names(lines[:3])
    return sender.signed(text) and not is_listed and not any(line.text.startswith(">") for line in lines)


def _is_list(line: _Line, below: list[_Line]) -> bool:
    """Whether a line and the next are items of a list, which is content wherever it stands."""
    return bool(_ITEM.match(line.text) and below and not below[0].after_blank and _ITEM.match(below[0].text))


def _are_names(lines: list[_Line]) -> bool:
    """Whether three lines or more are names of people, as of those who come: the sender's may be the first."""
    texts = [line.text for line in lines]
    words = {word.casefold() for text in texts for word in WORD.findall(text)}
    return len(texts) > 2 and all(map(_PERSON.fullmatch, texts)) and not _ROLES & words


def _is_announced(above: list[_Line], line: _Line) -> bool:
    """Whether the line above says that something follows, which is content then, unless a closing follows."""
    closes = CLOSING.fullmatch(line.text) or FROM_A_DEVICE.fullmatch(line.text)
    return bool(above and _ANNOUNCES.search(above[-1].text)) and not closes


def _delimits(text: str, below: list[_Line], sender: Sender) -> bool:
    if _RULE.fullmatch(text):  # drawn for many reasons
        return any(_CONTACT.search(line.text) or sender.signed(line.text) for line in below[:3])
    if text == _DELIMITER:  # it parts a text's sections as well
        return any(_CONTACT.search(line.text) or sender.signed(line.text) for line in below[:4]) or _begins(
            below[0], [], below[1:], sender
        )
    return text == STANDARD_DELIMITER


def _may_be_motto(line: _Line, sender: Sender) -> bool:
    """Whether the last line may be one that people end their address with, and fits no signature otherwise."""
    is_short = len(line.text) <= _MAX_LINE_CHARACTERS and not line.text.endswith((":", ";", ",", "?"))
    return is_short and not line.after_blank and not line.text.startswith(">") and not _fits(line.text, sender)


def _is_card(line: _Line, below: list[_Line], sender: Sender) -> bool:
    """Whether a line is the sender's full name, with contact details below it."""
    contacts = sum(_CONTACT.search(lower.text) is not None for lower in below)
    return line.after_blank and " " in line.text and sender.is_named(line.text) and contacts > 0


def _is_apart(line: _Line, above: list[_Line]) -> bool:
    """Whether what stands above a line does not run on in it, nor is a list of people that it ends."""
    if line.after_blank:
        return True
    if not above or _RUNS_ON.search(above[-1].text):
        return False
    is_listed = len(above) < 2 or _PERSON.fullmatch(above[-2].text) or _ANNOUNCES.search(above[-2].text)
    return not (is_listed and _PERSON.fullmatch(above[-1].text))


def _is_phrase(line: _Line, above: list[_Line], below: list[_Line], sender: Sender, *, is_signed: bool) -> bool:
    """Whether a line is a phrase that closes a mail because a name follows it: "Happy holidays to all,"."""
    if not below or not PHRASE.fullmatch(line.text) or CLOSING.fullmatch(line.text) or not _is_apart(line, above):
        return False
    return (is_signed and _is_name(below[0].text, sender)) or _is_own_name(below, sender)


def _fits(text: str, sender: Sender) -> bool:
    """Whether a line may stand within a signature."""
    if text.startswith(">") or postscript.BEGINS.match(text):
        return False
    pieces = _DIVIDER.split(text)
    return _piece_fits(text, sender) or (len(pieces) < 6 and all(_piece_fits(piece, sender) for piece in pieces))


def _piece_fits(text: str, sender: Sender) -> bool:
    if len(text) > _MAX_LINE_CHARACTERS:
        return False
    words = text.split()
    if _CONTACT.search(text) or CLOSING.fullmatch(text) or FROM_A_DEVICE.fullmatch(text):
        return len(words) <= _MAX_WORDS_WITH_CONTACT
    if closing := CLOSING_AND_NAME.fullmatch(text):
        return _is_name(closing["name"], sender)
    if len(words) <= 4 and (sender.signed(text) or _is_name(text, sender)):
        return True
    if _SLOGAN.fullmatch(text):
        return len(words) <= 2 * _MAX_WORDS
    has_number = any(word[0].isdigit() for word in words)
    is_address = has_number and len(words) <= 5
    is_open = text.endswith((":", ";", "?")) or (text.endswith(",") and not is_address)
    most = _MAX_WORDS_WITH_CONTACT if has_number and text.count(",") > 1 else _MAX_WORDS  # street, town, country
    return len(words) <= most and not is_open and (is_address or not _has_sentence(text))


def _has_sentence(text: str) -> bool:
    """Whether a sentence ends in a line, behind more than initials and numbers."""
    text = _ABBREVIATED.sub("", text)
    return any(_SENTENCE.search(text, 0, found.end) for found in ends(text))


def _begins(line: _Line, above: list[_Line], below: list[_Line], sender: Sender, *, is_signed: bool = False) -> bool:
    """Whether a signature may begin with this line, given what stands around it."""
    text = line.text
    if FROM_A_DEVICE.fullmatch(text):
        return True
    if CLOSING.fullmatch(text):
        is_signed = (is_signed and not text.endswith(".")) or _is_signed(below, sender)
        return is_signed or bool(below and REGARDS.search(text))
    if closing := CLOSING_AND_NAME.fullmatch(text):
        return _is_name(closing["name"], sender)
    if closing := CLOSING_BEFORE_NAME.fullmatch(text):
        return sender.is_named(closing["name"]) or sender.has_initials(closing["name"])
    if _is_entry(text, below) or _are_names([line, *below]):
        return False
    if not line.after_blank:
        return _is_apart(line, above) and sender.is_named(text)
    return _begins_with_name(text, below, sender) or _is_of_house(text, above, below, sender)


def _is_of_house(text: str, above: list[_Line], below: list[_Line], sender: Sender) -> bool:
    """Whether a line is the full name of somebody who shares the sender's address, one of that house below it."""
    is_apart = bool(above) and above[-1].text.endswith((".", "!", "?"))
    is_full_name = " " in text and _is_name(text, sender)
    return (
        is_apart and is_full_name and bool(sender.house) and any(sender.house in one.text.casefold() for one in below)
    )


def _begins_with_name(text: str, below: list[_Line], sender: Sender) -> bool:
    """Whether a line below a blank one is a name, with contact details, a title or more of them behind it."""
    letters = "".join(WORD.findall(text))
    if not below and len(letters) == 1 and len(text) <= _LONGEST_INITIAL:
        return sender.has_initial(letters) or letters.isupper()
    name = _CONTACT.split(_DIVIDER.split(text)[0])[0].strip() or text
    if sender.signed(name) and len(name.split()) <= 5:
        return True
    full_name, comma, _ = text.partition(", ")
    if comma and " " in full_name and sender.is_named(full_name):
        return True
    if _is_name(text, sender) and any(sender.address and sender.address in lower.text.casefold() for lower in below):
        return True
    is_alone = name == text or _CONTACT.search(text) is not None  # what stands behind a name in a row is a table's cell
    return is_alone and _is_nickname(name, below, sender)


def _is_nickname(name: str, below: list[_Line], sender: Sender) -> bool:
    """Whether a line is a first name that the header does not have; a full name would share a word with it."""
    _, *others = name.split()
    if not _is_name(name, sender) or (others and not (len(others) == 1 and sender.has_initial(others[0].rstrip(".")))):
        return False
    if not any(_CONTACT.search(lower.text) for lower in below) and any(" " not in lower.text for lower in below):
        return False  # a list, a word a line
    return all(_CONTACT.search(lower.text) or _is_name(lower.text, sender) for lower in below)


def _is_signed(below: list[_Line], sender: Sender) -> bool:
    """Whether a name follows a closing; what follows thanks may be what they are for, a word a line."""
    if not below:
        return False
    text = below[0].text
    if CLOSING.fullmatch(text):
        return _is_signed(below[1:], sender)
    words = [word.casefold() for word in WORD.findall(text)]
    if sender.signed(text) or (len(words) == 1 and len(words[0]) == 1 and sender.has_initial(words[0])):
        return True
    if words and words[-1] in _SENDS_TOGETHER:
        return True
    if len(below) == 1 and _HANDLE.fullmatch(text) and not _NO_NAMES.intersection(words):
        return True
    return _is_name(text, sender) and (len(below) < 2 or not all(" " not in line.text for line in below[:3]))


def _is_entry(text: str, below: list[_Line]) -> bool:
    """Whether a line is one of several that say something of a name: "Ann: the keys"."""
    if not _ENTRY.match(text) or _CONTACT.search(text):
        return False
    return ": " in text or any(_ENTRY.match(line.text) for line in below[:1])


def _is_name(text: str, sender: Sender) -> bool:
    if sender.signed(text):
        return True
    words = [word.casefold() for word in WORD.findall(text)]
    return (
        bool(_NAME.fullmatch(text))
        and len(words) <= 3
        and not _NO_NAMES.intersection(words)
        and text[-1] not in ",:;?!"
    )
