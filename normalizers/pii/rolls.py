"""Who was there, who is written to, who does what: names behind "Apologies:", "cc:", "Reviewers:", "Anwesend:".

Knows: such words, and given names. Knows nothing of the model, which reads a name of one word alone there as any word.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames
from normalizers.pii.context import CONTEXT
from normalizers.pii.finding import Finding
from splitting.words import listed

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
# Who else speaks with a time before it, in a log: "[10:02:11] error: no space left".
_NOBODY = listed(
    "info warn warning error err debug trace notice fatal critical alert emerg ok fail failed failure success start "
    "started stop stopped end done note todo status step stage phase task job build test deploy run system server "
    "client host node worker master main app bot admin user agent customer support operator assistant human model "
    "caller interviewer interviewee speaker moderator guest doctor patient nurse teacher student judge court question "
    "answer subject title description summary update action result response request input output kernel cron sshd "
    "systemd docker nginx postgres redis init lunch break coffee meeting agenda arrival departure opening closing "
    "dinner breakfast keynote panel intro welcome registration checkout checkin temp temperature pulse weight dose "
    "everyone all team"
)
_LEAST_LINES, _LEAST_SPEAKERS = 3, 2
# Who is somebody's: "his brother Detlev", "sa fille Ga\u00eblle", "ihr Mann Detlev".
_KIN = re.compile(
    r"(?<!\w)(?:my|his|her|their|our|your|(?:[Mm]ein|[Dd]ein|[Ii]hr|[Ss]ein|[Uu]nser)(?:e[mnrs]?)?|mon|ma|son|sa|leur|su|mi"
    r"|suo|sua|mio|mia|zijn|haar|mijn|min|hans|hennes|meu|minha|seu)"
    r" (?:(?:late|elder|older|younger|eldest|youngest|twin|step|ex) ?)?"
    r"(?:husband|wife|partner|son|daughter|brother|sister|mother|father|mum|mom|dad|uncle|aunt|cousin|nephew|niece"
    r"|boyfriend|girlfriend|friend|colleague|neighbour|neighbor|boss|Mann|Frau|Sohn|Tochter|Bruder|Schwester|Mutter|Vater"
    r"|Freund(?:in)?|Kolleg(?:e|in)|mari|femme|fils|fille|fr\u00e8re|s\u0153ur|soeur|marido|esposa|mujer|hij[oa]|herman[oa]"
    r"|amig[oa]|marito|moglie|figli[oa]|fratello|sorella|man|vrouw|zoon|dochter|broer|zus|filh[oa]|irm\u00e3?o?)"
    r",? ([^\W\d_a-z][^\W\d_A-Z]+)(?!\w)"
)
_NICK = re.compile(r"^<[@+ ]?([^\W\d_]+?)(?:[A-Z]|_+|[0-9]+)?> ", re.MULTILINE)  # of IRC: "<IdaB> ok"
_WORD = r"[^\W\d_a-z][^\W\d_A-Z]+(?:-[^\W\d_][^\W\d_]+)?"
_NAMED = re.compile(rf"({_WORD}(?: (?:[A-Z]\.|{_WORD})){{0,3}})(?: ?\([^()]{{1,40}}\))?[.!]?")


def find(text: str) -> Iterator[Finding]:
    """Yield the names behind such words that begin with a given name, and those of one word among them."""
    yield from _speakers(text)
    for pattern in (_TASK, _SPEAKER, _NICK, _KIN):
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
        given = [match for match in named if _is_persons(match.group(1))]
        are_all = len(given) * 2 >= count > 1
        for match in named if are_all else given:
            yield Finding(*match.span(1), "PERSON", 0.7, CONTEXT)


def _speakers(text: str) -> Iterator[Finding]:
    """Yield who speaks in a chat, whatever they are called: those whose lines begin with a time and a name."""
    spoken = list(_SPEAKER.finditer(text))
    said = [match.group(1).casefold() for match in spoken]
    is_chat = len(said) >= _LEAST_LINES and len(said) > len(set(said)) >= _LEAST_SPEAKERS
    if is_chat and not _NOBODY.intersection(said):
        yield from (Finding(*match.span(1), "PERSON", 0.7, CONTEXT) for match in spoken)


def _is_persons(name: str) -> bool:
    """Whether a name begins with a given name, which may be a word as well where a surname follows: "Summer Fields"."""
    first, _, rest = name.partition(" ")
    return forenames.is_one(first) or (rest != "" and forenames.is_word(first))


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the parts between separators stand, without the blanks around them."""
    for separator in (*_SEPARATOR.finditer(text, start, end), None):
        stop = separator.start() if separator else end
        item = text[start:stop]
        if item.strip():
            yield start + len(item) - len(item.lstrip()), start + len(item.rstrip())
        start = separator.end() if separator else end
