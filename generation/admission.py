"""Who may enter the batch: a limit on places and on cache pages, first come, first served.

The batching engine blocks its caller when its queue is full and evicts running requests when its cache is;
a request that was admitted here meets neither. Knows counts and an event loop. Knows nothing of requests.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Admission:
    """Hold callers back until a place and their pages are free."""

    def __init__(self, places: int, pages: int) -> None:
        self._places = places
        self._pages = pages
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, pages: int) -> AsyncIterator[None]:
        """Wait for a place and `pages` pages, and give them back at the end."""
        await self._enter(pages)
        try:
            yield
        finally:
            self._give_back(pages)

    async def _enter(self, pages: int) -> None:
        if not self._waiting and self._fits(pages):
            self._take(pages)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((pages, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # admitted and cancelled in the same instant
                self._give_back(pages)
            else:
                self._waiting.remove((pages, turn))
                self._admit_waiting()  # a smaller request may have stood behind this one
            raise

    def _fits(self, pages: int) -> bool:
        return self._places >= 1 and self._pages >= pages

    def _take(self, pages: int) -> None:
        self._places -= 1
        self._pages -= pages

    def _give_back(self, pages: int) -> None:
        self._places += 1
        self._pages += pages
        self._admit_waiting()

    def _admit_waiting(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            pages, turn = self._waiting.popleft()
            if not turn.done():
                self._take(pages)
                turn.set_result(None)
