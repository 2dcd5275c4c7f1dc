"""What stands below a mail and nobody wrote for it: legal disclaimers, footers of mailing lists, PGP's armor.

Knows: how they are worded, and that they end a message. Knows nothing about signatures or quotes. A paragraph about
secrecy that is meant for the reader is content: a disclaimer speaks to whom a mail was not meant for.
"""

import re

# What a disclaimer says, in English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish, Norwegian,
# Finnish, Polish, Czech and Russian; one of them says several of these.
_TOPICS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bconfidential|\bvertraulich|\bconfidentiel|\bconfidencia[il]|\briservat[oaei]\b|\bvertrouwelijk"
        r"|\bkonfiden[ts]i(?:ell|el)|\bfortrolig|\bsekretess|\bluottamuksel|\bpoufn|\bdůvěrn|конфиденциальн",
        r"\bprivileged\b|\bproprietary\b|\bgeschützt|\bsecret professionnel|\bsecreto profesional",
        r"\bintended (?:only|solely|exclusively)? ?(?:for|recipient)|\baddressee|\bsole use of\b"
        r"|\b(?:ausschließlich|nur) für\b|\bfür den (?:\w+ )?empfänger"
        r"|\bexclusi(?:f|ve)(?:ment)?\b.{0,40}\b(?:destinataire|destiné|intention)"
        r"|\b(?:réservée?|destinée?)s?\b.{0,40}\bdestinataire"
        r"|\bdirigido (?:exclusivamente|únicamente)|\bdestinat[aá]ri|\buitsluitend\b|\bgeadresseerde"
        r"|\b(?:avse(?:dd|tt|dda)|beregnet|tiltænkt|ment|bestemt) (?:\w+ )?f[öo]r? "
        r"|\badressat|\bmottagare|\bmo(?:ttaker|dtager)|\bvastaanottaj|\badresat|\bpříjemc|адресат|получател",
        r"\bnot (?:be )?the (?:intended|named|correct)\b|\breceived (?:(?:this|it)[\w\s,/-]{0,40})?in error"
        r"|\bby mistake\b"
        r"|\bnicht der (?:richtige|beabsichtigte|vorgesehene)|\birrtümlich|\bpar erreur|\bpas (?:le|un) destinataire"
        r"|\bpor error\b|\bno es (?:usted )?el destinatario|\bper errore\b|\bten onrechte\b|\bniet voor u bestemd"
        r"|\bav misstag\b|\bved (?:en )?fe[ij]l|\b(?:vahingossa|erehdyksessä)\b|\bpor (?:engano|lapso)\b|\b(?:o|po)mył"
        r"|\bomylem\b|ошибочно|по ошибке",
        r"\bnotify (?:the sender|us|me)\b|\bcontact the sender\b|\bby (?:reply|return) e-?mail"
        r"|\b(?:informieren|benachrichtigen|verständigen)\b.{0,40}\babsender|\b(?:avertir|informer"
        r"|prévenir)\b.{0,40}\bexpéditeur|\bremitente\b|\bmittente\b|\bde afzender\b|\ba(?:v|f)s(?:ändare|ender)"
        r"|\blähettäj|\bremetente\b|\bnadawc|\bodes[ií]latel|отправител",
        r"\bunauthori[sz]ed\b|\bstrictly prohibited\b|\bany (?:review|use|disclosure|dissemination|copying)\b"
        r"|\bunerlaubt|\bunbefugt|\bnicht gestattet|\buntersagt|\b(?:strictement )?interdite?s?\b|\bnon autorisée?"
        r"|\bprohibid[oa]\b|\bvietat[oa]\b|\bniet toegestaan\b"
        r"|\bförbju|\b(?:ikke|ej) (?:tillatt|tilladt)|\bobehörig|\bforbudt\b",
        r"\bvirus|\bnot (?:secure|guarantee)|\baccepts? no (?:liability|responsibility)|\bhaft(?:en|ung)\b"
        r"|\bresponsabili|\baansprakelijk",
        r"\bviews (?:or opinions )?expressed\b|\bnot necessarily (?:those|represent|reflect)",
        r"\bdelete (?:it|this|all|the)\b|\bdestroy\b|\b(?:vernichten|löschen)\b|\b(?:détruire|supprimer)\b"
        r"|\belimin[ae]r?(?:lo|la)?\b|\bbórrelo\b|\bcancellar|\bverwijderen\b|\bradera\b|\bslett?e?\b|\bförstör"
        r"|\bpoista|\btuhoa|\bapag(?:ue|ar|á)|\busun(?:ąć|ięcie)|\busuń|\bskasow|\b(?:smaž|vymaž)|удалит",
    )
)
_MOST_CHARACTERS = 10_000
_MIN_TOPICS, _MIN_TOPICS_ABOUT_ITSELF = 3, 2
_TITLE = re.compile(
    r"\W*(?:confidentiality (?:notice|note)|(?:legal |e-?mail )?disclaimer|privileged (?:and|&) confidential"
    r"|vertraulichkeitshinweis|haftungsausschluss|avis de confidentialité|aviso (?:legal|de confidencialidad))\b",
    re.IGNORECASE,
)
_PRINTING = re.compile(
    r".{0,10}(?:(?:please )?(?:consider|think of) the environment before (?:printing|you print)"
    r"|(?:bitte )?(?:denken|prüfen) sie .{0,60}(?:umwelt|ausdrucken|drucken)"
    r"|(?:merci de )?(?:n['\u2019]imprimez|pensez? à l['\u2019]environnement)).{0,80}",
    re.IGNORECASE,
)
_TO_STRANGERS = re.compile(
    r"\bintended recipient|\baddressee|\bnot (?:be )?the (?:intended|named|correct)\b|\bin error\b|\bby mistake\b"
    r"|\bto whom\b"
    r"|\bif you (?:are not|have received)\b|\bvirus|\bliab(?:le|ility)|\bresponsibility\b|\bviews\b|\bopinions\b"
    r"|\bnot necessarily\b|\badressat|\bempfänger|\birrtümlich|\bhaft(?:en|ung)\b|\bdestinata|\bpar erreur"
    r"|\bresponsabili|\bpor error\b|\bper errore\b|\bten onrechte\b|\bgeadresseerde|\bniet voor u bestemd"
    r"|\bav misstag\b|\bved (?:en )?fe[ij]l\b|\bmottagare|\bmo(?:ttaker|dtager)|\bdestinatári|\bpor (?:engano|lapso)\b"
    r"|\b(?:vastaanottaj|vahingossa|erehdyksessä)|\badresat|\b(?:o|po)mył|\bpříjemc|\bomylem\b|адресат|получател"
    r"|ошибочно|по ошибке",
    re.IGNORECASE,
)
# How a disclaimer of a sentence or two begins, which is about the mail that it stands in.
_ABOUT_ITSELF = re.compile(
    r"\W*(?:[\w-]+[:!]\s*)?(?:(?:the|any|all|die|der|les?|la|as|o|de|(?:inneh|indh|innh)\w+|(?:informa|opp?lys)\w+)"
    r"(?: \w+){0,3} )?(?:"
    r"this (?:e-?mail|message|communication|transmission)\b"
    r"|if you (?:are not the intended|(?:have )?received this (?:e-?mail|message|communication|in error|by mistake))"
    r"|diese[rs]? (?:e-?mail|mail|nachricht)\b"
    r"|(?:sollten|falls|wenn) sie (?:diese (?:e-?mail|mail|nachricht)|nicht der)\b"
    r"|ce(?:t|tte)? (?:message|courriel|mail|e-?mail|communication)\b|si vous (?:avez reçu ce|n['\u2019]êtes pas)"
    r"|n?est[ea] (?:mensa(?:je|gem)|correo|e-?mail|comunica(?:ción|ção))\b|si (?:usted )?(?:no es|ha recibido este)\b"
    r"|se (?:recebeu est|não (?:é|for)\b)"
    r"|(?:il presente|questo|la presente|questa) (?:messaggio|e-?mail|mail|comunicazione)\b"
    r"|se (?:ha|avete) ricevuto quest[oa]\b"
    r"|(?:dit|deze) (?:bericht|e-?mail(?:bericht)?|mail)\b"
    r"|(?:indien|als|mocht) u (?:dit|deze|niet)\b"
    r"|de(?:tta|nna|nne|tte|n här|t här)"
    r" (?:meddeland|me?jl|mail|e-?post|e-?mail|melding|meddelelse)"
    r"|om du (?:har )?(?:fått|mottagit|inte är)\b|(?:har du|(?:hvis|dersom) du har) (?:fått|mottatt|modtaget)\b"
    r"|(?:hvis|dersom) du ikke er\b|tämä (?:viesti|sähköposti)|jos (?:olet|et ole|sait)\b"
    r"|(?:ta|niniejsza) wiadomość|je(?:śli|żeli) (?:otrzyma|nie jest)|(?:tato zpráva|tento e-?mail)\b"
    r"|(?:это|данное|настоящее) (?:электронное )?(?:сообщение|письмо)"
    r")",
    re.IGNORECASE,
)
# What is to be done by a day is meant for the reader.
_DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|tomorrow|tonight|deadline|next week)\b|\b(?:by|until"
    r"|before) (?:the )?\d"
    r"|\b(?:by|until|before) (?:noon|the end of|january|february|march|april|may|june|july|august|(?:sept|nov"
    r"|dec)ember|october)"
    r"|\b(?:mon|diens|donners|frei|sams|sonn)tag|\bmittwoch|\bbis (?:morgen|zum \d)|\b(?:lun|mar|mercre|jeu"
    r"|vendre|same)di\b"
    r"|\b(?:mån|tis|ons|tors|fre|lör|sön|man|tirs|lør|søn)dag|\bsenast\b"
    r"|\bdimanche\b|\bavant (?:demain|le \d)|\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b",
    re.IGNORECASE,
)
_LIST_FOOTER = re.compile(
    r"\bto unsubscribe\b|\bunsubscribe from (?:this|the)\b|\byou (?:are )?receiv(?:ed|ing) this"
    r" (?:message|e-?mail) because\b|\bmailing list\s*$|\bdo you yahoo\b|\bvom? newsletter abmelden"
    r"|\bpour vous (?:désabonner|désinscrire)|\bchecked for viruses\b|\bvirus-free\b|\bvirenfrei\b|\bsans virus\b",
    re.IGNORECASE | re.MULTILINE,
)
_FOOTER_SHOWS_WHERE = re.compile(r"@[\w-]+\.|https?://")
_MOST_FOOTER_LINES = 8
_RULE = re.compile(r"[\s*_=#-]*")
_MOST_PARAGRAPHS = 6  # at a message's end
_ARMOR = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: [^\n]*\n)*\n?"
    r"|^-----BEGIN PGP SIGNATURE-----\n(?:[^\n-][^\n]*\n|\n)*-----END PGP SIGNATURE-----(?:\n|\Z)",
    re.MULTILINE,
)


def split(text: str) -> tuple[str, str]:
    """Return the text and the notices that end it, with the rules drawn around them."""
    lines = text.splitlines(keepends=True)
    start = end = len(lines)
    for _ in range(_MOST_PARAGRAPHS):
        while end and _RULE.fullmatch(lines[end - 1]):
            end -= 1
        begin = end
        while begin and lines[begin - 1].strip() and not _RULE.fullmatch(lines[begin - 1]):
            begin -= 1
        if not _is_notice(lines[begin:end], is_ruled=begin > 0 and bool(lines[begin - 1].strip())):
            break
        start = end = begin
    if start == len(lines):
        return text, ""
    while start and _RULE.fullmatch(lines[start - 1]):
        start -= 1
    return "".join(lines[:start]), "".join(lines[start:])


def without_armor(text: str) -> str:
    """Return a text that PGP signed without what PGP put around it."""
    return _ARMOR.sub("", text) if "-----BEGIN PGP SIG" in text else text


def _is_notice(lines: list[str], *, is_ruled: bool) -> bool:
    """Whether a paragraph is a notice; `is_ruled` when a line is drawn above it."""
    paragraph = "".join(lines)
    if not paragraph.strip() or len(paragraph) > _MOST_CHARACTERS:
        return False
    is_footer = is_ruled and len(lines) <= _MOST_FOOTER_LINES and _FOOTER_SHOWS_WHERE.search(paragraph)
    if is_footer and _LIST_FOOTER.search(paragraph):
        return True
    return _is_disclaimer(" ".join(line.strip() for line in lines))


def _is_disclaimer(paragraph: str) -> bool:
    if _PRINTING.fullmatch(paragraph):
        return True
    if _DAY.search(paragraph):
        return False
    topics = sum(topic.search(paragraph) is not None for topic in _TOPICS)
    if _TITLE.match(paragraph):
        return topics >= 1
    least = _MIN_TOPICS_ABOUT_ITSELF if _ABOUT_ITSELF.match(paragraph) else _MIN_TOPICS
    return topics >= least and _TO_STRANGERS.search(paragraph) is not None
