"""Quotes of a thread without what stands elsewhere in it.

Knows: that quoted lines begin with ">", once for each time they are quoted. Knows nothing about who is quoted. A quoted
line goes when its words stand elsewhere in the thread, and stays when they stand nowhere else: then the quote is the
only copy of what was said. All of it takes linear time.
"""

import re
from itertools import groupby

QUOTE = re.compile(r"\s{0,3}>")
_MAX_CHARACTERS = 2_000_000  # a longer thread's quotes stay: the words of all of it are held to find them
_RUN = 5  # so many words in a row make a text the same as another
_WORD = re.compile(r"\w+")


def without_repeats(lines: list[str]) -> list[str]:
    """Drop each quoted line whose words stand in the text around it, or in a quote above it."""
    if sum(map(len, lines)) > _MAX_CHARACTERS or not any(map(QUOTE.match, lines)):
        return lines
    known: set[int] = set()
    known_lines: set[int] = set()
    depths = [_depth(line) for line in lines]
    blocks = [(depth, list(block)) for depth, block in groupby(range(len(lines)), depths.__getitem__)]
    words = [_words(line) for line in lines]
    dropped: set[int] = set()
    for depth, block in sorted(blocks, key=lambda item: item[0] > 0):  # what is not quoted first
        if depth:
            dropped.update(_repeats(block, words, known, known_lines))
        stream = [word for number in block for word in words[number]]
        known.update(_runs(stream))
        known_lines.update(hash(words[number]) for number in block)
    return [line for number, line in enumerate(lines) if number not in dropped]


def _repeats(block: list[int], words: list[tuple[str, ...]], known: set[int], known_lines: set[int]) -> list[int]:
    """The lines of one quote that are known, and the blank ones after them."""
    stream = [word for number in block for word in words[number]]
    covered = bytearray(len(stream))
    for position, run in enumerate(_runs(stream)):
        if run in known:
            covered[position : position + _RUN] = b"\1" * _RUN
    repeats: list[int] = []
    position = 0
    for number in block:
        end = position + len(words[number])
        if not words[number]:
            is_known = bool(repeats) and repeats[-1] == number - 1
        else:
            is_known = all(covered[position:end]) or hash(words[number]) in known_lines
        if is_known:
            repeats.append(number)
        position = end
    return repeats


def _runs(stream: list[str]) -> list[int]:
    return [hash(tuple(stream[start : start + _RUN])) for start in range(len(stream) - _RUN + 1)]


def _depth(line: str) -> int:
    """How many times a line is quoted."""
    if not QUOTE.match(line):
        return 0
    return line[: len(line) - len(line.lstrip("> \t"))].count(">")


def _words(line: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(line.casefold()))
