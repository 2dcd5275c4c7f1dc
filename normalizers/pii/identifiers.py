"""Numbers that are given to people, their accounts and their things: cards, IBAN, wallets, what labels name.

Knows: their grammar, their check digits, and the words before those that have none. Knows nothing about names.
"""

import re
from collections.abc import Iterator, Sequence

from stdnum import bitcoin, iban, luhn

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
_BITCOIN = re.compile(r"(?<!\w)(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?!\w)")
_ETHEREUM = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")
_RECORD = re.compile(r"(?<!\w)MRN[-:# ]{0,2}[0-9]{5,10}(?!\w)")

# Whose number it is, and how a number is called.
_WHOSE = (
    "customer|client|member|membership|patient|policy|claim|account|acct|employee|staff|student|pupil|tenant|tenancy"
    "|loyalty|loyalty card|library card|membership card|health card|subscriber|cardholder|donor|applicant|beneficiary"
    "|payroll|personnel|insured|insurance|guest|resident|voter|candidate|enrollment|enrolment|permit|pension"
    "|medical record|chart|hospital|group|certificate|application|frequent flyer|user|case worker|crew|volunteer"
    "|badge|inmate|prisoner|loan|mortgage|contract|meter|household"
)
_NUMBER_WORDS = "no|nos|nr|number|id|#|ref|reference|num"
_WHOSE_IN_GERMAN = (
    "kunden|kunde|mitglieds|mitglied|versicherten|versicherungs|versicherungsschein|policen|vertrags|patienten|personal"
    "|matrikel|ausweis|konto|depot|führerschein|rentenversicherungs|krankenversicherten|mieter|schüler|teilnehmer"
)
_REFERENCES = (
    "|numéro client|numéro de client|n° client|n° de client|numéro d'adhérent|n° d'adhérent|numéro de contrat"
    "|n° de contrat|n° contrat|numéro de police|n° de police|numéro d'assuré|n° d'assuré|numéro de permis|n° de permis"
    "|número de cliente|no de cliente|número de socio|no de socio|número de póliza|no de póliza|número de afiliación"
    "|numero cliente|codice cliente|numero polizza|polizza n.|numero tessera|tessera n.|klantnummer|lidnummer"
    "|polisnummer|patiëntnummer|rijbewijsnummer|número do cliente|número de utente|no de utente|número da apólice"
    "|numer klienta|nr klienta|numer polisy|nr polisy|kundnummer|medlemsnummer|asiakasnumero|loyalty card|library card"
    "|aba|aba no|rtn|routing number|bank account number|policyholder ref"
)
_LABELS = Labels(
    {
        "CARD": "credit card|debit card|card|cc|visa|mastercard|amex|maestro",
        "IBAN": "iban",
        "SSN": "ssn|social security|social security number",
        "PASSPORT": "passport|passeport|reisepass|pasaporte|passaporto|passaporte|paspoort",
        "CODE": (
            "seguridad social|segurança social|previdência social|sécurité sociale|securite sociale|nir"
            "|insee|sozialversicherungsnummer|svnr|ahv|bsn"
            "|burgerservicenummer|personnummer|cpr|fødselsnummer|henkilötunnus|hetu|codice fiscale|pesel"
            "|rodné číslo|aadhaar|aadhar|pan|cpf|cnpj|rg|dni|nie|nif|curp|rfc|nhs|nhs number|medicare"
            "|medicare number|medicaid|tfn|abn|sin|ird|rut|cuil|cédula|tc kimlik|nric|hkid|steuer id|steuernummer"
            "|снилс|инн|паспорт|emirates id|npi|dea|vin|chassis|chassis no"
            "|frame no|frame number|fahrgestellnummer|fin|fgnr|imei|imsi|iccid|serial"
            "|serial number|s/n|seriennummer|numéro de série|número de serie|device id|idfa|idfv|gaid|aaid|udid"
            "|android id|advertising id"
            "|personalausweis|ausweisnummer|national identity|identity card|id card"
            "|身份证|身份证号|身份证号码|マイナンバー|주민등록번호"
            "|numéro fiscal|national insurance|nino|ni no|ni number"
        ),
        "TAX_ID": "tax id|tax identification|taxpayer id|tax|ein|itin|tin|vat|vat id|utr",
        "LICENCE": (
            "driver license|driver licence|driver's license|driver's licence|drivers license|driving licence"
            "|driving license|license number|licence number|lic|lic no|oln|dl no|dl #|dl"
        ),
        "PLATE": (
            "license plate|licence plate|number plate|registration plate|plate|plates|plate no|vehicle registration"
            "|vehicle reg|car reg|registration mark|amtliches kennzeichen|kennzeichen|immatriculation|plaque"
            "|plaque d'immatriculation|immatriculé|immatriculée|matrícula|matricula|targa"
            "|kenteken|nummerplade|regnr|tablica rejestracyjna|placa"
        ),
        "BRITISH_PLATE": "registration|registration number|registration no|reg|reg no|reg number",
        "REFERENCE": "|".join(
            f"{whose} {number}"
            for owners, numbers in ((_WHOSE, _NUMBER_WORDS), (_WHOSE_IN_GERMAN, "nr|nummer|no|kennung"))
            for whose in owners.split("|")
            for number in numbers.split("|")
        )
        + _REFERENCES,
        "SORT_CODE": "sort code|sort|s/c",
        "ID_NUMBER": (
            "acct|acct no|account no|a/c|a/c no|centrelink crn|patient id|member id|employee id"
            "|customer id|medical record|mrn|policy|account|inmate|inmate no"
            "|inmate id|tdcj no|cdcr no|prisoner no|booking no|reg. no|alien no|bank account|account number"
            "|routing|health insurance|national id|student id|uscis|uscis no|alien number|alien registration"
            "|employee no|booking number|hospital number|account ending in|badge|badge no|staff id|staff no|payroll no"
            "|personnel no|personalnummer|matrikelnummer|numéro d'étudiant|numéro de matricule|student no|membership no"
            "|member no|claim no|case worker id|beneficiary no|subscriber id|hrn|chart no|patient no"
        ),
    }
)
_TYPES = {
    "CODE": "ID_NUMBER",
    "REFERENCE": "ID_NUMBER",
    "SORT_CODE": "ID_NUMBER",
    "PLATE": "LICENCE",
    "BRITISH_PLATE": "LICENCE",
}  # of the kinds of labels that are no types
_BEHIND_LABEL = {
    "CARD": re.compile(r"[0-9](?:[ -]?[0-9]){11,18}(?!\w)"),
    "IBAN": re.compile(r"(?i:[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?)(?!\w)"),
    # Scanned digits come as the letters that they look like.
    "SSN": re.compile(r"(?=(?:[^0-9]{0,2}[0-9]){5})[0-9OolISB]{3}[- .]?[0-9OolISB]{2}[- .]?[0-9OolISB]{4}(?!\w)"),
    "PASSPORT": re.compile(r"[A-Za-z]{0,2}[0-9]{6,9}[A-Za-z]?(?!\w)"),
    "TAX_ID": re.compile(
        r"(?:[A-Z]{2}[ -]?)?(?:[0-9]{2,3}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{5} [0-9]{5}|[0-9]{8,12})(?![\w-])"
    ),
    "LICENCE": re.compile(r"(?=(?:[A-Za-z -]{0,6}[0-9]){3})[A-Za-z0-9](?:[ -]?[A-Z0-9]){4,18}(?!\w)"),
    "PLATE": re.compile(
        r"(?=(?:[A-Z -]{0,6}[0-9]){2})(?=[0-9 -]{0,8}[A-Z])(?:[A-Z]{1,3}|[0-9]{1,4})"
        r"(?:[ -]?(?:[A-Z]{1,4}|[0-9]{1,4})){1,4}(?!\w)"
    ),
    # A registration may be a firm's or an applicant's as well.
    "BRITISH_PLATE": re.compile(
        r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}(?!\w)|[A-Z][0-9]{1,3} ?[A-Z]{3}(?!\w)|[A-Z]{3} ?[0-9]{1,3}[A-Z](?!\w)"
    ),
    "SORT_CODE": re.compile(r"[0-9]{2}([ -]?)[0-9]{2}\1[0-9]{2}(?!\w)"),
    # "KD-2024-000817", "TN/0098/B", "6338 4411 2290", but no year and no date
    "REFERENCE": re.compile(
        r"(?!(?:19|20)[0-9]{2}(?![\w/-])|[0-9]{1,2}[/.][0-9]{1,2}[/.])(?=(?:[A-Za-z /._-]{0,8}[0-9]){3})"
        r"[A-Za-z]{0,16}(?:[A-Z0-9]{1,20}|(?<=[A-Za-z])(?=[/._-]))"
        r"(?:[/._-]{1,2}[A-Za-z0-9]{1,20}| (?=[A-Z./-]{0,4}[0-9]{2})[A-Z0-9]{2,12}){0,6}(?!\w)"
    ),
    # Groups of digits, and of capitals among them: "1 84 12 76 451 089 46", "12.ABC.345/01DE-35", "QQ 12 34 56 C".
    "CODE": re.compile(
        r"(?=(?:[A-Za-z./ -]{0,8}[0-9]){4})[A-Za-z0-9]{1,32}"
        r"(?:[./-][A-Z0-9]{1,16}| (?=[A-Z./-]{0,12}[0-9])[A-Z0-9]{1,16}| [A-Z](?![\w'])){0,9}(?!\w)"
    ),
    "ID_NUMBER": re.compile(
        r"(?:[A-Za-z]{0,4}-?[0-9]{5,17}|(?!(?:19|20)[0-9]{2}-)(?=(?:[A-Z-]{0,5}[0-9]){5})[A-Z0-9]{1,6}(?:-[A-Z0-9]{1,10}){1,4})"
        r"(?!\w|\.[0-9])"
    ),
}


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `numbers`: what numbers() returns."""
    yield from _cards(text, numbers)
    yield from _ibans(text, numbers)
    yield from _wallets(text)
    if "MRN" in text:
        yield from (Finding(*match.span(), "ID_NUMBER", 0.9, PATTERN) for match in _RECORD.finditer(text))
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
    return kind != "CODE" or len(digits) >= (5 if value.isdigit() else 4)
