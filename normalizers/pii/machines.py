"""Addresses of machines: IP and MAC.

Knows: how they are written, and what else is written so: numbers of clauses and versions, and names in C++. Knows
nothing about names.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence

from normalizers.pii.context import CONTEXT, PATTERN, Labels, matches
from normalizers.pii.finding import Finding

_IPV4 = re.compile(r"(?<![\w.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:(])")
_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}(?P<mark>[:-])(?:[0-9A-Fa-f]{2}(?P=mark)){4}[0-9A-Fa-f]{2}"
    r"|(?=[0-9.]*[A-Fa-f])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:-]|\.\w)"
)
_NUMBER_BEFORE = re.compile(  # of a part of a text, or of a version of a program
    r"(?:version|release|v|clauses?|sections?|sub-?(?:section|clause)s?|§{1,2}|articles?|art|annex|schedules?|appendix|part"
    r"|chapter|paragraphs?|paras?|items?|tables?|figures?|fig|rules?|steps?|no|ziffer|abschnitt|absatz|kapitel|anlage"
    r"|punkt|artikel|section|annexe|cláusula|sección|build|update|upgrade|firmware|driver|kernel|package|jdk|chrome)"
    # and a row of such numbers
    r"(?: (?:from|to|of|than))?[\s:.(=\"']*"
    r"(?:[0-9]+(?:\.[0-9]+)+(?:,|\s?->?|\s(?:to|and|or|through|bis|und|oder|à|et))\s?(?:and\s|or\s)?){0,6}$"
    r"|/[\w.-]{1,64}:$",  # an image's tag
    re.IGNORECASE,
)
_NEAR = re.compile(  # in the same sentence, or right before it
    r"(?:\b(?:ip(?:v?[46])?|addr(?:ess)?(?:es)?|hosts?|servers?|clients?|ping|dns|gateway|subnet|remote|peer|src|dst|node"
    r"|proxy|firewall|login|connect\w*|requests?|inet|router|listen\w*|blocked)\b|://|@)(?!.*\.\s)"
    r"|\b(?:from|to|at|via)\s$",
    re.IGNORECASE,
)
_BEFORE, _BESIDE = 80, 32  # characters
_PORT_OR_MASK = re.compile(r":[0-9]{2,5}(?![0-9])|/[0-9]{1,2}(?![0-9])")
_ALONE = re.compile(r"(?:\A|(?<![0-9])[^\w\s]\s?|\n)\Z")
_HEADING = re.compile(r"\.?\s{1,3}[^\W\d_]")
_SMALL = 40  # parts below it count a text's parts, or a program's versions
_LABELS = Labels(
    {
        "IP": "ip|ip address|ipv4|ipv6",
    }
)
_AROUND_MAC = b"\xff\xfe"  # between the halves of a MAC address that an address of IPv6 is made of
_EITHER = re.compile(_IPV4.pattern + "|" + _IPV6.pattern)


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield the addresses of machines in the folded text; `numbers`: what numbers() returns."""
    found = list(matches(_IPV4, text, numbers))
    if text.count(":") > 1:
        found += _IPV6.finditer(text)
    for match in found:
        if _is_public(match.group()) and _is_meant(text, match):
            yield Finding(*match.span(), "IP", 0.9, PATTERN)
    for _, start in _LABELS.values(lowered):
        if (labelled := _EITHER.match(text, start)) and _may_be_told(labelled.group()):
            yield Finding(*labelled.span(), "IP", 0.7, CONTEXT)
    yield from (Finding(*match.span(), "ID_NUMBER", 0.9, PATTERN) for match in _MAC.finditer(text))


def _is_public(address: str) -> bool:
    """Whether it may be somebody's, or holds a MAC address: a private, loopback or example one says nothing."""
    parsed = _parsed(address)
    if parsed is not None and parsed.version == 6 and parsed.packed[11:13] == _AROUND_MAC:
        return True
    return parsed is not None and parsed.is_global and not parsed.is_multicast


def _may_be_told(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and not (parsed.is_loopback or parsed.is_unspecified)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether an address is no number of a clause or a version, and no name such as dead::beef."""
    address, start = match.group(), match.start()
    is_near = _NEAR.search(text[max(0, start - _BESIDE) : start]) is not None
    if ":" in address:  # without a digit it is a name in C++: dead::beef
        return any(map(str.isdigit, address)) and (is_near or len(re.findall("[0-9A-Fa-f]+", address)) > 2)
    if _NUMBER_BEFORE.search(text, max(0, start - _BEFORE), start):
        return False
    parts = sorted(map(int, address.split(".")))
    if parts[-1] >= 100 or parts[-2] >= _SMALL or _PORT_OR_MASK.match(text, match.end()):
        return True
    # Else it counts where it stands alone, and neither in a row of such numbers nor before the words of a clause.
    is_alone = _ALONE.search(text, max(0, start - 4), start) and not _HEADING.match(text, match.end())
    return is_near or bool(is_alone)
