"""What a piece of a long document is called, to a model that reads it and to a person who reads a plan.

Knows: pieces' numbers, pages and headings. Knows nothing of prompts, or what a piece says.
"""

from splitting.pieces import Piece

_MAX_HEADINGS = 120  # characters of them in a label


def label(first: Piece, last: Piece) -> str:
    """Return what the pieces from `first` to `last` are: "[Parts 3 to 5, pages 4 to 6, from: Costs > Staff]"."""
    return f"[{_span('Part', first.number, last.number)}{where(first, last)}]"


def where(first: Piece, last: Piece) -> str:
    """Return the pages and headings from `first` to `last`, empty for a text that has neither."""
    pages = f", {_span('page', first.first_page, last.last_page)}" if last.last_page > 1 else ""
    headings = " > ".join(first.headings)[:_MAX_HEADINGS]
    return f"{pages}{f', from: {headings}' if headings else ''}"


def _span(noun: str, first: int, last: int) -> str:
    return f"{noun} {first:,}" if first == last else f"{noun}s {first:,} to {last:,}"
