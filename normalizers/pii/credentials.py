"""What opens something and stands behind a label: "password: ", "DB_PASS=", "Passwort lautet ".

Knows: how people and programs call a secret, in the languages that this file lists. Knows nothing about commands.
"""

import re
from collections.abc import Iterator

from normalizers.pii import secret_values
from normalizers.pii.context import CONTEXT
from normalizers.pii.finding import Finding
from normalizers.pii.secret_values import MOST, NO_VALUE, SPECIAL, is_reference
from normalizers.pii.tokens import is_random

# A label may be the end of a longer word (DBPASSWORD, clientSecret, WLAN-Passwort); a short one only where a new part
# of the word begins, for "compass" and "spin".
_WORDS = (
    "passwor[dt]|passwd|passphrase|passcode|pass[ _-]key|passord|pwd|kennwort|kennung|mot de passe|contrase[ñn]a"
    "|senha|palavra[ -]passe|wachtwoord|l[öo]senord|adgangskode|salasana|has[łl]o|heslo|jelsz[óo]"
    "|parol[aă](?: d'ordine| chiave)?|[şs]ifre|chiave segreta|palavra[ -]chave|lozinka|geslo|slaptažodis|parole"
    "|m[ậa]t kh[ẩa]u|kata sandi|[Пп]ароль|ПАРОЛЬ|κωδικός|密码|密碼|口令|パスワード"
    r"|cl[ée]f? (?:du |de la |de )?(?:wi-?fi|wpa2?|r[ée]seau|box)|(?:wi-?fi|network|wlan|wpa2?|hotspot)[ -]key"
    r"|(?:wlan|wi-?fi|netzwerk|netz)-?schl[üu]ssel"
    "|暗証番号|비밀번호|암호|סיסמ[הא]|كلمة (?:المرور|السر)|رمز عبور|पासवर्ड|รหัสผ่าน"
)
_SHORT_WORDS = "pass|pw|mdp|clave|psw|pswd|passwrd|psk"
_CODES = (
    "pin|pin[ -]?code|c[óo]digo de (?:acceso|acesso|verificaci[óo]n|verifica[çc][ãa]o|seguridad|segurança)|zugangscode"
    "|codice di (?:accesso|verifica|sicurezza)|code d'accès|code de (?:vérification|sécurité)|toegangscode|kod dostępu"
    "|otp|cvv2?|cvc2?|one[ -]time code|(?:verification|security|access|door|alarm|backup) code|mfa code"
)
_SECRETS = "secret|(?:secret|private|encryption|signing|shared|client|master)[ _-]?key"
_KEYS = (
    "token|credentials?|api[ _.-]?key|(?:php)?sess(?:ion)?[ _-]?id|connect\\.sid"
    "|(?:access|auth|account|storage|subscription)[ _-]?key|(?<=_)auth(?==)"
)
_LABEL = re.compile(
    f"(?P<password>{_WORDS})|(?P<code>\\b(?:{_CODES})\\b)|(?P<short>{_SHORT_WORDS})|(?P<secret>{_SECRETS})|(?P<token>{_KEYS})"
    "|(?P<key>key)"
)
_SEPARATOR = re.compile(
    # what a name may end with: DB_WORDS_PROD, password2
    r"(?:[_.-]?(?:prod|production|dev|test|staging|live|old|new|main|default|primary|secondary|base|base64|[0-9]{1,3}))?"
    # what kind it is of, where the adjective stands behind: "mot de passe provisoire"
    r"(?: (?:provisoire|temporaire|actuel|initial|temporal|provisional|actual|inicial|provvisori[ao]|temporane[ao]"
    r"|provis[óo]ri[ao]|tempor[áa]ri[ao]|atual)(?=[ ]?[:=]))?"
    r"(?: (?:daf[üu]r|dazu|hierf[üu]r|there|here|currently|aktuell|momentan|ici|aqu[íi]|qui))?"
    # what it opens: "mot de passe wifi : ", "password (admin): ", "password for the server is"
    r"(?: \(?(?:wi-?fi|wlan|vpn|admin|root|user|guest|g[aä]st|invit[ée]|nas|router|ssh|ftp|db|database|server"
    r"|e-?mail|login|pc|laptop|portal|bank|outlook|windows|account)\)?(?=[ ]?[:=]))?"
    r"(?:(?: (?:for|to|of|on|f[üu]r|zu[mr]?|pour|de|du|del|dell[aeo]|para|per|d[aoe]s?|dla|til|till|voor|van|från)"
    r"(?: [\w@.'-]{1,32}){1,4}?)?"
    r"""["'\])*_]{0,3}[ \t]{0,3}(?:"""
    r"""(?P<entry>:\s{1,24}value[ ]?[:=][ ]{1,4})"""
    r"""|(?P<assigned>(?::?=>?|:>?|->)[*_]{0,2}[ \t]{0,3}(?:!!?[\w/]{1,16}[ ]|[|>][+-]?(?=\n))?(?:\n[ \t]{0,8})?)"""
    r"""|(?P<value>[,;]?\s{1,12}value[ ]?[:=][ ]?|>\s{0,4}<value>)"""
    r"""|(?P<element>>)|(?P<cell>\|[ ]{0,8})"""
    r"""|(?P<reads>\b(?:lautet|reads|luidt)\b:?[ ])"""
    r"""|(?P<said>(?:\b(?:(?:is|was|(?:has|had|have) been|ist|war|est|es|er|on|jest|je|este|är|è|é|это)(?: now)?"""
    r"""(?: (?:re)?set to| changed to)?|(?:re)?set to|changed to)\b|は|是)"""
    r"""[ ]?:?[ ]?)"""
    r""")|(?P<blank>[ ]))"""
)
_SAID_BEFORE = re.compile(
    r"""(?<!\S)["'`]?([^\s"'`]{6,64})["'`]? (?:as|is|was) (?:the|my|his|her|their|your|our)(?: [a-z-]{2,16})? \Z"""
)
_BECAME = re.compile(r"[^.\n]{0,80}?\b(?:(?:re)?set|changed?|updated?) (?:it|that|mine) (?:back )?to[ :]{1,2}")
_SHORTEST_SET = 6  # characters
_FURTHEST_BEFORE = 96  # characters of such a value and what stands between
# A question in a chat and what somebody answers: "what's the door code?", "ben: 4471#".
_ANSWER = re.compile(
    r"[^\n.:=]{0,24}\n[\[(<@]?[^\W\d_][\w .-]{0,24}(?:: |> )(?P<value>[^\s\"'`]{4,64})(?=[.!]?(?:\n|\Z))"
)
_ASKS = re.compile(r"\b(?:what(?:'?s)?|which|anyone|remind|remember|know|send|wie|was|quel|cu[áa]l|qual|wat)\b|\?")

_LABEL_WORD = re.compile(f"pass|secret|token|credential|{_WORDS}", re.IGNORECASE)
_MARK = re.compile("[!@#$%^*+=~&?]")
_MARK_WITHIN = re.compile(r"\w[!@#$%^*+=~&?]\w")  # a word, as prose has none
# Behind a label and nothing but a blank: no word, no name of a method, and no version of one.
_CODE = re.compile(
    r"(?!(?:sha|md|rfc|iso|aes|des|base|utf|pkcs|nist|pbkdf|bcrypt|argon|oauth|x509|v[0-9])[A-Za-z]*[0-9])"
    r"(?=(?:[A-Za-z]*[0-9]){3})(?=[0-9]*[A-Za-z])[A-Za-z0-9]+",
    re.IGNORECASE,
)
_SHORTEST_CODE = {"password": 8, "secret": 16, "token": 16}  # characters
_IN_WORD = re.compile(r"[\w-]")
_LINE_CONFIG = re.compile(r"(?:^|[;&])[ \t]*(?:export |set |env |- )?[\w.\[\]-]*\Z", re.IGNORECASE)
_IN_SHELL = re.compile(
    r"(?:^|[;&|$>])[ \t]*(?:export |env )?(?:[A-Z_]{1,40}=\S{0,80} )?[A-Z0-9_]*\Z"
)  # PGPASSWORD=x psql
_ENDS_LINE = re.compile(r"[ \t]*(?:[;&#\n]|\Z)")
_LONGEST_NAME = 64  # characters of a key in front of a label, on its line
_IN_ROW = re.compile(r"=[^\n;]{1,256};[ ]?[\w ]{0,24}\Z")  # of keys and values, as a database is connected to
_LONGEST_ROW = 320  # characters of it before a label
# A phrase that nothing quotes, in a file of such lines.
_PHRASE = re.compile(r"[\w'-]{1,24}(?:[ ,]{1,2}[\w'-]{1,24}){1,5}(?=[ \t]*(?:\n|\Z))")
_ENTRY = re.compile(r"\n?(?:[\w.-]{1,40}[ ]?=|\[[\w.-]{1,40}\]|[ \t-]{0,12}[a-z][\w.-]{0,40}:(?: |\n|\Z))")
# The same between other things that are told so: "network: Guest, password: low tide, until Sunday".
_PHRASE_IN_ROW = re.compile(r"[\w'-]{1,24}(?: [\w'-]{1,24}){1,5}(?=[ ]?(?:[,;/|)]|\n|\Z))")
_ROW_BEFORE = re.compile(r":[ ][^:\n]{1,64}[,;/|][ ]\Z")
_MOST_IN_PHRASE = 6  # words


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    for label in _LABEL.finditer(lowered):
        if not _begins_part(text, label.start(), str(label.lastgroup)):
            continue
        found = _behind(text, lowered, label) or _before(text, label) or _answer(text, lowered, label)
        yield from (Finding(*span, "SECRET", 0.7, CONTEXT) for span in (found, _set(text, lowered, label)) if span)


def _set(text: str, lowered: str, label: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value stands that a password became: "the password was wrong, so I set it to abc!12"."""
    became = _BECAME.match(lowered, label.end()) if label.lastgroup == "password" else None
    if became is None:
        return None
    start, end, _ = secret_values.read(text, became.end())
    value = text[start:end]
    is_more = any(map(str.isalpha, value)) and SPECIAL.search(value) is not None and len(value) >= _SHORTEST_SET
    return (start, end) if is_more and not is_reference(text, start, value, False) else None


def _before(text: str, label: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value before a password's label stands: "use abc!12 as the password"."""
    if label.lastgroup != "password":
        return None
    said = _SAID_BEFORE.search(text, max(0, label.start() - _FURTHEST_BEFORE), label.start())
    if said is None or not any(map(str.isalpha, said.group(1))) or not SPECIAL.search(said.group(1)):
        return None
    return said.span(1)


def _answer(text: str, lowered: str, label: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value stands that somebody asked for in a chat and the next one says."""
    answer = _ANSWER.match(text, label.end())
    if answer is None or label.lastgroup not in ("code", "password"):
        return None
    if not _ASKS.search(
        lowered, max(text.rfind("\n", 0, label.start()) + 1, label.start() - 80), answer.start("value")
    ):
        return None
    value = answer.group("value").rstrip(".!")
    is_code = value.strip("*#").isdigit() and len(value) <= 9
    is_more = any(map(str.isalpha, value)) and SPECIAL.search(value) is not None and len(value) >= 6
    is_secret = is_code or (is_more and label.lastgroup == "password")
    return (answer.start("value"), answer.start("value") + len(value)) if is_secret else None


def _begins_part(text: str, start: int, kind: str) -> bool:
    """Whether a label stands where one may: a short one where a part of a word begins, in "dbPass" and "DBPASS" too."""
    before = text[start - 1 : start]
    if kind in ("password", "secret", "token", "key") or not before.isalpha():
        return kind != "key" or before.isalpha() or before in ("_", "-", " ")
    return text[start].isupper()


def _behind(text: str, lowered: str, label: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value behind a label stands, if there is one that looks like a secret."""
    separator = _SEPARATOR.match(lowered, label.end())
    if separator is None:
        return None
    kind, how = str(label.lastgroup), str(separator.lastgroup)
    start, end, is_quoted = secret_values.read(text, separator.end(), is_element=how == "element")
    if how == "assigned" and not is_quoted and kind in ("password", "short"):
        start, end, is_quoted = _phrase(text, label, separator) or (start, end, is_quoted)
    value = text[start:end]
    if how == "blank" and kind != "code" and not _stands_by_itself(value, kind, is_quoted):
        return None
    if len(value) < 3 or is_reference(text, start, value, is_quoted):
        return None
    return (start, end) if _is_secret(text, label, separator, (start, end), is_quoted) else None


def _phrase(text: str, label: re.Match[str], separator: re.Match[str]) -> tuple[int, int, bool] | None:
    """Return where a phrase stands that ends its line among others of keys and values."""
    in_row = _PHRASE_IN_ROW.match(text, separator.end())
    if in_row and _is_in_row(text, label, separator):
        return (*in_row.span(), True)
    phrase = _PHRASE.match(text, separator.end())
    if phrase is None or not _is_entry(text, label, separator):
        return None
    line = text.rfind("\n", 0, label.start())
    has_entry_above = line >= 0 and _ENTRY.match(text, text.rfind("\n", 0, line) + 1)
    is_among_others = has_entry_above or _ENTRY.match(text, phrase.end() + 1)
    return (*phrase.span(), True) if is_among_others else None


def _is_entry(text: str, label: re.Match[str], separator: re.Match[str]) -> bool:
    """Whether a label ends a key that begins its line and has a value behind "=", or is "password: "."""
    line = text[max(text.rfind("\n", 0, label.start()) + 1, label.start() - _LONGEST_NAME) : label.start()]
    word = text[slice(*label.span())]
    is_glued = text[label.start() - 1 : label.start()].islower()  # adminPassword
    is_variable = separator.group().startswith(":") and (word.isupper() or word.islower() or is_glued)
    return (separator.group().strip() == "=" or is_variable) and _LINE_CONFIG.search(line) is not None


def _is_in_row(text: str, label: re.Match[str], separator: re.Match[str]) -> bool:
    """Whether a label stands in a line among others that have a value behind ":"."""
    before = text[max(text.rfind("\n", 0, label.start()) + 1, label.start() - _LONGEST_NAME) : label.start()]
    return separator.group().strip() == ":" and _ROW_BEFORE.search(before) is not None


def _stands_by_itself(value: str, kind: str, is_quoted: bool) -> bool:
    """Whether a value behind a blank is one by how it is written: prose goes on behind "password" and "token", too."""
    if kind == "password" and (is_quoted or _MARK.search(value[:-1])):
        return True
    if kind == "short" and _MARK_WITHIN.search(value) and any(map(str.isdigit, value)) and not value.isupper():
        return any(map(str.isalpha, value))
    return len(value) >= _SHORTEST_CODE.get(kind, MOST) and _CODE.fullmatch(value) is not None


def _is_secret(
    text: str, label: re.Match[str], separator: re.Match[str], span: tuple[int, int], is_quoted: bool
) -> bool:
    """Whether a value is more than a word: prose says "token: string", "password: required", "max_token: 512"."""
    value, kind, how = text[span[0] : span[1]], str(label.lastgroup), str(separator.lastgroup)
    has_letter, has_digit = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if kind == "code":
        digits = value.strip("*#")  # keys of a door's pad
        return (
            digits.isdigit() and (3 if how == "assigned" or label.group().startswith("cv") else 4) <= len(digits) <= 8
        )
    if kind == "key":  # of anything: of a table, a piano, a licence
        return has_letter and has_digit and is_random(value)
    said = {word.casefold() for word in re.findall(r"[^\W\d_]+", value)}
    if " " in value.strip():  # a phrase; prose in quotes has no digit, or says what must be
        is_phrase = (len(said) >= 3 and label.group() == "passphrase") or _is_whole_key(text, label, separator, said)
        is_more = has_digit or (kind == "password" and _MARK_WITHIN.search(value) is not None)
        return (is_phrase or (is_more and not said & NO_VALUE)) and len(value) <= 64
    if not has_letter:
        least = 8 if kind != "password" else 5 if how == "said" else 4
        return value.isdigit() and len(value) >= least and how in ("assigned", "entry", "reads", "element", "said")
    if SPECIAL.search(value.rstrip("!")):
        least = 6 if how in ("said", "cell") or kind in ("secret", "token") else 4
        return len(value) >= least and value.casefold() not in NO_VALUE
    if len(value) < (3 if how == "element" else 6) or said & NO_VALUE:
        return False
    if how == "assigned" and _IN_ROW.search(text, max(0, label.start() - _LONGEST_ROW), label.start()):
        return kind != "token"
    if _LABEL_WORD.search(value):
        return False
    return _stands_alone(text, label.start(), separator, span[1], is_quoted, kind) and (
        kind not in ("secret", "token") or len(value) > 7
    )


def _is_whole_key(text: str, label: re.Match[str], separator: re.Match[str], said: set[str]) -> bool:
    """Whether a label is all of a key in JSON, or ends one in a line of its own, and no advice stands behind it."""
    quotes = text[label.start() - 1 : label.start()], text[label.end() : label.end() + 1]
    most = 0
    is_of_config = label.lastgroup == "secret" and separator.lastgroup == "assigned" and _IN_WORD.match(quotes[0])
    if is_of_config or (quotes in (('"', '"'), ("'", "'")) and label.lastgroup == "password"):
        most = 3
    elif label.lastgroup in ("password", "short") and (
        _is_entry(text, label, separator) or _is_in_row(text, label, separator)
    ):
        most = _MOST_IN_PHRASE
    return 2 <= len(said) <= most and not said & NO_VALUE and not any(map(_LABEL_WORD.search, said))


def _stands_alone(text: str, label: int, separator: re.Match[str], end: int, is_quoted: bool, kind: str) -> bool:
    """Whether a value that may be an ordinary word stands where only a value does."""
    how = separator.lastgroup
    if text[label - 1 : label] in ("?", "&") and how == "assigned":  # of an address
        return kind != "token"
    if how in ("reads", "element", "value", "entry") or (is_quoted and how == "assigned"):
        return kind != "token"
    if how != "assigned":
        return False
    if _ENDS_LINE.match(text, end) is None:
        name = text[max(text.rfind("\n", 0, label) + 1, label - _LONGEST_NAME) : separator.end()]
        return name.endswith("=") and text[label].isupper() and _IN_SHELL.search(name[:-1]) is not None
    if ":" in separator.group():  # "clientSecret: x" is a key's, "secret: x" may be a person's
        return kind == "password" or (kind == "secret" and _IN_WORD.match(text[label - 1 : label]) is not None)
    line = text[max(text.rfind("\n", 0, label) + 1, label - _LONGEST_NAME) : label]
    return _LINE_CONFIG.search(line) is not None and separator.group().strip() == separator.group()
