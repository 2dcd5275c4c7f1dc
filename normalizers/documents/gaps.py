"""What the extractor left out between two lines that it kept: lists, headings, rows and captions, put back in place.

Knows: how to find a page's lines in an extracted text, and which kinds of lines are content when content is on both
sides of them, or follow it without a break. Knows nothing about how the text was extracted. Bylines, advertisements and
links to other pages stand between paragraphs as well: what is mostly links that nothing announces, or is neither a
list, a row, a heading nor a sentence, stays out.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import accumulate
from typing import NamedTuple

# Noncharacters, which no page's text may hold, around what is a link.
LINK, LINK_END = "\ufdd0", "\ufdd1"

_LONG = 25  # letters and digits from which on a line is found wherever it stands
_SENTENCE = 80  # characters
_MAX_LINKED = 0.5  # of a line's letters and digits
_FEWEST_OF_A_LIST = 3  # texts
_LONGEST_STAMP = 25  # characters
_TIME_OR_YEAR = re.compile(r"\d{1,2}\s?[:.h]\s?\d\d|(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_LINKED = re.compile(f"{LINK}([^{LINK}{LINK_END}]*){LINK_END}")
_NO_KEY = re.compile(r"[\W_]+")
_CAPTION = re.compile(
    r"\W*(?:fig(?:ure)?|tab(?:le)?|box|chart|graph|map|plate|abb(?:ildung)?|tabelle|tableau|figura|tabl?a|tabela|рис(?:унок)?"
    r"|таблица)\b\.?\s*\d|[図表图]\s*\d",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:step|part|day|schritt|teil|tag|étape|jour|paso|día|passo|stap|шаг)\s\d{1,3}[.:]?", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f][\"'\u201d\u2019)\]]*\s*\Z")


class _Line(NamedTuple):
    text: str
    key: str  # its letters and digits in lower case: extractors differ in all the rest
    linked: float  # the share of the key that is in links


def is_caption(text: str) -> bool:
    """Whether a text is numbered as a figure's or table's caption: others say who took the picture."""
    return _CAPTION.match(text) is not None


def fill(extracted: str, page: str) -> str:
    """Return the extracted text with what was left out of it; `page` is the page's text, its links between marks."""
    lines = [line for line in map(_line, page.split("\n")) if line.key]
    output = extracted.split("\n")
    keys = [_key(line) for line in output]
    ends = _find(lines, "".join(keys))
    kept = [number for number, line in enumerate(lines) if len(line.key) >= _LONG and ends[number] is not None]
    if not kept:
        return extracted
    lines = _with_linked_titles(_with_announced_links(lines, ends), ends)
    times = Counter(line.key for line in lines)
    stamps = _stamps(lines, ends)
    output_ends = list(accumulate(map(len, keys)))
    last = kept[-1]
    while last + 1 < len(lines) and (ends[last + 1] is not None or _is_content(lines[last + 1], goes_on=True)):
        last += 1  # what follows without a break
    first = kept[0] - (kept[0] > 0 and lines[kept[0] - 1].key in stamps)
    goes_on = False  # whether what stands behind a line is in the text
    for number in range(last, first - 1, -1):  # from the last one up: places above stay true
        line = lines[number]
        if ends[number] is None:
            is_content = _is_content(line, goes_on=goes_on) or (goes_on and line.key in stamps)
            goes_on = is_content and times[line.key] == 1
            if goes_on:
                before = next((end for end in reversed(ends[:number]) if end), 0)
                _insert(output, bisect_left(output_ends, before) if before else -1, line)
        else:
            goes_on = True
    return "\n".join(output)


def _line(marked: str) -> _Line:
    text = marked.replace(LINK, "").replace(LINK_END, "").strip()
    if not text:
        return _Line("", "", 0)
    key = _key(text)
    if LINK not in marked:
        return _Line(text, key, 0)
    linked = sum(len(_key(link)) for link in _LINKED.findall(marked))
    return _Line(text, key, linked / max(1, len(key)))


def _key(text: str) -> str:
    return _NO_KEY.sub("", text).lower()


def _find(lines: list[_Line], extracted: str) -> list[int | None]:
    """Return where each line ends in the extracted key; 0: elsewhere than expected; None: nowhere."""
    ends: list[int | None] = [None] * len(lines)
    position = 0
    for number, (_, key, _) in enumerate(lines):
        if len(key) >= _LONG:
            place = extracted.find(key, position)
            if place >= 0:
                ends[number] = position = place + len(key)
            elif key in extracted:
                ends[number] = 0
    position = 0
    starts = iter([end - len(line.key) for line, end in zip(lines, ends, strict=True) if end])
    next_start = next(starts, len(extracted))
    for number, (_, key, _) in enumerate(lines):  # short ones only between the long ones: they may stand anywhere
        if end := ends[number]:
            position, next_start = end, next(starts, len(extracted))
        elif len(key) < _LONG and (place := extracted.find(key, position, next_start)) >= 0:
            ends[number] = position = place + len(key)
    return ends


def _with_announced_links(lines: list[_Line], ends: list[int | None]) -> list[_Line]:
    """Return the lines, and of a list that a kept line announces the links as text: they are what is listed."""
    found: list[_Line] = []
    is_announced = False
    for line, end in zip(lines, ends, strict=True):
        is_announced = is_announced and line.text.startswith("- ")
        found.append(line._replace(linked=0) if is_announced else line)
        is_announced = is_announced or (end is not None and line.text.endswith((":", "\uff1a")))
    return found


def _with_linked_titles(lines: list[_Line], ends: list[int | None]) -> list[_Line]:
    """Return the lines, of a list of texts with links as their headings these as text: they are what is listed.

    Among the headings of one text, those of others lead to them.
    """
    is_linked = [line.linked > _MAX_LINKED for line in lines]
    headings = [number for number, line in enumerate(lines) if line.text.startswith("#")]
    titles = {number for number in headings if is_linked[number] and any(ends[number + 1 : number + 2])}
    if len(titles) < _FEWEST_OF_A_LIST or len(titles) <= sum(not is_linked[number] for number in headings):
        return lines
    return [line._replace(linked=0) if number in titles else line for number, line in enumerate(lines)]


def _stamps(lines: list[_Line], ends: list[int | None]) -> set[str]:
    """Return the keys of the times and dates that each text of a list begins with: those of a log, a day's course."""
    shapes: defaultdict[str, set[str]] = defaultdict(set)
    for line, end in zip(lines, ends, strict=True):
        if end is None and len(line.text) <= _LONGEST_STAMP and _TIME_OR_YEAR.search(line.text):
            shapes[_WORD.sub("a", _DIGIT.sub("0", line.text))].add(line.key)
    return set().union(*(keys for keys in shapes.values() if len(keys) >= _FEWEST_OF_A_LIST))


def _is_content(line: _Line, *, goes_on: bool) -> bool:
    """Whether a line that was left out is content; a heading or question is when what stands behind it is."""
    if line.linked > _MAX_LINKED:
        return False
    if line.text.startswith("#"):
        return goes_on
    if line.text.startswith("- ") or " | " in line.text or is_caption(line.text):
        return True
    if goes_on and (line.text.endswith(("?", "\uff1f")) or _STEP.fullmatch(line.text)):
        return True
    return len(line.text) >= _SENTENCE and _SENTENCE_END.search(line.text) is not None


def _insert(output: list[str], number: int, line: _Line) -> None:
    """Put a line behind the numbered one; a row takes the place of what was kept of it."""
    behind = output[number + 1] if number + 1 < len(output) else ""
    if behind.startswith("|") and " | " in line.text and all(_key(cell) in line.key for cell in behind.split("|")):
        output[number + 1] = line.text
    else:
        output.insert(number + 1, line.text)
