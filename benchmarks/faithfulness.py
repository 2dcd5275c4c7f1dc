"""Numbers and names of a summary that occur nowhere in its source.

Knows: how numbers and names are written. Knows nothing about models. An alarm and never a score: a wrong summary can
be made of the source's own words, and most wrong summaries are.
"""

import re

_DIGITS = re.compile(r"\d+(?:,\s?\d{3}(?!\d))*(?:\.\d+)?")
_SPACED_DECIMAL = re.compile(r"(?<=\d)\.\s(?=\d)")  # "98. 7", or the end of one sentence and the start of the next
_SCALE = re.compile(r"[\s-]?(hundred|thousand|million|billion|trillion|k|m|bn|tn)\b", re.IGNORECASE)
_SCALES = {"hundred": 100.0, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}
_SCALES |= {"trillion": 1e12, "tn": 1e12}

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: float(value) for value, word in enumerate(_UNITS.split())}
_WORDS |= {word: 10.0 * tens for tens, word in enumerate(_TENS.split(), start=2)}
_WORDS |= {"first": 1.0, "second": 2.0, "third": 3.0, "fourth": 4.0, "fifth": 5.0, "sixth": 6.0, "seventh": 7.0}
_WORDS |= {"eighth": 8.0, "ninth": 9.0, "tenth": 10.0, "dozen": 12.0, "once": 1.0, "twice": 2.0}
_NUMBER_WORDS = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS.split())})[- ])?(?P<word>{'|'.join(_WORDS)})\b", re.IGNORECASE
)

_SENTENCE_START = re.compile(r"(?:^|[.!?:;\"\u201c\u2018]\s*|\n\s*|[-*\u2022]\s+)$")
_CAPITALIZED = re.compile(r"\b[A-Z][\w]*(?:[-'\u2019]\w+)*")
_WORD = re.compile(r"\w+")


def absent_numbers(summary: str, source: str) -> list[str]:
    """Return the numbers in digits in `summary` whose value `source` has neither in digits nor in words."""
    known = _values(source)
    return [written for written, values in _in_digits(summary) if not values & known]


def absent_names(summary: str, source: str) -> list[str]:
    """Return the capitalized words of `summary`, those that begin a sentence aside, that `source` has in no case."""
    known = {_stem(word) for word in _WORD.findall(source.casefold())}
    names = []
    for found in _CAPITALIZED.finditer(summary):
        if _SENTENCE_START.search(summary[max(0, found.start() - 20) : found.start()]) or found[0] == "I":
            continue
        parts = _WORD.findall(re.sub(r"['\u2019]s$", "", found[0]).casefold())
        if any(_stem(part) not in known for part in parts):
            names.append(found[0])
    return names


def _values(text: str) -> set[float]:
    readings = (*_in_digits(text), *_in_digits(_SPACED_DECIMAL.sub(".", text)))
    values = set[float]().union(*(found for _, found in readings))
    for match in _NUMBER_WORDS.finditer(text):
        value = _WORDS[match["word"].lower()] + (_WORDS[match["tens"].lower()] if match["tens"] else 0.0)
        values |= {value, value * _scale_after(text, match.end())}
    return values


def _in_digits(text: str) -> list[tuple[str, set[float]]]:
    """Each number as written, and its value with and without a "million" that follows it."""
    numbers = []
    for match in _DIGITS.finditer(text):
        value = float(re.sub(r"[,\s]", "", match[0]))
        numbers.append((match[0], {value, round(value * _scale_after(text, match.end()), 6)}))
    return numbers


def _scale_after(text: str, position: int) -> float:
    scale = _SCALE.match(text, position)
    return _SCALES[scale[1].lower()] if scale else 1.0


def _stem(word: str) -> str:
    return word.removesuffix("s")
