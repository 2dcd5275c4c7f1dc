"""An answer on its way out, through what checks it.

Knows: pieces of text in order. Knows nothing of what is checked: a filter may hold pieces back, change them, or drop
them.
"""

from collections.abc import AsyncGenerator, Awaitable, Iterable
from contextlib import aclosing
from typing import Protocol

from contract.results import Progress

Pieces = AsyncGenerator[str | Progress]


class Filter(Protocol):
    """What text passes through, at once or when it has asked somebody."""

    def feed(self, piece: str) -> str | Awaitable[str]:
        """Take the next piece and return what may be sent, often nothing."""

    def finish(self) -> str | Awaitable[str]:
        """Return the rest, when there is no more to come."""


def filtered(text: Pieces, filters: Iterable[Filter | None]) -> Pieces:
    """Pass the pieces through the filters that there are, the first one first."""
    for one in filters:
        text = text if one is None else _through(text, one)
    return text


async def _through(text: Pieces, one: Filter) -> Pieces:
    async with aclosing(text):
        async for piece in text:
            passed = piece if isinstance(piece, Progress) else await _passed(one.feed(piece))
            if passed:
                yield passed
    if rest := await _passed(one.finish()):
        yield rest


async def _passed(text: str | Awaitable[str]) -> str:
    return text if isinstance(text, str) else await text
