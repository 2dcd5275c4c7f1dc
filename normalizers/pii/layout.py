"""Which line ends, bars and marks part two values: a list's items, a table's cells, a line of its own.

Knows: how lists and tables are written in plain text. Knows nothing of the model, nor which line says a name. The model
of names reads no line ends, so that "Ida Berg" above "Ole Lund" is one person of four names to it. It is shown a
semicolon in their place where lines are items, and no bar and no mark of a list; where prose goes on in the next line,
it is shown what stands there.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

Span = tuple[int, int]

_PARTICLE = r"d[aeiou]s?|del?|der?|den|di|van|von|te[nr]?|bin|ibn|al|el|la|le|y|e|i|zu|zum|af|av"
_WORD = rf"(?:[^\W\d_a-z][\w.'-]{{0,30}}|(?:{_PARTICLE})(?=[ ]))"
# One to six words with capitals and no more, as a name or a title is written: "Berg, Ida", "Ole Lund (chair)".
_ALONE = re.compile(rf"{_WORD}(?:,? {_WORD}){{0,5}}(?: ?\([^()\n]{{1,40}}\))?[,;]?")
_NAME = rf"{_WORD}(?: {_WORD}){{1,3}}"
_SURNAME_FIRST = (
    rf"(?:(?i:{_PARTICLE}) ){{0,2}}{_WORD}(?: (?:[JjSs]r\.?|I{{1,3}}|y {_WORD}))?, {_WORD}(?: {_WORD}){{0,2}}"
)
# What is counted by a letter, in a list of those who are in it: "Team A", "Ward B".
_GROUP = "(?:Team|Group|Class|Form|Ward|Room|Table|Pool|Heat|Lane|Shift|Unit|Section|Block|Zone|Level|Floor|Bay) [A-Z]"
_NAME_CELL = re.compile(rf"(?!{_GROUP}(?![\w.]))(?:{_SURNAME_FIRST}|{_NAME})(?=\Z|,| ?\(| - |: )")
_AND = r"(?:,? (?:and|und|et|y|e|en|og|och) | & )"
_IN_ONE_LINE = re.compile(
    rf"(?<![\w.'-])(?:{_NAME}(?:(?:, | / |; |{_AND}){_NAME}){{2,}}|(?:{_SURNAME_FIRST}; ){{2,}}{_SURNAME_FIRST})"
)
_BETWEEN = {False: re.compile(rf",? / |, |; |{_AND}"), True: re.compile("; ")}
# What a list tells of each of its names: "Monday: Ida Berg", "Chair - Ole Lund".
_ROLE = re.compile(rf"[^\W\d_][\w.'/ -]{{0,30}}(?::| -)[ ]{{1,3}}(?={_NAME}(?: ?\([^()\n]{{1,40}}\))?[,;.]?\Z)")
_MARK = re.compile(
    r"[ \t]*(?:[-*\u2022\u2023\u25e6\u2043\u00b7+>](?: \[[ xX]\])?|\(?[0-9]{1,3}[.)]|\(?[a-z][.)])[ \t]+(?=\S)"
)
_BAR = re.compile(
    r"(?<=\S)[ ]*\t\s*|\||(?<=[^\s|.!?:;,]) {2,}(?=[^\s|])"
)  # a tab and blanks are none where they indent
_ROW = re.compile(r"\s*\||.*(?: \| |\S(?:[ ]*\t\s*|(?<![.!?:;,]) {2,})\S)")
_COMMA = re.compile(r"[,;](?=\S)")
_RULE = re.compile(r"[\s|:+=-]*")
_PUNCTUATION = ".,;:!?"
_LONGEST_ITEM = 80  # characters
_LONGEST_ROW = 2_000


class Layout(NamedTuple):
    """A text as the model is to be shown it, and where a value ends whatever the model says."""

    shown: str  # of the same length
    borders: list[int]  # places of the line ends and bars that part values, rising
    row_borders: list[int]  # of those, the ones of a table's rows
    lists: list[list[Span]]  # what is written as a name is, in two words or more, in each list and column


class _Line(NamedTuple):
    """One line, and what parts it into cells."""

    start: int
    text: str
    mark: int = 0  # characters
    is_item: bool = False
    bars: Sequence[int] = ()  # places


def read(text: str) -> Layout:
    """Return how the lines of `text` stand. Linear time."""
    lines = list(_lines(text))
    for number in range(len(lines) - 2, -1, -1):  # a blank line is what the one below it is
        if not lines[number].text.strip():
            lines[number] = lines[number]._replace(is_item=lines[number + 1].is_item)
    shown: list[str] = []
    borders: list[int] = []
    row_borders: list[int] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        shown.append(_shown(line))
        borders += line.bars
        row_borders += line.bars
        if following is None:
            continue
        end = line.start + len(line.text)
        is_row = bool(line.bars or following.bars)
        parts = is_row or following.mark or (line.is_item and following.is_item)
        if parts:
            borders.append(end)
        if is_row:
            row_borders.append(end)
        stripped = line.text.rstrip()
        shown.append(";" if parts and stripped and stripped[-1] not in _PUNCTUATION else "\n")
    return Layout("".join(shown), borders, row_borders, [*_lists(lines), *_lists_in_one_line(text)])


def part(borders: Sequence[int], start: int, end: int) -> bool:
    """Whether one of the rising `borders` stands between two places."""
    at = bisect_left(borders, start)
    return at < len(borders) and borders[at] < end


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    rows = text.split("\n")
    commas = [len(_COMMA.findall(row)) if len(row) <= _LONGEST_ROW and ", " not in row else 0 for row in rows]
    for number, row in enumerate(rows):
        bars = [start + bar.start() for bar in _BAR.finditer(row)] if len(row) <= _LONGEST_ROW else []
        if bars and len(row) <= _LONGEST_ITEM * len(bars) and _ROW.match(row):
            yield _Line(start, row, bars=bars)
        elif commas[number] and commas[number] in (*commas[number - 1 : number], *commas[number + 1 : number + 2]):
            yield _Line(start, row, bars=[start + match.start() for match in _COMMA.finditer(row)])
        else:
            mark = match.end() if (match := _MARK.match(row)) else 0
            body = row[mark:].strip()
            is_name = len(body) <= _LONGEST_ITEM and (_ALONE.fullmatch(body) or _ROLE.match(body)) is not None
            is_item = mark > 0 or is_name
            yield _Line(start, row, mark, is_item)
        start += len(row) + 1


def _shown(line: _Line) -> str:
    if not line.bars:
        return " " * line.mark + line.text[line.mark :]
    body = line.text.strip(" |\t")
    left = line.text.index(body) if body else 0
    return " " * left + _BAR.sub(_semicolon, body) + " " * (len(line.text) - left - len(body))


def _semicolon(bar: re.Match[str]) -> str:
    goes_on = bar.string[bar.start() - 1 : bar.start()] in tuple(_PUNCTUATION)
    return (" " if goes_on else ";") + " " * (len(bar.group()) - 1)


def _lists(lines: Iterable[_Line]) -> Iterator[list[Span]]:
    """Yield the cells of each list's items and of each table's columns that are written as names are."""
    filled = [line for line in lines if line.text.strip() and not (line.bars and _RULE.fullmatch(line.text))]
    for (is_item, _), group in groupby(filled, key=lambda line: (line.is_item or bool(line.bars), len(line.bars))):
        if is_item:
            rows = [list(_cells(line)) for line in group]
            columns = list(zip(*rows, strict=True))
            yield from ([cell for cell in column if cell] for column in columns)
            if len(rows) == 1:  # a row alone may be a list
                yield [cell for (cell,) in columns if cell]


def _cells(line: _Line) -> Iterator[Span | None]:
    """Yield the name in each cell of a line, or None."""
    places = [line.start + line.mark, *(bar + 1 for bar in line.bars)]
    for start, next_start in zip(places, [*places[1:], line.start + len(line.text) + 1], strict=True):
        cell = line.text[start - line.start : next_start - 1 - line.start]
        role = _ROLE.match(cell.strip())
        start += len(cell) - len(cell.lstrip()) + (role.end() if role else 0)
        match = _NAME_CELL.match(cell.strip(), role.end() if role else 0)
        yield (start, start + len(match.group().rstrip("."))) if match else None


def _lists_in_one_line(text: str) -> Iterator[list[Span]]:
    for found in _IN_ONE_LINE.finditer(text):
        is_surname_first = _BETWEEN[False].split(found.group(), maxsplit=1)[0].count(" ") == 0
        spans: list[Span] = []
        start = found.start()
        for separator in _BETWEEN[is_surname_first].finditer(found.group()):
            spans.append((start, found.start() + separator.start()))
            start = found.start() + separator.end()
        yield [*spans, (start, found.start() + len(found.group().rstrip(".")))]
