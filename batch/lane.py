"""One target's pace: how many predictions at once, how large a shard, and when it is left alone.

Concurrency grows by one for as many shards as there are places, and halves when the target says that it is full
(additive increase, multiplicative decrease). A target that does not answer is left alone, for longer each time, and
asked once before it gets a shard again. Shards become as large as it does in SHARD_SECONDS.

Knows: a target, and how it has done so far. Knows nothing of documents.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from batch.shards import Size
from batch.target import DownError, Target

SHARD_SECONDS = 120.0  # what is lost with a shard, and what a prediction costs beside it, both stay small
FIRST_ROWS = 32
TOKENS = 500_000  # of a shard, some minutes of a card, and 2 MB here
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds
_ENOUGH = 3  # shards that broke one after the other, after which it is taken to be down


class Lane:
    """A target and its pace."""

    def __init__(self, target: Target, places: int | None = None, rows: int | None = None) -> None:
        """At most `places` predictions at once, and `rows` in each, where they are given."""
        self.target = target
        self.most = places or target.places
        self.rows_done = 0
        self.retries = 0
        self.is_down = False
        self._rows = rows
        self._a_second = 0.0  # rows, of one prediction
        self._places = float(min(self.most, target.sure_places))
        self._taken = 0
        self._sending = 0
        self._want_alone = 0  # shards, with the one that is sent alone
        self._broke = 0
        self._not_before = 0.0
        self._changed = asyncio.Condition()

    @property
    def name(self) -> str:
        """Its target's."""
        return self.target.name

    def size(self) -> Size:
        """What the next shard for it may have."""
        paced = int(self._a_second * SHARD_SECONDS) or FIRST_ROWS
        return Size(self._rows or paced, TOKENS, self.target.most_bytes)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the places, when there is one and the target is not to be left alone."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken < max(1, int(self._places)))
            self._taken += 1
        try:
            await self._answering()
            yield
        finally:
            async with self._changed:
                self._taken -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def sending(self, *, alone: bool) -> AsyncIterator[None]:
        """Hold the target for a shard, or for that shard alone: a worker that dies takes all that it has along."""
        async with self._changed:
            self._want_alone += alone
            try:
                await self._changed.wait_for(lambda: not self._sending if alone else not self._want_alone)
            except BaseException:
                self._want_alone -= alone
                raise
            self._sending += 1
        try:
            yield
        finally:
            async with self._changed:
                self._sending -= 1
                self._want_alone -= alone
                self._changed.notify_all()

    async def _answering(self) -> None:
        """Return when the target answers, or was not known to be silent."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(max(0.0, self._not_before - clock()))
            if not self.is_down or await self.target.is_up():
                # It may break again, but is not left alone for longer because it did before.
                self._broke, self.is_down = min(self._broke, 1), False
                return
            self.was_down()

    async def confirm(self) -> None:
        """Ask a target that broke a prediction whether it is still there. Raises DownError."""
        if self._broke and not await self.target.is_up():
            raise DownError("it says that it is not well")

    def did(self, rows: int, seconds: float) -> None:
        """Note a prediction that came to its end after so long."""
        self._broke = 0
        self._places = min(float(self.most), self._places + 1 / self._places)
        if rows and seconds > 0:
            pace = rows / seconds
            self._a_second = pace if not self._a_second else (self._a_second + pace) / 2

    def was_full(self, retry_after: float) -> None:
        """Note that there was no place."""
        self._places = max(1.0, self._places / 2)
        wait = retry_after or FIRST_WAIT
        self._leave_alone(wait * random.uniform(1.0, 1.5))

    def broke(self) -> None:
        """Note a prediction that broke off."""
        self._broke += 1
        if self._broke >= _ENOUGH:
            self.was_down()

    def was_down(self) -> None:
        """Note that nobody answered."""
        self.is_down = True
        self._broke += 1
        self._leave_alone(min(LONGEST_WAIT, FIRST_WAIT * 2**self._broke) * random.uniform(0.5, 1.0))

    def _leave_alone(self, seconds: float) -> None:
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)
