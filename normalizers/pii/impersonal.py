"""Numbers that are nobody's: of books, papers, orders, versions, digests, times and measures. The model takes them for
numbers of persons, because they look like them.

Knows: how such numbers are written, and the words before them. Knows nothing about how a model finds anything.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial

from normalizers.pii import columns
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.spans import Regions, outside

_NUMBERS = ("CARD", "SSN", "PHONE", "PASSPORT", "TAX_ID", "LICENCE", "ID_NUMBER", "LOCATION", "URL")
_LETTERS_AND_DIGITS = r"[A-Za-z0-9](?:[\w./:-]{0,78}[\w/-])?"
_CODE = rf"(?={_LETTERS_AND_DIGITS})(?=[^\s0-9]{{0,40}}[0-9]){_LETTERS_AND_DIGITS}"
_NUMBER_WORD = r"(?: (?:no|nr|number|nos|code|id|num)\b\.?)?"
# What numbers of works, standards and substances stand behind, and those of what is bought, made, stored and run.
_REGISTERS = (
    r"(?i:\b(?:isbn(?:-1[03])?|issn|ismn|orcid(?: id)?|doi|pmid|pmcid|arxiv"
    r"|ean|upc|gtin|asin|mpn|cas(?: no\.?)?|rfc|iso|din|bates|cve|cpr|cpt|hcpcs|loinc|snomed(?: ct)?|ndc"
    r"|icd(?:-1[01])?(?:-cm)?|cusip|isin|sedol|genbank|uniprot|eudract|bgbl|pzn"
    rf")\b{_NUMBER_WORD}[:\s#-]{{0,3}})|(?<!\w)(?:EN|IEC|ASTM|IEEE|ANSI|UN|HS|HTS|NSN|P/N|RMA|PO|GL){_NUMBER_WORD}[:\s#-]{{1,3}}"
)
_GOODS = (
    r"(?i:\b(?:order|tracking|sku|item|part|article|model|product|budget|cost cent(?:re|er)"
    r"|project|purchase order|ticket|issue|receipt|invoice|delivery note|offset"
    r"|build|commit|revision|release|version|batch|lot|trace|span|thread|pid|queue|epoch|heap|error|exit|page|pages|lines?"
    r"|bug|pull request|cherry-pick|checkout|reverts?|fixes|merge|sha|checksum|flight|gate|ports?|status|unix"
    r"|timestamp|job"
    r"|kostenstelle|bestellnummer|bestellung|(?:kunden)?auftrag|artikel(?:nummer)?|rechnung(?:snummer)?|lieferschein"
    r"|(?:bestell|auftrags|rechnungs|artikel|teile|lieferschein|material)[ -]?nr|lieferung|teil(?:enummer)?|charge"
    r"|sendung(?:snummer)?|r[ée]f[ée]rence|article|lote?|artículo|articolo|artikelnr"
    r"|commande|facture|bon de livraison|pedido|factura|fattura|ordine|factuur|bestelling)"
    rf"{_NUMBER_WORD}[:\s#]{{1,3}})"
)
_LABEL = re.compile(rf"(?:{_REGISTERS}|{_GOODS})\Z")
_LONGEST_LABEL = 40  # characters
_UNITS = (
    "nm|mm|cm|km|mg|kg|ml|mL|µl|µL|Hz|kHz|MHz|GHz|kB|KB|MB|GB|TB|KiB|MiB|GiB|Nm|°C|°F|Pa|kPa|MPa|bar|psi|kW|kWh|MW|kV|mA"
    "|mAh|rpm|ms|ppm"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_REGISTERS}){_CODE}",
        rf"(?:{_GOODS}){_CODE}",
        r"(?i:\b(?:sha-?(?:1|224|256|384|512)|md5|blake2[bs]?|crc32))[:\s-]{1,2}[0-9A-Fa-f]{6,128}(?!\w)",
        r"(?<!\w)(?:PR|MR) ?[#!][0-9]{1,7}(?!\w)",  # a change to a program
        r"(?<![\w.])10\.[0-9]{4,9}/[^\s,;)\]]{1,120}",  # a DOI
        r"(?<![\w-])97[89](?:[- ]?[0-9]){10}(?![\w-])",  # an ISBN
        r"(?<![\w-])0000-000[0-9]-[0-9]{4}-[0-9]{3}[0-9X](?![\w-])",  # an ORCID
        # sums and measures
        r"(?<![\w.,])[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,4})?(?![\w,])",
        r"(?<![\w.,])[0-9]{1,3}(?:\.[0-9]{3}){1,5},[0-9]{1,2}(?![\w,])",
        r"(?<![\w.,])[0-9]{1,3}(?:[. ][0-9]{3}){1,5} ?(?:€|\$|£|zł|Kč|kr|EUR|USD|CHF|GBP|SEK|NOK|DKK|PLN)(?!\w)",
        r"(?:€|\$|£|EUR|USD|CHF|GBP|SEK|NOK|DKK|PLN) ?[0-9]{1,3}(?:[. ][0-9]{3}){1,5}(?![\w,])",
        rf"(?<![\w.,])[0-9]{{1,8}}(?:[.,][0-9]{{1,8}})? ?(?:{_UNITS})(?!\w)",
        r"(?<!\w)1Z[0-9A-Z]{16}(?!\w)",  # a parcel of UPS's
        # a program and its version, as a browser says it: "Safari/537.36"
        r"(?<![\w/])[A-Z][A-Za-z]{2,32}/[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}(?![\w/])",
        r"(?<!\w)v[0-9]{1,4}(?:\.[0-9]{1,6}){1,4}(?:[-+.][\w.+-]{1,40})?(?!\w)",  # a version
        # of what a program counts: "token_count=318", but not "account: ", "passport: " and "support: "
        r"(?i:\b[a-z_-]{0,32}(?:(?<!ac)count|size|(?<![a-z])port|limit|timeout|width|height|total|index|length|ttl"
        r"|seed|retries|workers|threads|tokens|bytes|seconds|(?<![a-z])ms)\"?[:=] ?[0-9]{1,16})(?![\w-])",
        # patches and colours
        r"(?<!\w)(?:KB[0-9]{6,7}|MS[0-9]{2}-[0-9]{3}|(?:RAL|Pantone|NCS) ?[A-Z]?[0-9]{3,4})(?![\w-])",
        # digests, of 32 to 128 digits, and what is cut off of one: its letters stand among digits
        r"(?<![\w-])(?=[a-f]*[0-9]+[a-f]+[0-9a-f]*[0-9])[0-9a-f]{7,31}(?![\w-])",
        r"(?<![\w.-])[0-9a-f]{32}(?:[0-9a-f]{8}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{96})?(?![\w-])",
        r"(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w)",
        r"(?<!\w)0x[0-9a-fA-F]{1,16}(?!\w)",
        r"(?<![\w:])[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?![\w:])",
        r"(?<!\w)[A-Z]{2,12}[_-]?0[0-9]{4,9}(?!\w)",  # Bates numbers, which are padded with noughts
        r"(?<![\w-])(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:(?:north|south|east|west|central)+)-?[0-9](?!\w)",  # of a cloud
    )
)
# Sums in groups of thousands, in a table: phone numbers may stand so too. In prose places alone are not written so.
_THOUSANDS = r"(?<![\w.,+-])[0-9]{1,3}(?: [0-9]{3}){1,4}(?:[.,][0-9]{1,2})?"
_COUNTED = (
    "units|pieces|people|shares|copies|tons|tonnes|votes|inhabitants|users|visitors|euros?|dollars?|crowns|Stück|Einwohner|Euro"
    "|habitants|unités"
)
_SUM = re.compile(rf"{_THOUSANDS}(?= (?:[0-9]|%|€|\$|EUR|USD|GBP)|\n|\Z)")
_AMOUNT = re.compile(rf"{_THOUSANDS}(?= (?:{_COUNTED})(?!\w))")
_SHORTEST_WORD = 3  # letters
_IN_CODE = re.compile(r"[\w+/=.-]")
_LONGEST_CODE = 80  # characters on each side
# Of versions, digests, base64. Numbers of persons have capital letters and digits alone.
_OF_A_THING = re.compile(r"[a-z][0-9]|[0-9][a-z]|[0-9]\.[0-9]|[+=]")
_COUNT = re.compile(rf"{_THOUSANDS}(?= [a-z]{{2}})")


def without(model: Detector, text: str) -> list[Finding]:
    """Return what `model` finds in `text`, but for numbers that are nobody's, and the heads of their columns."""
    if not (findings := model(text)):
        return findings
    tables = columns.find(text)
    heads = Regions(tables.heads)
    findings = [finding for finding in findings if not heads.hold(finding)]
    if not any(finding.type in _NUMBERS for finding in findings):
        return findings
    of_things = [*tables.cells, *(match.span() for pattern in _PATTERNS for match in pattern.finditer(text))]
    sums = [*of_things, *(match.span() for match in _SUM.finditer(text))]
    found = Regions([(finding.start, finding.end) for finding in findings])
    regions = dict.fromkeys(_NUMBERS, Regions(sums)) | {
        "PHONE": Regions([*of_things, *(match.span() for match in _AMOUNT.finditer(text))]),
        "LOCATION": Regions([*sums, *(match.span() for match in _COUNT.finditer(text))]),
    }
    return [f for f in findings if not _is_nobodys(text, f, regions) and not _is_piece(text, f, found)]


def around(model: Detector) -> Callable[[str], list[Finding]]:
    """Return a detector that finds what `model` finds without such numbers; it can be pickled when the model can."""
    return partial(without, model)


def is_behind_label(text: str, start: int) -> bool:
    """Whether what begins at `start` is a thing's number by the words before it: "invoice no. ", "NDC "."""
    return _LABEL.search(text, max(0, start - _LONGEST_LABEL), start) is not None


def _is_nobodys(text: str, finding: Finding, regions: Mapping[str, Regions]) -> bool:
    if finding.type not in _NUMBERS:
        return False
    value = text[finding.start : finding.end]
    if finding.type == "URL":
        return not re.search("[./@:]", value)
    is_word = not any(map(str.isdigit, value)) and len(value) >= _SHORTEST_WORD
    may_be_number = not is_word or finding.type not in ("PHONE", "LOCATION")
    return may_be_number and not any(outside(text, finding, regions[finding.type]))


def _is_piece(text: str, finding: Finding, found: Regions) -> bool:
    """Whether a number is a piece of a thing's code whose other digits the model found nothing in.

    Half of what may be a person's number, capital letters and digits alone, is better than none of it.
    """
    if finding.type not in _NUMBERS or not any(map(str.isdigit, text[finding.start : finding.end])):
        return False
    start, end = finding.start, finding.end
    while start > 0 and finding.start - start < _LONGEST_CODE and _IN_CODE.match(text[start - 1]):
        start -= 1
    while end < len(text) and end - finding.end < _LONGEST_CODE and _IN_CODE.match(text[end]):
        end += 1
    if not _OF_A_THING.search(text, start, end):
        return False
    pieces = outside(text, finding._replace(start=start, end=end), found)
    return any(any(map(str.isdigit, text[piece.start : piece.end])) for piece in pieces)
