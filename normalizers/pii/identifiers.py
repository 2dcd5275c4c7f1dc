"""Numbers that are given to people, their accounts and their things: cards, IBAN, national numbers, documents, cases.

Knows: their grammar, their check digits, and the words before those that have none. Knows nothing about names.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from stdnum import bitcoin, iban, luhn
from stdnum.be import nn
from stdnum.br import cnpj, cpf
from stdnum.ch import ssn
from stdnum.cn import ric
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.in_ import pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.se import personnummer
from stdnum.us import itin

from normalizers.pii.context import CHECKSUM, CONTEXT, PATTERN, Labels, matches
from normalizers.pii.finding import Finding

_CARD = re.compile(r"(?<![\w.,+-])[1-6](?:(?:-| ?\n? ?)[0-9]){12,18}(?![\w-])")  # a line may end within
_CARD_BRANDS = re.compile(  # issuer prefixes and the lengths that go with them
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0|[68])[0-9]{12}"
    r"|35[0-9]{14}|(?:2131|1800)[0-9]{11}|6[0-9]{15,18}|5[06-8][0-9]{11,17}"
)
_IBAN = re.compile(  # a file's name may hold one between underscores
    r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?:[ _-]?[A-Z0-9]{4}){2,7}(?:[ _-]?[A-Z0-9]{1,3})?(?![^\W_])"
)
_SSN = re.compile(r"(?<![\w-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![\w-])")
_SSN_WORDS = re.compile(r"\bssn|social security|\bsoc\. ?sec|\b(?:his|her|their|my|your) social\b")
_SSN_WORDS_WITHIN = 80  # characters on each side
_IN_PROSE = (
    re.compile(r"[a-z]{2,}[,;:]? \Z"),
    re.compile(r"[.,;:]?(?:\s{0,2}\Z| (?!units|people|persons|%)[a-z]{2,}\b|[.,;:)]?\n)|[.,;]\s[A-Z]"),
)
_BITCOIN = re.compile(r"(?<!\w)(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?!\w)")
_ETHEREUM = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")
_RECORD = re.compile(r"(?<!\w)MRN[-:# ]{0,2}[0-9]{5,10}(?!\w)")

_LABELS = Labels(
    {
        "CARD": ("credit card", "debit card", "card", "cc", "visa", "mastercard", "amex", "maestro"),
        "IBAN": ("iban",),
        "SSN": ("ssn", "social security", "social security number", "national insurance", "nino"),
        "PASSPORT": ("passport", "passeport", "reisepass", "pasaporte", "passaporto", "passaporte", "paspoort"),
        "CODE": (
            *(
                "sécurité sociale",
                "securite sociale",
                "nir",
                "insee",
                "sozialversicherungsnummer",
                "svnr",
                "ahv",
                "bsn",
            ),
            *("burgerservicenummer", "personnummer", "cpr", "fødselsnummer", "henkilötunnus", "hetu", "codice fiscale"),
            *(
                "pesel",
                "rodné číslo",
                "aadhaar",
                "aadhar",
                "pan",
                "cpf",
                "cnpj",
                "rg",
                "dni",
                "nie",
                "nif",
                "curp",
                "rfc",
            ),
            *(
                "nhs",
                "nhs number",
                "medicare",
                "medicare number",
                "medicaid",
                "tfn",
                "abn",
                "sin",
                "ird",
                "rut",
                "cuil",
            ),
            *(
                "cédula",
                "tc kimlik",
                "nric",
                "hkid",
                "steuer id",
                "steuernummer",
                "снилс",
                "инн",
                "паспорт",
                "emirates id",
            ),
            *("npi", "dea", "vin", "chassis", "fahrgestellnummer", "fin", "fgnr", "imei", "imsi", "iccid", "serial"),
            *(
                "serial number",
                "s/n",
                "seriennummer",
                "numéro de série",
                "número de serie",
                "device id",
                "idfa",
                "gaid",
            ),
            *("advertising id", "personalausweis", "ausweisnummer", "national identity", "identity card", "id card"),
            *(
                "身份证",
                "身份证号",
                "身份证号码",
                "マイナンバー",
                "주민등록번호",
                "sort code",
                "kontonummer",
                "numéro fiscal",
            ),
        ),
        "BAR": (
            *("bar no", "bar number", "bar id", "bar i.d.", "bar #", "bar roll", "bar card", "state bar", "cal. bar"),
            *("sbn", "osb", "wsba", "bbo", "ardc", "juris", "attorney no", "attorney number", "attorney id"),
            *("attorney i.d.", "attorney reg", "attorney registration", "atty no", "atty id", "atty reg", "atty. reg"),
            *("pa id", "sra id", "csr", "csr no", "csr number"),
        ),
        "CASE_NUMBER": (
            *(
                "case no",
                "case number",
                "case nos",
                "case #",
                "docket",
                "docket no",
                "docket number",
                "civil action no",
            ),
            *("civil no", "criminal no", "crim no", "cause no", "cause number", "index no", "claim no", "appeal no"),
            *("petition no", "matter no", "mdl no", "adversary no", "adv proc no", "civil case no", "criminal case no"),
            *("case file no", "court file no", "file no", "aktenzeichen", "geschäftszeichen", "n° rg", "rg n°"),
            *("claim number", "index number", "appeal number", "civ. a", "civ. no", "crim. no", "case id", "case nr"),
            *("processo", "processo nº", "proc. nº", "procedimiento", "sygn. akt", "sygnatura akt", "numero di ruolo"),
            *("r.g. n", "n. r.g.", "rolnummer", "zaaknr", "dossiernummer", "numéro de dossier", "geschäftsnummer"),
            *("civil action number", "indictment no", "application no", "zaaknummer", "proceso no", "expediente"),
        ),
        "TAX_ID": ("tax id", "tax identification", "taxpayer id", "tax", "ein", "itin", "tin", "vat", "vat id", "utr"),
        "LICENCE": (
            *("driver license", "driver licence", "driver's license", "driver's licence", "drivers license"),
            *("driving licence", "driving license", "license number", "licence number", "license plate"),
            "number plate",
        ),
        "ID_NUMBER": (
            *("patient id", "member id", "employee id", "customer id", "medical record", "mrn", "policy", "account"),
            *(
                "inmate",
                "inmate no",
                "inmate id",
                "tdcj no",
                "cdcr no",
                "prisoner no",
                "booking no",
                "reg. no",
                "alien no",
            ),
            *("bank account", "account number", "routing", "health insurance", "national id", "student id"),
        ),
    }
)
_BEHIND_LABEL = {
    "CARD": re.compile(r"[0-9](?:[ -]?[0-9]){11,18}(?!\w)"),
    "IBAN": re.compile(r"(?i:[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?)(?!\w)"),
    # Scanned digits come as the letters that they look like.
    "SSN": re.compile(r"(?=(?:[^0-9]{0,2}[0-9]){5})[0-9OolISB]{3}[- .]?[0-9OolISB]{2}[- .]?[0-9OolISB]{4}(?!\w)"),
    "PASSPORT": re.compile(r"[A-Za-z]{0,2}[0-9]{6,9}[A-Za-z]?(?!\w)"),
    "TAX_ID": re.compile(r"(?:[A-Z]{2}[ -]?)?(?:[0-9]{2,3}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{8,12})(?![\w-])"),
    "LICENCE": re.compile(r"(?=(?:[A-Za-z -]{0,4}[0-9]){3})[A-Za-z0-9](?:[ -]?[A-Z0-9]){4,18}(?!\w)"),
    # Groups of digits, and of capitals among them: "1 84 12 76 451 089 46", "12.ABC.345/01DE-35", "QQ 12 34 56 C".
    "CODE": re.compile(
        r"(?=(?:[A-Za-z./ -]{0,8}[0-9]){4})[A-Za-z0-9]{1,32}"
        r"(?:[./-][A-Z0-9]{1,16}| (?=[A-Z./-]{0,12}[0-9])[A-Z0-9]{1,16}| [A-Z](?![\w'])){0,9}(?!\w)"
    ),
    "BAR": re.compile(r"[A-Z]{0,3}-?[0-9]{4,9}(?!\w)"),
    "CASE_NUMBER": re.compile(
        r"(?=(?:[^0-9\n]{0,6}[0-9]){3})[A-Z0-9][A-Za-z0-9]{0,12}(?:[:./-]{1,2}[A-Za-z0-9]{1,12}"
        r"| (?:[A-Z][A-Za-z]{0,3} )?(?=[A-Z-]{0,4}[0-9])[A-Z0-9]{1,12}){0,7}(?:\([A-Z]{1,4}\))*(?!\w)"
    ),
    "ID_NUMBER": re.compile(r"[A-Za-z]{0,4}-?[0-9]{5,17}(?!\w|\.[0-9])"),
}


_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_TYPES = {"CODE": "ID_NUMBER", "BAR": "LICENCE"}  # of what some labels' values are
_YEAR = "(?:19|20)[0-9]{2}"
_KIND = "CV|CIV|CR|CRIM|CF|CM|DR|FA|FL|JV|PB|PR|SC|CA|CP|CU"  # of a case, in the courts of states
_DOCKETS = (
    re.compile(  # of a federal court of the USA
        r"(?<![\w-])(?:[0-9]:)?[0-9]{2,4}-(?:cv|cr|md|mj|bk|ap|mc|po|sw)-[0-9]{3,6}(?:-[A-Z]{2,4}){0,4}(?:-[0-9]{1,3})?"
        r"(?: ?\([A-Z]{2,4}\)){0,3}(?![\w-])",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![\w-])(?:[A-Z0-9]{{1,4}}-){{0,2}}(?:CV|CIV|CRIM)-?{_YEAR}-?[0-9]{{3,8}}(?![\w-])"),
)
_CASE = re.compile(  # what counts where words about courts are near
    r"(?<![\w-])(?:"
    rf"(?:[A-Z0-9]{{1,4}}-){{0,2}}(?:{_KIND})-?{_YEAR}-?[0-9]{{3,8}}(?:-[A-Z0-9]{{1,4}}){{0,3}}"
    rf"|(?:[0-9]{{2}}-)?{_YEAR}-?(?:[0-9]{{6,8}}-)?(?:{_KIND})-?[0-9A-Z]{{2,8}}(?:-[A-Z0-9]{{1,4}}){{0,3}}"
    r"|[A-Z]{1,4}-?[0-9]{2}-[0-9]{4,8}|[A-Z]{2}-?[0-9]{6}|[A-Z]{3}-[A-Z]{1,2}-[0-9]{3,6}-[0-9]{2}"
    r"|(?<=[Nn]o\. )[0-9]{2}-[0-9]{2,6}"
    r"|(?<=[Nn]os\. )[0-9]{2}-[0-9]{2,6}(?:(?:, | and | & |, and )[0-9]{2}-[0-9]{2,6}){0,5})"
    r"(?![\w-])"
)
_BAR = re.compile(r"\([A-Z]{2,6} ?(?:No\.?|#|ID|Id\.) ?([0-9]{4,9})\)")  # behind a lawyer's name, of any state's bar
_COURT_WORDS = re.compile(
    r"\b(?:courts?|cases?|dockets?|plaintiffs?|defendants?|appeals?|appellants?|appellees?|petitioners?|respondents?|judges?"
    r"|v\.|vs\.|filed|matters?|actions?|proceedings?|cir\.|argued|certiorari|lawsuits?|indictments?)(?!\w)"
)
_COURT_WORDS_WITHIN = 60  # characters on each side


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `numbers`: what numbers() returns."""
    yield from _cards(text, numbers)
    yield from _ibans(text, numbers)
    yield from _social_security(text, lowered, numbers)
    yield from _national(text, numbers)
    yield from _wallets(text)
    if "MRN" in text:
        yield from (Finding(*match.span(), "ID_NUMBER", 0.9, PATTERN) for match in _RECORD.finditer(text))
    yield from _cases(text, lowered, numbers)
    yield from _bar_numbers(text)
    yield from _labelled(text, lowered)


def _cards(text: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for match in matches(_CARD, text, numbers):
        digits = re.sub(r"[\s-]", "", match.group())
        if _CARD_BRANDS.fullmatch(digits) and luhn.is_valid(digits):
            yield Finding(*match.span(), "CARD", 1.0, CHECKSUM)


def _ibans(text: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for match in matches(_IBAN, text, numbers):
        # What follows in capitals was taken for more groups of it: the check digits say where it ends.
        end = match.end()
        while end - match.start() >= 15:
            if iban.is_valid(text[match.start() : end].replace("_", ""), check_country=False):
                yield Finding(match.start(), end, "IBAN", 1.0, CHECKSUM)
                break
            end = max(text.rfind(mark, match.start(), end) for mark in " _-")


def _social_security(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for match in matches(_SSN, text, numbers):
        area, separator, group, serial = match.groups()
        if itin.is_valid(match.group()):
            yield Finding(*match.span(), "TAX_ID", 0.9, PATTERN)
        elif area < "900" and area not in ("000", "666") and group != "00" and serial != "0000" and separator == "-":
            yield Finding(*match.span(), "SSN", 0.9, PATTERN)
        elif _is_alone(text, *match.span()) or _SSN_WORDS.search(
            lowered, max(0, match.start() - _SSN_WORDS_WITHIN), match.end() + _SSN_WORDS_WITHIN
        ):
            yield Finding(*match.span(), "SSN", 0.7, CONTEXT)


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether a number stands between words of prose, and in no row of numbers."""
    before, after = _IN_PROSE
    return before.search(text, max(0, start - 12), start) is not None and after.match(text, end) is not None


def _bar_numbers(text: str) -> Iterator[Finding]:
    yield from (Finding(*match.span(1), "LICENCE", 0.6, CONTEXT) for match in _BAR.finditer(text))


def _national(text: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for pattern, is_valid, kind in _NATIONAL:
        for match in matches(pattern, text, numbers):
            if is_valid(match.group()):
                yield Finding(*match.span(), kind, 0.9, PATTERN)


def _cases(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    for match in matches(_CASE, text, numbers):
        near = max(0, match.start() - _COURT_WORDS_WITHIN), match.end() + _COURT_WORDS_WITHIN
        if _COURT_WORDS.search(lowered, *near):
            yield Finding(*match.span(), "CASE_NUMBER", 0.6, CONTEXT)


def _is_vin(value: str) -> bool:
    """Whether the ninth character is the check digit of a vehicle's number (49 CFR 565.15)."""
    total = sum(_VIN_WEIGHTS[place] * _VIN_VALUES[character] for place, character in enumerate(value))
    return value[8] == "0123456789X"[total % 11]


def _wallets(text: str) -> Iterator[Finding]:
    for match in _BITCOIN.finditer(text):
        if bitcoin.is_valid(match.group()):
            yield Finding(*match.span(), "CRYPTO", 1.0, CHECKSUM)
    if "0x" in text:
        yield from (Finding(*match.span(), "CRYPTO", 0.9, PATTERN) for match in _ETHEREUM.finditer(text))


def _labelled(text: str, lowered: str) -> Iterator[Finding]:
    for kind, start in _LABELS.values(lowered):
        match = _BEHIND_LABEL[kind].match(text, start)
        if match and _may_be(kind, match.group()):
            yield Finding(*match.span(), _TYPES.get(kind, kind), 0.7, CONTEXT)


def _may_be(kind: str, value: str) -> bool:
    """Whether a number has as many digits as its kind, and a card its check digit or at least a card's length."""
    digits = re.sub("[^0-9]", "", value)
    if kind == "CARD":
        return luhn.is_valid(digits) or len(digits) in (15, 16)
    least = {"CODE": 5 if value.isdigit() else 4, "CASE_NUMBER": 3}.get(kind, 0)
    return len(digits) >= least


# National numbers that are known by their form and their check digits, wherever they stand.
_NATIONAL: tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...] = (
    (
        re.compile(r"(?<![\w.,-])[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![\w-])"),
        nir.is_valid,
        "SSN",
    ),
    (re.compile(r"(?<![\w.])[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![\w-])"), cpf.is_valid, "TAX_ID"),
    (
        re.compile(r"(?<![\w.])[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-[0-9]{2}(?![\w-])"),
        cnpj.is_valid,
        "TAX_ID",
    ),
    (re.compile(r"(?<!\w)[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z](?!\w)"), codicefiscale.is_valid, "TAX_ID"),
    (re.compile(r"(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z](?!\w)"), pan.is_valid, "TAX_ID"),
    (re.compile(r"(?<!\w)756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}(?!\w)"), ssn.is_valid, "SSN"),
    (re.compile(r"(?<![\w.-])[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}(?![\w-])"), nn.is_valid, "SSN"),
    (re.compile(r"(?<![\w-])[0-9]{6}[-+A][0-9]{3}[0-9A-FHJ-NPR-Y](?![\w-])"), hetu.is_valid, "SSN"),
    (re.compile(r"(?<![\w-])[0-9]{6}(?:[0-9]{2})?[-+][0-9]{4}(?![\w-])"), personnummer.is_valid, "SSN"),
    (re.compile(r"(?<!\w)[0-9]{17}[0-9X](?!\w)"), ric.is_valid, "ID_NUMBER"),
    (re.compile(r"(?<![\w-])[0-9]{6}-[1-8][0-9]{6}(?![\w-])"), rrn.is_valid, "SSN"),
    (re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)"), bool, "SSN"),
    (re.compile(r"(?<!\w)(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}(?!\w)"), _is_vin, "ID_NUMBER"),
    *((docket, bool, "CASE_NUMBER") for docket in _DOCKETS),
)
