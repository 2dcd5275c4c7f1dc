"""Where people live: street addresses, post codes, and coordinates behind their labels.

Knows: how addresses are written in English, and the street words of some other languages. Knows no place names but
the abbreviations of the states of the USA: places are the model's.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from normalizers.pii.context import CONTEXT, PATTERN, Labels, holds, matches
from normalizers.pii.finding import Finding

_WORD = r"[^\W\d_a-z][\w'.-]{0,30}+"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    "|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|NI|FA"
)
_SUFFIX = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway"
    "|Pkwy|Circle|Cir|Highway|Hwy|Close|Crescent|Gardens|Grove|Mews|Row|Alley|Trail|Trl|Loop|Turnpike|Esplanade|Quay"
    "|West|East|North|South"
)
_PREFIX = (
    "Rue|Avenue|Av|Avenida|Boulevard|Bd|Chemin|Place|Impasse|Via|Viale|Piazza|Corso|Strada|Calle|Carrera|Plaza|Paseo"
    "|Rua|Travessa|Praça|Largo|Ulica|Trg|Ul|Jalan|Rruga|Bulevar"
)
_ENDING = (  # of a word, or a word of its own
    "[Ss]traße|[Ss]trasse|[Ss]traat|[Gg]atan|gata|vej|veien|vegen|vegur|gade|laan|gasse|[Pp]latz|plein|katu|polku|tie"
    "|[Aa]llee|vägen|stræti|utca|u\\."
)
_ARTICLE = "(?:(?:d[aeiou]s?|del|al|el|la|les?|van|der) ){0,2}(?:[dl]')?"
_NUMBERS = r"(?<![\w.,-])(?:[0-9]{1,4}/)?[0-9]{1,6}[A-Za-z]?(?:[ -][0-9]{1,6})?"
_BREAK = r"[\s,>]{1,8}"
_FLAT = r"(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room)\b\.? ?#?[0-9]{1,5}[A-Za-z]?"
_FLATS = rf"(?:{_BREAK}{_FLAT}){{0,2}}"
_PLACES = rf"(?:{_BREAK}\(?{_WORD}\)?){{1,8}}"
_TOWN = rf"(?:{_PLACES}{_BREAK}[0-9]{{4,6}}(?:-[0-9]{{3,4}})?(?!\w)|(?:,\s{{1,4}}{_WORD}(?: {_WORD}){{0,3}}){{1,2}})?"
_REST = _FLATS + _TOWN

_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NUMBERS} (?:{_WORD} ){{1,4}}(?:{_SUFFIX})\b\.?(?: [0-9]{{1,5}}(?!\w))?{_REST}",
        rf"{_NUMBERS} (?:{_PREFIX})\b\.?(?: {_ARTICLE}{_WORD}){{1,5}}(?: [0-9]{{1,5}}(?!\w))?{_REST}",
    )
)
_PREFIXED = re.compile(rf"(?<!\w)(?:{_PREFIX})\b\.?(?: {_ARTICLE}{_WORD}){{1,5}} [0-9]{{1,5}}(?![\w.]){_REST}")
_ENDED = re.compile(rf"(?:{_ENDING}) \Z")
_SUFFIXED = re.compile(
    rf"(?:{_NUMBERS} )?(?<!\w)[^\W\d_a-z][^\W\d_]{{2,20}}?(?: {_WORD}){{0,2}} ?(?:{_ENDING}) [0-9]{{1,4}}"
    rf"(?!\w|\.[0-9]){_REST}"
)
# Where the street has no word for "street" a flat behind its number tells it.
_WITH_FLAT = re.compile(rf"(?:{_NUMBERS} )?(?:{_WORD} ){{1,4}}[0-9]{{1,5}}\.?{_BREAK}{_FLAT}{_REST}")
_MILITARY = re.compile(
    r"(?<!\w)(?:(?:PSC|CMR|Unit|USS|USNS|USNV|USCGC) [\w, ]{1,40}[ \n,]{1,3})?[AFD]PO,? A[AEP],? [0-9]{5}(?!\w)"
)
_BOX = re.compile(r"(?<!\w)(?:P\. ?O\. ?|PO |Post ?)[Bb]ox [0-9]{1,6}(?!\w)")
_ANY_FLAT = re.compile(_FLAT)
_APARTMENT = re.compile(
    r"(?<!\w)(?:(?:Apt\.|Apartment|Suite) #?[0-9]{1,5}[A-Za-z]?(?!\w)"
    rf"|(?:Flat|Unit) [0-9]{{1,4}}[A-Za-z]?(?=(?:, |/)[0-9]{{1,4}}[A-Za-z]? {_WORD} {_WORD}))"  # before a street
)
_STATE_AND_ZIP = re.compile(
    rf"(?:{_NUMBERS} (?:{_WORD} ){{0,3}}{_WORD},\s{{1,4}})?"  # a street without a word for "street"
    rf"(?:{_WORD} ){{0,2}}{_WORD},? (?:{_STATES}),? [0-9]{{5}}(?:-[0-9]{{4}})?(?![\w-])"
)
_STATE = re.compile(rf"(?:{_STATES}),? \Z")
_FEW = 10  # characters of such an ending or a state
_POSTCODES = re.compile(  # the United Kingdom's and Canada's
    r"(?<![\w-])(?:[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{2}"
    r"|[ABCEGHJ-NPR-TVXY][0-9][A-Z] [0-9][A-Z][0-9])(?![\w-])"
)
_LIVES = re.compile(
    r"(?<!\w)(?:lives?|living|resides?|residing|address is|moved|located|office is|meet (?:me|you)"
    r"|ship(?:ped)? (?:it )?to)"
    rf"(?: now)?(?: at| on| in| to)? ((?:[0-9]{{1,6}} ){{0,2}}(?:{_WORD} ){{1,4}}[0-9]{{1,5}}(?!\w|[.:][0-9]){_REST})"
)
_ADDRESS_LINE = re.compile(
    r"(?<!\w)[Aa]ddress:\s{1,3}([0-9]{1,6}[A-Za-z]? [^\W\d_][^\n]{5,80}?)(?=\.?[ \t]{0,3}(?:\n|\Z)|\. [A-Z])"
)
_LABELS = Labels(
    {
        "post code": "zip|zip code|postal code|postcode|post code|plz",
        "coordinates": "coordinates|gps|latitude|longitude|lat|lon|lng|geo|location",
    }
)
_BEHIND_LABEL = {
    "post code": re.compile(r"(?:[0-9]{4,6}(?:-[0-9]{3,4})?|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})(?![\w.])"),
    "coordinates": re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3,9}(?:[,; ]{1,2}[+-]?[0-9]{1,3}\.[0-9]{3,9})?(?!\w)"),
}


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `numbers`: what numbers() returns."""
    if not numbers:
        return
    yield from (Finding(*match.span(), "LOCATION", 0.7, PATTERN) for match in _streets(text, numbers))
    yield from (Finding(*match.span(), "LOCATION", 0.6, PATTERN) for match in _rest(text, numbers))
    for pattern in (_LIVES, _ADDRESS_LINE):
        yield from (Finding(*match.span(1), "LOCATION", 0.6, CONTEXT) for match in pattern.finditer(text))
    for kind, start in _LABELS.values(lowered):
        if match := _BEHIND_LABEL[kind].match(text, start):
            yield Finding(*match.span(), "LOCATION", 0.6, CONTEXT)


def _streets(text: str, numbers: Sequence[int]) -> Iterator[re.Match[str]]:
    for pattern in _NUMBERED:
        yield from matches(pattern, text, numbers)
    if holds(text, *_PREFIX.split("|")):
        yield from _PREFIXED.finditer(text)
    if _is_before(_ENDED, text, numbers):
        yield from _SUFFIXED.finditer(text)
    if _ANY_FLAT.search(text):
        yield from _WITH_FLAT.finditer(text)
    if holds(text, "PO"):
        yield from _MILITARY.finditer(text)
    if holds(text, "Box", "box"):
        yield from _BOX.finditer(text)


def _rest(text: str, numbers: Sequence[int]) -> Iterator[re.Match[str]]:
    if _ANY_FLAT.search(text):
        yield from _APARTMENT.finditer(text)
    if _is_before(_STATE, text, numbers):
        yield from _STATE_AND_ZIP.finditer(text)
    yield from matches(_POSTCODES, text, numbers)


def _is_before(words: re.Pattern[str], text: str, numbers: Iterable[int]) -> bool:
    """Whether such words, of a few letters, end right before one of the numbers."""
    return any(words.search(text, max(0, number - _FEW), number) for number in numbers)
