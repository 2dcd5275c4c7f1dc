"""Who may enter the batch: a limit on places and on cache pages, first come, first served, bulk work last.

The batching engine blocks its caller when its queue is full and evicts running requests when its cache is;
a request that was admitted here meets neither. Bulk work (the pieces of a long document, the rows of a table) leaves
some of both free, so that a single short request does not wait behind it. Knows counts and an event loop. Knows
nothing of requests.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_RESERVED = 8  # one in so many places and pages is kept from bulk work

_Queue = deque[tuple[int, asyncio.Future[None]]]


class Admission:
    """Hold callers back until a place and their pages are free."""

    def __init__(self, places: int, pages: int) -> None:
        self._all_places = self._places = places
        self._all_pages = self._pages = pages
        self._waiting: _Queue = deque()
        self._waiting_bulk: _Queue = deque()

    @asynccontextmanager
    async def hold(self, pages: int, *, bulk: bool = False) -> AsyncIterator[None]:
        """Wait for a place and `pages` pages, and give them back at the end."""
        await self._enter(pages, bulk)
        try:
            yield
        finally:
            self._give_back(pages)

    async def _enter(self, pages: int, bulk: bool) -> None:
        queue = self._waiting_bulk if bulk else self._waiting
        turn = asyncio.get_running_loop().create_future()
        queue.append((pages, turn))
        self._admit_waiting()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # admitted and cancelled in the same instant
                self._give_back(pages)
            else:
                with suppress(ValueError):  # its turn had come already, and went by
                    queue.remove((pages, turn))
                self._admit_waiting()  # a smaller request may have stood behind this one
            raise

    def _give_back(self, pages: int) -> None:
        self._places += 1
        self._pages += pages
        self._admit_waiting()

    def _admit_waiting(self) -> None:
        self._admit(self._waiting, 0, 0)
        if not self._waiting:
            self._admit(self._waiting_bulk, self._all_places // _RESERVED, self._all_pages // _RESERVED)

    def _admit(self, queue: _Queue, spare_places: int, spare_pages: int) -> None:
        """Let in who fits beside what is to stay free; the first of all in any case, or it would wait for ever."""
        while queue:
            pages, turn = queue[0]
            is_alone = self._places == self._all_places
            if not is_alone and (self._places <= spare_places or self._pages < pages + spare_pages):
                return
            queue.popleft()
            if not turn.done():
                self._places -= 1
                self._pages -= pages
                turn.set_result(None)
