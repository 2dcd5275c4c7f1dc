"""Numbers that are given to people and their accounts: cards, IBAN, social security, documents, crypto wallets, IPs.

Knows: their grammar, their check digits, and the words before those that have none. Knows nothing about names.
"""

import ipaddress
import re
from collections.abc import Iterator

from stdnum import bitcoin, iban, luhn
from stdnum.us import itin

from normalizers.pii.context import CHECKSUM, CONTEXT, PATTERN, Labels
from normalizers.pii.finding import Finding

_CARD = re.compile(r"(?<![\w.,+-])[1-6](?:(?:-| ?\n? ?)[0-9]){12,18}(?![\w-])")  # a line may end within
_CARD_BRANDS = re.compile(  # issuer prefixes and the lengths that go with them
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0|[68])[0-9]{12}"
    r"|35[0-9]{14}|(?:2131|1800)[0-9]{11}|6[0-9]{15,18}|5[06-8][0-9]{11,17}"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?!\w)")
_SSN = re.compile(r"(?<![\w-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![\w-])")
_SSN_WORDS_WITHIN = 80  # characters before it
_IPV4 = re.compile(r"(?<![\w.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_VERSION_BEFORE = re.compile(r"(?:version|release|v)[\s:.]*$", re.IGNORECASE)
_BITCOIN = re.compile(r"(?<!\w)(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?!\w)")
_ETHEREUM = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")
_RECORD = re.compile(r"(?<!\w)MRN[-:# ]{0,2}[0-9]{5,10}(?!\w)")

_LABELS = Labels(
    {
        "CARD": ("credit card", "debit card", "card", "cc", "visa", "mastercard", "amex", "maestro"),
        "IBAN": ("iban",),
        "SSN": ("ssn", "social security", "social security number", "national insurance", "nino"),
        "PASSPORT": ("passport", "passeport", "reisepass"),
        "TAX_ID": ("tax id", "tax identification", "taxpayer id", "tax", "ein", "itin", "tin", "vat", "vat id", "utr"),
        "LICENCE": (
            *("driver license", "driver licence", "driver's license", "driver's licence", "drivers license"),
            *("driving licence", "driving license", "license number", "licence number", "license plate"),
            "number plate",
        ),
        "ID_NUMBER": (
            *("patient id", "member id", "employee id", "customer id", "medical record", "mrn", "policy", "account"),
            *("bank account", "account number", "routing", "health insurance", "national id", "student id"),
        ),
        "IP": ("ip", "ip address", "ipv4", "ipv6"),
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
    "ID_NUMBER": re.compile(r"[A-Za-z]{0,4}-?[0-9]{5,17}(?!\w|\.[0-9])"),
    "IP": re.compile(_IPV4.pattern + "|" + _IPV6.pattern),
}


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    yield from _cards(text)
    yield from _ibans(text)
    yield from _social_security(text, lowered)
    yield from _addresses(text)
    yield from _wallets(text)
    yield from (Finding(*match.span(), "ID_NUMBER", 0.9, PATTERN) for match in _RECORD.finditer(text))
    yield from _labelled(text, lowered)


def _cards(text: str) -> Iterator[Finding]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"[\s-]", "", match.group())
        if _CARD_BRANDS.fullmatch(digits) and luhn.is_valid(digits):
            yield Finding(*match.span(), "CARD", 1.0, CHECKSUM)


def _ibans(text: str) -> Iterator[Finding]:
    for match in _IBAN.finditer(text):
        # What follows in capitals was taken for more groups of it: the check digits say where it ends.
        end = match.end()
        while end - match.start() >= 15:
            if iban.is_valid(text[match.start() : end], check_country=False):
                yield Finding(match.start(), end, "IBAN", 1.0, CHECKSUM)
                break
            end = max(text.rfind(" ", match.start(), end), match.start())


def _social_security(text: str, lowered: str) -> Iterator[Finding]:
    for match in _SSN.finditer(text):
        area, separator, group, serial = match.groups()
        if itin.is_valid(match.group()):
            yield Finding(*match.span(), "TAX_ID", 0.9, PATTERN)
        elif area < "900" and area not in ("000", "666") and group != "00" and serial != "0000" and separator == "-":
            yield Finding(*match.span(), "SSN", 0.9, PATTERN)
        else:
            before = lowered[max(0, match.start() - _SSN_WORDS_WITHIN) : match.start()]
            if "ssn" in before or "social security" in before:
                yield Finding(*match.span(), "SSN", 0.7, CONTEXT)


def _addresses(text: str) -> Iterator[Finding]:
    # A private, loopback or example address says nothing about a person.
    for pattern in (_IPV4, _IPV6) if ":" in text else (_IPV4,):
        for match in pattern.finditer(text):
            if _is_public(match.group()) and not _VERSION_BEFORE.search(
                text, max(0, match.start() - 12), match.start()
            ):
                yield Finding(*match.span(), "IP", 0.9, PATTERN)


def _is_public(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_global and not parsed.is_multicast


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _wallets(text: str) -> Iterator[Finding]:
    for match in _BITCOIN.finditer(text):
        if bitcoin.is_valid(match.group()):
            yield Finding(*match.span(), "CRYPTO", 1.0, CHECKSUM)
    yield from (Finding(*match.span(), "CRYPTO", 0.9, PATTERN) for match in _ETHEREUM.finditer(text))


def _labelled(text: str, lowered: str) -> Iterator[Finding]:
    for kind, start in _LABELS.values(lowered):
        match = _BEHIND_LABEL[kind].match(text, start)
        if match and (kind != "CARD" or _may_be_card(match.group())) and (kind != "IP" or _is_address(match.group())):
            yield Finding(*match.span(), kind, 0.7, CONTEXT)


def _may_be_card(number: str) -> bool:
    """Whether the number has a card's check digit, or at least a card's usual length."""
    digits = re.sub("[ -]", "", number)
    return luhn.is_valid(digits) or len(digits) in (15, 16)


def _is_address(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and not (parsed.is_loopback or parsed.is_unspecified)
