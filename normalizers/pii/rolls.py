"""Who was there, who is written to, who does what: names behind "Apologies:", "cc:", "Reviewers:", "Anwesend:".

Knows: such words, and given names. Knows nothing of the model, which reads a name of one word alone there as any word.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames
from normalizers.pii.context import CONTEXT
from normalizers.pii.finding import Finding

_ROLES = (
    "apologies(?: received)?(?: from)?|present|also present|in attendance|attend(?:ees|ing|ed)|absent|absentees|regrets"
    "|excused|participants?|invite(?:d|es)|guests?|b?cc|to|from|chair(?:ed by|person|man|woman)?|minutes(?: taken)?"
    "(?: by)?|minute[- ]taker|scribe|notes? ?(?:taker|by)|facilitators?|moderators?|hosts?|speakers?|presenters?"
    "|panel(?:l?ists)?|reviewers?|reviewed by|authors?|written by|editors?|team|members?|staff|crew|on call"
    "|on duty|shift|assignees?|assigned(?: to)?|owners?|reporter"
    "|requested by|approve(?:d by|rs?)|signed by|prepared by|submitted by|contacts?"
    "|attn|names?|patient|client|customer|tenants?|witness(?:es)?|volunteers?|drivers?|players?|students?|pupils"
    "|teilnehmer(?:innen)?|anwesend(?:e)?|entschuldigt|abwesend|protokoll|vorsitz|gäste|bearbeiter(?:in)?"
    "|présent(?:e?s)?|excusé(?:e?s)?|absent(?:e?s)?|participants|destinataires?|rédacteur|secrétaire"
    "|asistentes|presentes|ausentes|participantes|invitados|presenti|assenti|partecipanti|aanwezig(?:en)?|afwezig"
    "|deelnemers|närvarande|frånvarande|deltagare|til ?stede|deltakere|obecni|nieobecni|uczestnicy|presenças"
)
_SEPARATOR = re.compile(r"\s?[,;/|+&]\s?| (?:and|und|et|y|e|en|och|og|i|or) ")
_ROLL = re.compile(
    rf"(?:^|[;|] ?)[ \t>*_-]{{0,8}}(?:{_ROLES})(?: \w{{1,12}})?[ *_]{{0,3}}:[ \t*_]{{1,4}}"
    r"([^\n:|]{2,400}?)(?=$|[;.] [^\W\d_]{2,20}:)",
    re.IGNORECASE | re.MULTILINE,
)
# Who has a task, and who speaks in a chat: "[ ] Kofi - send it", "[14:11] sanne: ok".
_TASK = re.compile(r"^[ \t]*(?:[-*+] )?\[[ xX]?\] ([^\W\d_][\w-]{2,24})(?= ?(?: -|:|,) | [A-Z]\.|[ ]?$)", re.MULTILINE)
_SPEAKER = re.compile(
    r"^[\[(]?[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2})?(?: ?[AaPp][Mm])?[\])]? ?(?:- )?"
    r"[<@]?([^\W\d_][\w-]{2,24})>?(?=>|: )",
    re.MULTILINE,
)
_NICK = re.compile(r"^<[@+ ]?([^\W\d_]+?)(?:[A-Z]|_+|[0-9]+)?> ", re.MULTILINE)  # of IRC: "<IdaB> ok"
_WORD = r"[^\W\d_a-z][^\W\d_A-Z]+(?:-[^\W\d_][^\W\d_]+)?"
_NAMED = re.compile(rf"({_WORD}(?: (?:[A-Z]\.|{_WORD})){{0,3}})(?: ?\([^()]{{1,40}}\))?[.!]?")


def find(text: str) -> Iterator[Finding]:
    """Yield the names behind such words that begin with a given name, and those of one word among them."""
    for pattern in (_TASK, _SPEAKER, _NICK):
        for match in pattern.finditer(text):
            if forenames.is_one(match.group(1)):
                yield Finding(*match.span(1), "PERSON", 0.7, CONTEXT)
    for roll in _ROLL.finditer(text):
        start = roll.start(1)
        named: list[re.Match[str]] = []
        count = 0
        for place, end in _items(text, start, roll.end(1)):
            count += 1
            if (name := _NAMED.fullmatch(text, place, end)) is not None:
                named.append(name)
        given = [match for match in named if forenames.is_one(match.group(1).split(" ")[0])]
        are_all = len(given) * 2 >= count > 1
        for match in named if are_all else given:
            yield Finding(*match.span(1), "PERSON", 0.7, CONTEXT)


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the parts between separators stand, without the blanks around them."""
    for separator in (*_SEPARATOR.finditer(text, start, end), None):
        stop = separator.start() if separator else end
        item = text[start:stop]
        if item.strip():
            yield start + len(item) - len(item.lstrip()), start + len(item.rstrip())
        start = separator.end() if separator else end
