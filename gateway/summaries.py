"""One summary, from a place in the queue to its end, whatever becomes of the upstream that has it.

    a place  →  events of an upstream  →  the caller
       ▲              │ it is full, or gone, and the caller has heard nothing yet
       └──────────────┘

Knows: the pool, and what each of an upstream's errors means for a request. Knows nothing of HTTP.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from batch.target import BrokenError, BusyError, DownError
from errors import Fault
from gateway.upstreams.pool import Lane, Pool
from gateway.upstreams.upstream import Ended, Events, Piece, Work

TRIES = 3  # of a request under which predictions break off, which may be what they break of


async def stream(pool: Pool, token: str, work: Work, patience: float) -> Events:
    """Yield Pieces and Logs, then Ended. Closing it cancels the prediction.

    Raises UserError for what the model refuses, LaterError E7008, Fault E5001, E5002, E5011 and E5012.
    """
    deadline = asyncio.get_running_loop().time() + work.seconds
    async with aclosing(_stream(pool, token, work, patience)) as events:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Fault("E5002", f"the summary took longer than {work.seconds:g} s") from None
            yield event


async def _stream(pool: Pool, token: str, work: Work, patience: float) -> Events:
    broke, is_again = 0, False
    while True:
        has_spoken = False
        try:
            async with pool.place(token, patience, is_again=is_again) as lane:
                async for event in _of_lane(pool, lane, work):
                    has_spoken = has_spoken or isinstance(event, Piece)
                    yield event
                    if isinstance(event, Ended):
                        return
        except (BusyError, DownError):
            pass
        except BrokenError:
            broke += 1
            if has_spoken or broke >= TRIES:
                raise Fault("E5001", f"the model's server was lost under this request, {broke} times") from None
        is_again = True


async def _of_lane(pool: Pool, lane: Lane, work: Work) -> Events:
    """Yield what one upstream says, and tell the pool how it did."""
    try:
        async with aclosing(lane.upstream.events(work)) as events:
            async for event in events:
                pool.did_well(lane)
                yield event
    except BusyError as error:
        pool.was_full(lane, error.retry_after)
        raise
    except (DownError, BrokenError):
        pool.was_down(lane)
        raise


async def whole(events: AsyncGenerator[object, None]) -> Ended:
    """Return how it ends. Raises as stream() does."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Ended):
                return event
    raise Fault("E5012", "an upstream ended without an end")
