"""A long text cut into pieces of so many tokens, where its own structure lets it be cut.

Knows: the text's atoms, and a function that counts tokens. Knows nothing of prompts, models or what becomes of a piece.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from splitting.structure import INSIDE, PARAGRAPH, Atom, atoms, title

Count = Callable[[Sequence[str]], list[int]]  # tokens of each text

OVERLAP = 48  # tokens of the piece before that are repeated, unless a heading parts the two
_UNEVEN = 1.15  # how much longer than the mean a piece may be, to end where the text has an end
_BLOCK = 512  # atoms that are counted at once

_Counted = list[tuple[Atom, int]]


@dataclass(frozen=True)
class Piece:
    """A part of a text. Offsets are code points."""

    number: int  # from 1
    start: int
    end: int
    overlap: int  # characters at its start that are the end of the piece before it
    tokens: int
    headings: tuple[str, ...]  # that it begins under, the widest first
    first_page: int  # from 1
    last_page: int


def cut(text: str, count: Count, room: int) -> list[Piece]:
    """Cut `text` into pieces of at most `room` tokens each, of about the same size.

    The strongest cut in the second half of what fits is taken: at a heading, else between paragraphs, else between
    sentences; inside a sentence only where one alone is longer than that.
    """
    assert room > 2 * OVERLAP
    fresh = room - OVERLAP
    counted = list(_count_atoms(text, count, fresh))
    total = sum(tokens for _, tokens in counted)
    parts = max(math.ceil(total / fresh), 1)
    fresh = min(fresh, math.ceil(total / parts * _UNEVEN) + 1)
    pieces: list[Piece] = []
    headings: list[Atom] = []
    page, first = 1, 0
    while first < len(counted):
        last = _next_cut(counted, first, fresh)
        begin = counted[first][0].start
        start = counted[_overlap(counted, first)][0].start
        # Tokens of the whole are not quite the sum of the atoms' tokens.
        while (tokens := count([text[start : counted[last - 1][0].end]])[0]) > room and last > first + 1:
            last -= 1
        end = counted[last - 1][0].end
        _enter(headings, counted[first][0])
        last_page = page + text.count("\f", begin, end)
        titles = tuple(title(text, heading) for heading in headings)
        first_page = page + text[begin:end].startswith("\f")
        pieces.append(Piece(len(pieces) + 1, start, end, begin - start, tokens, titles, first_page, last_page))
        for atom, _ in counted[first:last]:
            _enter(headings, atom)
        page, first = last_page, last
    return pieces


def _count_atoms(text: str, count: Count, room: int) -> Iterator[tuple[Atom, int]]:
    """Yield the atoms and their tokens; one that has more than `room` comes in halves."""
    remaining = atoms(text)
    while block := list(islice(remaining, _BLOCK)):
        for atom, tokens in zip(block, count([text[atom.start : atom.end] for atom in block]), strict=True):
            yield from _halve(text, count, room, atom, tokens)


def _halve(text: str, count: Count, room: int, atom: Atom, tokens: int) -> Iterator[tuple[Atom, int]]:
    if tokens <= room or atom.end - atom.start == 1:
        yield atom, tokens
        return
    middle = (atom.start + atom.end) // 2
    for half in (atom._replace(end=middle), Atom(middle, atom.end, INSIDE, 0)):
        yield from _halve(text, count, room, half, count([text[half.start : half.end]])[0])


def _next_cut(counted: _Counted, first: int, room: int) -> int:
    """Return the index of the atom that the piece beginning with atom `first` ends before."""
    total, half, last = 0, first + 1, first
    while last < len(counted) and total + counted[last][1] <= room:
        total += counted[last][1]
        last += 1
        if total < room / 2:
            half = last + 1
    if last == len(counted) or last <= first + 1:
        return max(last, first + 1)
    best = max(range(min(half, last), last + 1), key=lambda index: (counted[index][0].strength, index))
    if counted[best][0].strength > INSIDE:
        return best
    return next((index for index in range(last, first, -1) if counted[index][0].strength > INSIDE), last)


def _overlap(counted: _Counted, first: int) -> int:
    """Return the index of the first atom that is repeated before atom `first`."""
    if counted[first][0].strength > PARAGRAPH:
        return first
    total, start = 0, first
    while start > 0 and total + counted[start - 1][1] <= OVERLAP:
        start -= 1
        total += counted[start][1]
    return start


def _enter(headings: list[Atom], atom: Atom) -> None:
    """Keep the headings that hold at a place."""
    if atom.level and atom not in headings:
        is_second_line = headings and headings[-1].end == atom.start  # "ARTICLE 4", and under it what that is about
        while headings and headings[-1].level >= atom.level and not is_second_line:
            headings.pop()
        headings.append(atom)
