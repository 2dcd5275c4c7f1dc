"""The upstreams' places, and the queue before them, which is fair by token.

    a request comes  →  a place is free: it is given the upstream that has least to do
                     →  none is: it waits among its token's own, and tokens take turns
                     →  as many wait as may: who has most of them waiting is refused, with when to come again

An upstream that does not answer is left alone until it says that it is well; one that is full, for a moment.

Knows: upstreams, how they have done so far, and who waits. Knows nothing of what is asked of them.
"""

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from computing.tracing import span
from errors import Fault
from gateway.problems import LaterError
from gateway.upstreams.upstream import Upstream

FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0  # seconds, after a server said that it is full
FIRST_LOOK, LONGEST_LOOK = 0.25, 5.0  # between two questions whether one is well again
_SECONDS_A_REQUEST = 2.0  # until some have ended and it is known


def _to_nobody(_seconds: float) -> None:
    """Nobody wants to hear how long one waited."""


class Lane:
    """An upstream, with its places."""

    def __init__(self, upstream: Upstream, places: int) -> None:
        self.upstream = upstream
        self.places = places
        self.in_flight = 0
        self.failures = 0  # of all times
        self.is_up = False  # until it says so
        self.is_full = False  # says so itself
        self.full_wait = FIRST_WAIT

    @property
    def is_free(self) -> bool:
        """Whether it would be given a request."""
        return self.is_up and not self.is_full and self.in_flight < self.places


class Pool:
    """All upstreams, and who waits for them. Of one event loop."""

    def __init__(
        self, upstreams: Iterable[Upstream], places: int, most_waiting: int, told: Callable[[float], None] = _to_nobody
    ) -> None:
        """`told` hears of each that waits no more how many seconds it has waited."""
        self._told = told
        self.lanes = [Lane(upstream, places) for upstream in upstreams]
        self._most_waiting = most_waiting
        self._waiting: OrderedDict[str, deque[asyncio.Future[Lane]]] = OrderedDict()  # by token; whose turn is first
        self._seconds = _SECONDS_A_REQUEST
        self._tasks = set[asyncio.Task[None]]()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, token: str, patience: float, *, is_again: bool = False) -> AsyncIterator[Lane]:
        """Hold a place of an upstream. What `is_again` goes before its token's others, and is never refused.

        Raises LaterError E7008 when too many wait or none was free for `patience` seconds, Fault E5011 when none is up.
        """
        arrived = asyncio.get_running_loop().time()
        try:
            with span("queue", waiting=self.waiting):
                lane = await self._lane(token, patience, is_again)
        finally:
            began = asyncio.get_running_loop().time()
            self._told(began - arrived)
        try:
            yield lane
        finally:
            took = asyncio.get_running_loop().time() - began
            self._seconds += (took - self._seconds) / 20
            lane.in_flight -= 1
            self._give()

    def start(self) -> None:
        """Ask each upstream whether it is well."""
        for lane in self.lanes:
            self._look_after(lane)

    async def close(self) -> None:
        """Close all."""
        for task in self._tasks:
            task.cancel()
        for lane in self.lanes:
            await lane.upstream.close()

    def did_well(self, lane: Lane) -> None:
        """Note that an upstream has taken a request."""
        lane.full_wait = FIRST_WAIT

    def was_full(self, lane: Lane, retry_after: float) -> None:
        """Leave an upstream alone for a moment."""
        if lane.is_full:
            return
        lane.is_full = True
        wait = retry_after or lane.full_wait * random.uniform(0.5, 1.0)
        lane.full_wait = min(2 * lane.full_wait, LONGEST_WAIT)
        asyncio.get_running_loop().call_later(wait, self._is_no_longer_full, lane)

    def was_down(self, lane: Lane) -> None:
        """Leave an upstream alone until it says that it is well."""
        lane.failures += 1
        if lane.is_up:
            lane.is_up = False
            self._look_after(lane)

    async def _lane(self, token: str, patience: float, is_again: bool) -> Lane:
        if (is_again or not self._waiting) and (lane := self._free()) is not None:
            lane.in_flight += 1
            return lane
        if not is_again and self.waiting >= self._most_waiting:
            self._make_room(token)
        future: asyncio.Future[Lane] = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(token, deque())
        if is_again:
            queue.appendleft(future)
        else:
            queue.append(future)
        try:
            async with asyncio.timeout(patience):
                return await future
        except BaseException as error:
            self._leave(token, future)
            if isinstance(error, TimeoutError):
                raise self._impatient(patience) from None
            raise

    def _make_room(self, token: str) -> None:
        """Refuse the last request of the token that has most waiting, which may be this one's: raises LaterError."""
        full = LaterError("E7008", f"{self.waiting:,} requests wait; the limit is {self._most_waiting:,}", self._eta())
        own = len(self._waiting.get(token, ()))
        greediest = max(self._waiting, key=lambda one: len(self._waiting[one]), default=token)
        if own + 1 >= len(self._waiting.get(greediest, ())):
            raise full
        future = self._waiting[greediest].pop()
        if not future.done():
            future.set_exception(full)

    def _leave(self, token: str, future: "asyncio.Future[Lane]") -> None:
        """Wait no more; a place that was given meanwhile goes to another."""
        if future.done() and not future.cancelled():
            if future.exception() is None:
                future.result().in_flight -= 1
                self._give()
        elif (queue := self._waiting.get(token)) is not None and future in queue:
            queue.remove(future)
            if not queue:
                del self._waiting[token]

    def _impatient(self, patience: float) -> LaterError | Fault:
        if not any(lane.is_up for lane in self.lanes):
            return Fault("E5011", f"none of {len(self.lanes)} upstreams answered for {patience:,.0f} s")
        return LaterError("E7008", f"no place was free for {patience:,.0f} s", self._eta())

    def _eta(self) -> float:
        """In how many seconds those that wait now are done, roughly."""
        places = sum(lane.places for lane in self.lanes if lane.is_up)
        return min(60.0, (self.waiting + 1) * self._seconds / max(places, 1))

    def _free(self) -> Lane | None:
        free = [lane for lane in self.lanes if lane.is_free]
        return min(free, key=lambda lane: lane.in_flight, default=None)

    def _give(self) -> None:
        """Give free places to those whose turn it is."""
        while self._waiting and (lane := self._free()) is not None:
            token, queue = next(iter(self._waiting.items()))
            future = queue.popleft()
            if queue:
                self._waiting.move_to_end(token)
            else:
                del self._waiting[token]
            if not future.done():
                lane.in_flight += 1
                future.set_result(lane)

    def _is_no_longer_full(self, lane: Lane) -> None:
        lane.is_full = False
        self._give()

    def _look_after(self, lane: Lane) -> None:
        task = asyncio.create_task(self._revive(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _revive(self, lane: Lane) -> None:
        wait = FIRST_LOOK
        while not await lane.upstream.is_up():
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(2 * wait, LONGEST_LOOK)
        lane.is_up = True
        self._give()
