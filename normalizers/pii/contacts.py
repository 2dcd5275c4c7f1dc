"""How people are reached and called: emails, phone numbers, and names where the writing marks them.

Knows: grammar, `phonenumbers`, and the words before a value, those of things' numbers too. Knows no names:
those are the model's.
"""

import base64
import re
from collections.abc import Iterator

import phonenumbers

from normalizers.pii import impersonal
from normalizers.pii.context import CONTEXT, PATTERN, Labels, holds
from normalizers.pii.finding import Finding

_EMAIL = re.compile(
    r"""(?:(?<![\w.+-])[\w.+-]++(?:['&][\w.+-]++){0,3}|"[^"\n@]{1,64}")(?:@|%40|&#0?64;|&#x40;|&commat;)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])"""
)
# An address in words. Brackets say that an "at" is one, and so does a "dot"; a bare "at" stands between any two words.
_ENDINGS = (
    "com|org|net|edu|gov|mil|int|info|biz|name|app|dev|online|email|cloud|example|test|a[cdefglmorwxz]|b[abdghjrtyz]"
    "|c[adhilnoruyz]|d[ekz]|e[cegsu]|f[ir]|g[beghrt]|h[kru]|i[delqr]|j[ep]|k[erz]|l[btuv]|m[atx]|n[glz]|p[ehklt]|r[osu]"
    "|s[aegik]|t[hnrw]|u[aks]|v[en]|y[e]|z[a]"
)
_OPENING, _CLOSING = r"[\[({<]", r"[\])}>]"
_AT_WORD, _DOT_WORD = "at|a|ät|arroba|chez|snabela|собака|@", "dot|d0t|punkt|point|punto|ponto|pkt|точка|\\."
_MARKED_AT = rf" ?{_OPENING} ?(?:{_AT_WORD}) ?{_CLOSING} ?"
_MARKED_DOT = rf" ?{_OPENING} ?(?:{_DOT_WORD}) ?{_CLOSING} ?"
_DOT = rf"(?:\.|{_MARKED_DOT}| (?:dot|punkt|point|punto|ponto) )"
_LOCAL = r"(?<![\w.+-])[\w.+-]{1,64}+"
# Each behind what must stand in a text, in small letters, for it to be tried.
_EMAILS_IN_WORDS = tuple(
    (re.compile(needed), re.compile(pattern, re.IGNORECASE))
    for needed, pattern in (
        (
            rf"{_OPENING} ?(?:{_AT_WORD}) ?{_CLOSING}",
            rf"{_LOCAL}(?:{_MARKED_DOT}[\w.+-]{{1,64}}+)?{_MARKED_AT}[\w-]{{1,63}}+(?:{_DOT}[\w-]{{1,63}}+){{0,3}}{_DOT}[a-z]{{2,24}}(?!\w)",
        ),
        ("@", rf"{_LOCAL} ?@ ?[\w-]{{1,63}}+(?:{_DOT}[\w-]{{1,63}}+){{0,3}}(?:{_MARKED_DOT}| dot )[a-z]{{2,24}}(?!\w)"),
        (
            " (?:dot|punkt|point|punto|ponto) ",
            rf"{_LOCAL} (?:at|arroba|chez) [\w.-]{{1,63}}+(?: (?:dot|punkt|point|punto|ponto) [\w-]{{1,63}}+){{0,2}}?"
            rf" (?:dot|punkt|point|punto|ponto) (?:{_ENDINGS})(?!\w)",
        ),
        (
            rf" at (?:[\w-]{{1,63}}\.){{1,3}}(?:{_ENDINGS})(?!\w)",
            r"(?<![\w.+-])(?=[a-z0-9]{0,32}[._0-9])[a-z0-9][\w.+-]{0,63}+ at (?:[\w-]{1,63}\.){1,3}"
            rf"(?:{_ENDINGS})(?!\w)",
        ),  # jane.holm at example.com, not "look at example.com"
        (
            " dot ",
            r"(?<![\w.+-])[\w.+-]{1,64}+ (?-i: ?AT [\w-]{1,63}+(?: DOT [\w-]{1,63}+){0,3} DOT) [a-z]{2,24}(?!\w)",
        ),
        (" @ ", rf"{_LOCAL} @ [\w-]{{1,63}}+(?: \. [\w-]{{1,63}}+){{0,3}} \. (?:{_ENDINGS})(?!\w)"),
        (
            "[_-]at[_-]",
            r"(?<![\w.+-])[a-z0-9.+]{1,64}?([_-])at\1[a-z0-9-]{1,63}?(?:\1dot\1[a-z0-9]{1,63}?){1,3}(?![a-z0-9])",
        ),
        ("[_-]at[_-]", rf"(?<![\w.+-])[a-z0-9.+]{{1,64}}?([_-])at\1[a-z0-9]{{1,63}}\.(?:{_ENDINGS})(?![\w])"),
    )
)
_NOT_A_PERSON = ("git@", "hg@")

_NUMBER = r"\+?\(?[0-9](?:[ ./()-]{0,2}[0-9]){5,14}(?:[ ,]{0,2}(?:x|ext\.?) ?[0-9]{1,6})?"
_PHONE = re.compile(
    rf"(?<![\w.,+:/=$#-])(?<![0-9] ){_NUMBER}(?!\w|[.,:/-][0-9]| [0-9])",  # no piece of a longer row of numbers
    re.IGNORECASE,
)
_PHONE_PLUS = re.compile(r"\+(?:[ ./()-]{0,2}[0-9]){7,15}(?![0-9])")
_PHONE_GROUPS = re.compile(  # nothing else is written so, whether or not the plan has the number
    r"(?=(?:[^0-9]*[0-9]){9,11}\Z)(?:\(0[0-9]{1,4}\)|0[0-9]{2,4})(?:[ -][0-9]{2,8}){1,4}"  # a trunk prefix, then groups
    r"|(?:(?:001|1)[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[.-])[0-9]{3}[.-][0-9]{4}(?:[ ,]{0,2}(?:x|ext\.?) ?[0-9]{1,6})?",
    re.IGNORECASE,
)
_PHONE_NORTH_AMERICAN = re.compile(r"\(?[0-9]{3}\)?[ .-][0-9]{3}[.-][0-9]{4}")  # beside whatever word
_PHONE_BEHIND_LABEL = re.compile(rf"{_NUMBER}(?!\w)", re.IGNORECASE)
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+|(?:\.[0-9]+){3})")  # a decimal or an IP address

# Digits said one by one: "oh seven seven double-oh nine", "null eins sieben".
_DIGIT_WORD = (
    "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|hundred|double|triple|treble|ten|eleven|twelve"
    "|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|null|eins|zwei|zwo|drei|vier|f[üu]nf"
    "|sechs|sieben|acht|neun|z[ée]ro|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete"
    "|ocho|nueve)"
)
_PHONE_IN_WORDS = re.compile(rf"(?<![\w-]){_DIGIT_WORD}(?:(?:,? |-|, ?){_DIGIT_WORD}){{5,20}}(?![\w-])")
_COUNTING = re.compile("two,? three,? four|zwei,? drei,? vier|deux,? trois,? quatre|dos,? tres,? cuatro")
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_LABELS = Labels(
    {
        "PHONE": (
            "phone|phone number|telephone|tel|mobile|cell|cell phone|fax|whatsapp|desk|office|call me|call"
            "|text me|contact number|registered|sms|dial|hotline|mob|mobil|handy|gsm|cel|celular|ph|tél|téléphone"
            "|telefon|telefono|teléfono|móvil|telefone|telemóvel|tlf|puhelin|телефон|тел|電話|电话|전화|rufnummer"
            "|my number|his number|her number|their number|reach me|answering|voicemail|contact"
        ),
    }
)

_NAME = r"(?:[^\W\d_a-z]\.|[^\W\d_a-z][^\W\d_]*+(?:['-][^\W\d_]++)*+)"
_NO_DOCTOR = r"(?!Dr\.? (?:Pepper|Oetker|Martens|Scholl)\b)"  # a title is believed before any list of firms
_TITLED = re.compile(
    rf"(?<!\w){_NO_DOCTOR}(?:(?:Dr|Mr|Mrs|Ms|Mx|Prof|Herr|Frau|Mme|Shri|Smt|Ofc)\b\.?"
    r"|(?:DR|MR|MRS|MS|PROF|HERR|FRAU|MME|M)\.(?= [A-Z]{2,}[ A-Z'-]))"
    rf" ({_NAME}(?: {_NAME}){{0,2}})"
)
_INTRODUCED = re.compile(rf"(?<!\w)(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir) name(?: is|'s) ({_NAME}(?: {_NAME}){{0,2}})")
_NAME_FIELD = re.compile(  # in a URL's query, or as a quoted key
    r"(?:[?&](?:[a-z]{2,12}[_-]?)?name="
    r"""|(?:first|last|full|middle|patient|customer|employee|contact|sur)_?name["']?:\s?["'])"""
    rf"({_NAME}(?:(?: |\+|%20){_NAME}){{0,3}})"
)
_STARRED = re.compile(r"(?<!\w)[A-Z]\*{2,20}(?: [A-Z]\*{2,20}){0,3}")
# Two short groups of Han characters, apart: how a Chinese or Japanese name stands in a Latin text.
_HAN = re.compile(
    r"(?<![\u3040-\u30ff\u3400-\u9fff])(?<![\u3400-\u9fff] )"
    r"[\u4e00-\u9fff]{1,3} [\u4e00-\u9fff]{1,3}(?! ?[\u3040-\u30ff\u3400-\u9fff])"
)
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{10,86}+={0,2}(?![\w+/=-])")
_DECODED_NAME = re.compile(rf"{_NAME}(?: {_NAME}){{1,3}}")


def find(text: str, lowered: str, locale: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `locale` is a region such as "US"."""
    yield from _emails(text, lowered)
    yield from _phones(text, locale)
    for number in _PHONE_IN_WORDS.finditer(lowered):
        if not _COUNTING.search(number.group()):
            yield Finding(*number.span(), "PHONE", 0.7, PATTERN)
    for kind, start in _LABELS.values(lowered):
        match = _PHONE_BEHIND_LABEL.match(lowered, start)
        if match and not _DATE.fullmatch(match.group()):
            yield Finding(*match.span(), kind, 0.7, CONTEXT)
    for pattern in (_TITLED, _INTRODUCED, _NAME_FIELD) if "name" in text else (_TITLED,):
        yield from (Finding(*match.span(1), "PERSON", 0.6, CONTEXT) for match in pattern.finditer(text))
    if "**" in text:
        yield from (Finding(*match.span(), "PERSON", 0.5, PATTERN) for match in _STARRED.finditer(text))
    if not text.isascii():
        yield from (Finding(*match.span(), "PERSON", 0.5, PATTERN) for match in _HAN.finditer(text))
    for match in _BASE64.finditer(text):
        if _hides_a_person(match.group()):
            yield Finding(*match.span(), "PERSON", 0.6, PATTERN)


def _emails(text: str, lowered: str) -> Iterator[Finding]:
    if holds(lowered, "@", "%40", "&#064;", "&#64;", "&#x40;", "&commat;"):
        for match in _EMAIL.finditer(text):
            if not match.group().startswith(_NOT_A_PERSON):
                yield Finding(*match.span(), "EMAIL", 0.95, PATTERN)
    for pattern in (pattern for needed, pattern in _EMAILS_IN_WORDS if needed.search(lowered)):
        yield from (Finding(*match.span(), "EMAIL", 0.8, PATTERN) for match in pattern.finditer(text))


def _phones(text: str, locale: str) -> Iterator[Finding]:
    if "+" in text:
        for match in _PHONE_PLUS.finditer(text):
            parsed = _parsed(match.group(), None)
            if parsed is not None and phonenumbers.is_possible_number(parsed):
                yield Finding(*match.span(), "PHONE", 0.9, PATTERN)
    for match in _PHONE.finditer(text):
        number = match.group()
        # Digits in one piece are an ID as often as a phone: they count behind a label only.
        if number.lstrip("(").isdigit() or number.startswith("+"):
            continue
        is_thing = impersonal.is_behind_label(text, match.start()) and not _PHONE_NORTH_AMERICAN.fullmatch(number)
        if not is_thing and (_PHONE_GROUPS.fullmatch(number) or _is_valid(number, locale)):
            yield Finding(*match.span(), "PHONE", 0.7, PATTERN)


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _is_valid(number: str, region: str) -> bool:
    """Whether the region's plan has the number and people would write it so: in groups, not as a sum or a date."""
    groups = re.findall("[0-9]+", number)
    in_pairs = len(groups) == 5 and number.startswith("0")
    if not 2 <= len(groups) <= 5 or (max(map(len, groups)) < 3 and not in_pairs):
        return False
    if _DOTTED.fullmatch(number) or _DATE.fullmatch(number):
        return False
    parsed = _parsed(number, region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _hides_a_person(token: str) -> bool:
    """Whether the token is base64 of a name or an email."""
    if len(token) % 4 or not re.search("[A-Z]", token) or not re.search("[a-z]", token):
        return False
    try:
        decoded = base64.b64decode(token, validate=True).decode("ascii")
    except ValueError:
        return False
    return bool(_DECODED_NAME.fullmatch(decoded) or _EMAIL.fullmatch(decoded))
