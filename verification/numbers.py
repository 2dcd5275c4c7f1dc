"""Numbers, amounts and dates of a summary that its sources have in no form.

Knows: how values are written, in digits and in words. Knows nothing about models. A value that a summary may have
counted or rounded by itself raises no alarm.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contract.results import Unsupported, UnsupportedKind

_SMALL = 12  # a summary may count so far by itself
_YEARS = range(1200, 2200)

_DIGITS = re.compile(r"\d+(?:,\s?\d{3}(?!\d))*(?:\.\d+)?")
_SPACED_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[ .\u00a0\u202f’']\d{3})+(?!\d)")  # "1 500 000", "1.500.000"
_SPACED_DECIMAL = re.compile(r"(?<!\d)\d+\.\s\d+")  # "98. 7", or the end of one sentence and the start of the next
_SCALE = re.compile(r"[\s-]{0,2}(hundred|thousand|million|billion|trillion|k|m|mn|bn|b|tn)\b", re.IGNORECASE)
_SCALES = {"hundred": 100.0, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "b": 1e9}
_SCALES |= {"bn": 1e9, "trillion": 1e12, "tn": 1e12}
_CURRENCY = re.compile(r"[$£€¥]\s?$")
_UNIT_OF_AMOUNT = re.compile(r"\s?(?:%|per\s?cent\b|percent\b|dollars?\b|pounds?\b|euros?\b|pence\b|cents?\b)", re.I)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|over|under|some|than|least|most|up to|circa|estimated)\s*"
    r"[$£€¥]?\s?$|[~≈<>]\s?[$£€¥]?$",
    re.IGNORECASE,
)
_RAISED = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+")  # of a power, which a summary may write as 10^15
_SCORE = re.compile(r"(?<![\w.-])\d{1,3}\s?[-–]\s?\d{1,3}(?![\w-])")
_LIST_NUMBER = re.compile(r"^[ \t>*#(]*\d{1,3}[.)]\s", re.MULTILINE)
_TIME = re.compile(r"\b(\d{1,2})(?:\s?[:.]\s?(\d{2}))?\s?([ap])\s?\.?\s?m\b|\b(\d{1,2}):(\d{2})\b", re.IGNORECASE)
_SHORT_YEAR = re.compile(
    r"(?:\b(?P<century>1[5-9]|20)\d\d\s?[-–/]\s?|['’`]\s?|\d{1,2}[./-]\d{1,2}[./-])(?P<year>\d\d)\b"
)
_NUMERIC_DATE = re.compile(r"\b(\d{1,4})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{1,4})\b|\b(\d{1,2})/(\d{1,2})\b")

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: float(value) for value, word in enumerate(_UNITS.split())}
_WORDS |= {word: 10.0 * tens for tens, word in enumerate(_TENS.split(), start=2)}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
_ORDINALS += " fifteenth sixteenth seventeenth eighteenth nineteenth"
_WORDS |= {word: float(value) for value, word in enumerate(_ORDINALS.split(), start=1)}
_WORDS |= {word[:-1] + "ieth": 10.0 * tens for tens, word in enumerate(_TENS.split(), start=2)}
_WORDS |= {"dozen": 12.0, "once": 1.0, "twice": 2.0, "double": 2.0, "triple": 3.0, "decade": 10.0, "century": 100.0}
_NUMBER_WORDS = re.compile(
    rf"\b(?:(?P<hundreds>{'|'.join(_UNITS.split()[1:])}|a) hundred(?: and)? )?"
    rf"(?:(?P<tens>{'|'.join(_TENS.split())})[- ]{{1,3}})?(?P<word>{'|'.join(_WORDS)})s?\b"
)
_SCALE_WORD = re.compile(r"\b(?:a|one)[ -](hundred|thousand|million|billion|trillion)\b")
_FRACTIONS = {
    "half": (50.0, 0.5),
    "third": (33.0, 66.0, 67.0),
    "quarter": (25.0, 75.0),
    "fifth": (20.0, 40.0, 60.0, 80.0),
}
_FRACTIONS |= {"tenth": (10.0,)}

_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = _MONTH_NAMES.split()
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)}|{'|'.join(month[:3] for month in _MONTHS)}|sept)\b\.?", re.IGNORECASE)
_DAY_BESIDE = re.compile(r"(?:\d(?:st|nd|rd|th)?(?: of)?,? $)|^\s*\d")


class Number(NamedTuple):
    """A number as a text has it."""

    kind: UnsupportedKind
    start: int
    end: int
    readings: frozenset[float]
    is_rounded: bool


def unsupported_numbers(summary: str, texts: Iterable[str]) -> Iterator[Unsupported]:
    """Yield the numbers, amounts and dates of `summary` that no text has. In order within each kind of writing."""
    times = list(_TIME.finditer(summary))
    written = [*_in_digits(summary, [time.span() for time in times]), *_in_words(summary)]
    months = list(_months(summary))
    if not (times or written or months):
        return
    values, known_times, known_months = _known(texts)
    for time in times:
        hours, minutes = divmod(_minutes(time), 60)
        is_on_the_hour = not minutes and float(hours or 12) in values  # "five o'clock"
        if not is_on_the_hour and _minutes(time) not in known_times:
            yield Unsupported(kind="date", start=time.start(), end=time.end())
    for number in written:
        if not _is_known(number, values):
            yield Unsupported(kind=number.kind, start=number.start, end=number.end)
    for month, start, end in months:
        if month not in known_months:
            yield Unsupported(kind="date", start=start, end=end)


def _is_known(number: Number, values: set[float]) -> bool:
    if number.readings & values:
        return True
    if not number.is_rounded:
        return False
    return any(abs(value - reading) <= _precision(reading) for reading in number.readings for value in values)


def _precision(value: float) -> float:
    """How far from a rounded value the true one may be: half of its last digit that is not zero, or a twentieth."""
    digits = f"{value:.10f}".rstrip("0").rstrip(".")
    place = -len(digits.partition(".")[2]) if "." in digits else len(digits) - len(digits.rstrip("0"))
    return float(max(0.5 * 10.0**place if value else 0.0, 0.05 * value))


def _known(texts: Iterable[str]) -> tuple[set[float], set[int], set[int]]:
    """Every value, time and month that the texts have in some form."""
    values, times, months = set[float](), set[int](), set[int]()
    for text in texts:
        text = _RAISED.sub(lambda raised: f"^{unicodedata.normalize('NFKC', raised[0])}", text)
        lowered = text.lower()
        for match in _DIGITS.finditer(text):
            values |= _readings(text, match)
        for pattern, separator in ((_SPACED_THOUSANDS, r"\D"), (_SPACED_DECIMAL, r"\s")):
            for match in pattern.finditer(text):
                value = float(re.sub(separator, "", match[0]))
                values |= {value, value * _scale_after(text, match.end())}
        for match in _NUMBER_WORDS.finditer(lowered):
            value = _value(match)
            values |= {value, value * _scale_after(lowered, match.end()), value + 100.0, _WORDS[match["word"]]}
        values |= {_SCALES[match[1]] for match in _SCALE_WORD.finditer(lowered)}
        for fraction, percents in _FRACTIONS.items():
            if fraction in lowered:
                values |= set(percents)
        for match in _SHORT_YEAR.finditer(text):
            century = match["century"]
            values |= {float((century or "20") + match["year"]), float((century or "19") + match["year"])}
        times |= {_minutes(match) for match in _TIME.finditer(text)}
        months |= {month for month, _, _ in _months(text, even_lone=True)}
        for match in _NUMERIC_DATE.finditer(text):
            months |= {int(part) for part in match.groups() if part and int(part) <= 12}
    return values | {float(month) for month in months}, times, months


def _in_digits(text: str, times: list[tuple[int, int]]) -> Iterator[Number]:
    skipped = [*times, *(match.span() for match in _LIST_NUMBER.finditer(text))]
    scores = [match.span() for match in _SCORE.finditer(text)]
    for match in _DIGITS.finditer(text):
        if any(start <= match.start() < end for start, end in skipped):
            continue
        readings = _readings(text, match)
        scale = _SCALE.match(text, match.end())
        is_amount = bool(scale or _CURRENCY.search(text, max(0, match.start() - 2), match.start()))
        is_amount = is_amount or bool(_UNIT_OF_AMOUNT.match(text, match.end()))
        value = max(readings)
        is_year = match[0].isdigit() and len(match[0]) == 4 and int(match[0]) in _YEARS and not is_amount
        in_score = any(start <= match.start() < end for start, end in scores)
        is_glued = text[max(0, match.start() - 1) : match.start()].isalpha()  # "M3"
        if not (is_amount or in_score or is_glued) and value <= _SMALL and value.is_integer():
            continue
        is_rounded = bool(scale or _ABOUT.search(text, max(0, match.start() - 16), match.start())) and not is_year
        kind: UnsupportedKind = "amount" if is_amount else "date" if is_year or _is_in_date(text, match) else "number"
        yield Number(kind, match.start(), scale.end() if scale else match.end(), frozenset(readings), is_rounded)


def _is_in_date(text: str, match: re.Match[str]) -> bool:
    beside = text[max(0, match.start() - 11) : match.start()], text[match.end() : match.end() + 12]
    return bool(_MONTH.search(beside[0]) or _MONTH.search(beside[1]))


def _in_words(text: str) -> Iterator[Number]:
    """Numbers in words that are over what a summary counts by itself."""
    for match in _NUMBER_WORDS.finditer(text.lower()):
        value = _value(match)
        if value > _SMALL and match["word"] not in ("century", "decade"):
            scaled = value * _scale_after(text, match.end())
            yield Number("number", match.start(), match.end(), frozenset({value, scaled}), scaled != value)


def _value(match: re.Match[str]) -> float:
    tens = _WORDS[match["tens"]] if match["tens"] else 0.0
    hundreds = 100.0 * _WORDS.get(match["hundreds"], 1.0) if match["hundreds"] else 0.0
    return hundreds + tens + _WORDS[match["word"]]


def _readings(text: str, match: re.Match[str]) -> set[float]:
    """A number's value with and without a "million" that follows it."""
    value = float(re.sub(r"[,\s]", "", match[0]))
    return {value, round(value * _scale_after(text, match.end()), 6)}


def _scale_after(text: str, position: int) -> float:
    scale = _SCALE.match(text, position)
    return _SCALES[scale[1].lower()] if scale else 1.0


def _minutes(match: re.Match[str]) -> int:
    """Minutes of the half day, so that 17:30 is 5.30pm."""
    hours, minutes = (match[4], match[5]) if match[4] else (match[1], match[2])
    return int(hours) % 12 * 60 + int(minutes or 0)


def _months(text: str, even_lone: bool = False) -> Iterator[tuple[int, int, int]]:
    """The months that `text` names; "may" and "march" only beside a day or a year, unless `even_lone`."""
    for match in _MONTH.finditer(text):
        beside = _DAY_BESIDE.search(text[max(0, match.start() - 8) : match.start()])
        beside = beside or _DAY_BESIDE.match(text[match.end() : match.end() + 3])
        is_plain = len(match[1]) > 4 and match[1].lower() != "march" and match[1][0].isupper()
        if even_lone or beside or is_plain:
            number = next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(match[1].lower()[:3]))
            yield number, match.start(1), match.end(1)
