"""Names of a summary that its sources have in no form.

Knows: capitals, and how a name's forms differ: inflected, shortened to initials, of a people for its country. Knows
nothing about models. Where a text has lost its capitals no name is seen, and none raises an alarm.
"""

import re
from collections.abc import Iterator

from contract.results import Unsupported
from splitting.words import FUNCTION_WORDS, fold, stem
from verification.grounding import Grounding

_SENTENCE_START = re.compile(r"(?:^|[.!?:;…\"“‘`(\[|*_#>]['’\"]?\s*|\n\s*|[-–—•]\s+|\d[.)]\s+)$")
_CAPITALIZED = re.compile(r"(?<!\w)(?:[A-Z]\.){2,}|(?<!\w)[^\W\d_a-z]\w*(?:[-'’]\w+)*")
_WORD = re.compile(r"[^\W\d_]+")
_LINE = re.compile(r"[^\n]+")
_PREFIX = 4  # letters that a name shares with what it is derived from

_TITLES_IN_A_ROW = "mr mrs ms miss dr prof sir lady lord president minister professor inc ltd corp co company"
_TITLES = frozenset(_TITLES_IN_A_ROW.split())
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS = "january february march april may june july august september october november december"
_MONTHS += " jan feb mar apr jun jul aug sep sept oct nov dec"
_DATES = frozenset(f"{_DAYS} {_MONTHS}".split())  # the day of "yesterday" is in no text; months are dates

# What has another stem than the country's name, or a name of its own.
_SAME = (
    "britain british briton brits uk u.k united kingdom england english",
    "america american americans us u.s usa u.s.a united states",
    "netherlands dutch holland hollander",
    "france french frenchman frenchwoman paris",
    "germany german berlin",
    "spain spanish spaniard",
    "denmark danish dane",
    "switzerland swiss",
    "greece greek",
    "wales welsh welshman",
    "ireland irish irishman",
    "scotland scottish scots scot scotsman",
    "poland polish pole",
    "turkey turkish turk",
    "sweden swedish swede",
    "finland finnish finn",
    "norway norwegian",
    "china chinese beijing",
    "philippines filipino filipina philippine",
    "eu e.u european union europe",
    "un u.n united nations",
    "tv television",
    "internet web online website",
)
_GROUPS: dict[str, set[str]] = {}
for _line in _SAME:
    for _word in _line.split():
        _GROUPS.setdefault(_word, set()).update(_line.split())


def unsupported_names(summary: str, source: Grounding) -> Iterator[Unsupported]:
    """Yield the capitalized words of `summary` that the sources have in no case and no form."""
    shouted = [line.span() for line in _LINE.finditer(summary) if _is_heading(line[0])]
    for found in _CAPITALIZED.finditer(summary):
        if not found[0][0].isupper() or any(start <= found.start() < end for start, end in shouted):
            continue
        if _SENTENCE_START.search(summary, max(0, found.start() - 20), found.start()) or found.start() == 0:
            continue
        if not _is_known(found[0], source) and not _is_spelled_out(summary, found, source):
            yield Unsupported(kind="name", start=found.start(), end=found.end())


def _is_heading(line: str) -> bool:
    """Whether most of a line's words begin with a capital, which then tells no name."""
    words = [word for word in _WORD.findall(line) if word.lower() not in FUNCTION_WORDS]
    return len(words) > 1 and sum(word[0].isupper() for word in words) > 0.8 * len(words) and line.strip()[-1:] != "."


def _is_known(name: str, source: Grounding) -> bool:
    if fold(name).replace(".", "") in source.folded:
        return True
    parts = [fold(part) for part in _WORD.findall(re.sub(r"['’]s?$", "", name))]
    return all(_is_part_known(part, source) for part in parts) or _are_initials(name, source)


def _is_part_known(part: str, source: Grounding) -> bool:
    if len(part) < 2 or part in FUNCTION_WORDS or part in _TITLES or part in _DATES:
        return True
    if part in source.folded or stem(part) in source.places:
        return True
    if _GROUPS.get(part, set()) & source.folded:
        return True
    beginning = part[: max(_PREFIX, len(part) - 4)]
    if len(beginning) >= _PREFIX and any(word.startswith(beginning) for word in source.folded):
        return True
    return any(len(word) >= _PREFIX and part.startswith(word) for word in source.folded)


def _are_initials(name: str, source: Grounding) -> bool:
    """Whether `name` is made of the first letters of words that stand together."""
    letters = re.sub(r"[^A-Z]", "", name.removesuffix("s")).casefold()
    if not 2 <= len(letters) <= 8 or len(letters) < len(re.sub(r"\W", "", name.removesuffix("s"))):
        return False
    return letters in source.initials


def _is_spelled_out(summary: str, found: re.Match[str], source: Grounding) -> bool:
    """Whether the capitalized words around have initials that are a word of the sources."""
    run = [found]
    words = list(_CAPITALIZED.finditer(summary, max(0, found.start() - 100), found.end() + 100))
    index = next((number for number, word in enumerate(words) if word.start() == found.start()), 0)
    for step in (-1, 1):
        place = index + step
        while 0 <= place < len(words) and _are_together(summary, words[place], run[0 if step < 0 else -1]):
            run.insert(0 if step < 0 else len(run), words[place])
            place += step
    initials = "".join(word[0][0] for word in run).casefold()
    return any(
        initials[first:last] in source.folded
        for first in range(len(initials) - 1)
        for last in range(first + 2, len(initials) + 1)
        if last - first > 2 or last - first == len(initials)
    )


def _are_together(summary: str, one: re.Match[str], other: re.Match[str]) -> bool:
    first, second = sorted((one.span(), other.span()))
    return re.fullmatch(r"[\s-]+(?:(?:of|the|for|and|de|on|in)\s+){0,2}", summary[first[1] : second[0]]) is not None
