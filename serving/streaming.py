"""Streams out of Cog's server that can be cancelled.

Cog 0.23.1 collects an async generator whole before it sends the first byte. What does stream, with every place in
use, is an `async def predict()` that starts its work on the event loop and returns a plain generator, which Cog
drains on the prediction's own thread. But from then on a cancel, or a client that left, reaches nobody: Cog cancels
the future of the coroutine, and that is already done. So the future that `asyncio.run_coroutine_threadsafe` hands
to Cog gets a `cancel` here that also ends the stream its coroutine returned. And a cancel that comes before Cog has
that future is thrown by Cog into the thread that is fetching it or waits for it, where nobody expects it: here
somebody does.

Pinned to the version of Cog whose inner workings it relies on; on another one streams still work and cannot be
cancelled. Knows Cog and async iterators. Knows nothing of what is streamed but that the last item has metrics.
"""

import asyncio
import logging
import queue
import time
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future, wait
from importlib.metadata import version
from types import GeneratorType
from typing import Any

from coglet import CancelationException

from contract.metrics import metrics_of
from contract.results import Progress, Summary, Totals
from errors import public

log = logging.getLogger("precis.streaming")

COG_VERSION = "0.23.1"
BLOCK_SECONDS = 0.5  # Replicate sends no more often either

Item = str | Progress | Summary | Totals

_cancels: "weakref.WeakKeyDictionary[Any, Callable[[], None]]" = weakref.WeakKeyDictionary()  # by generator
_END, _CANCELLED = object(), object()
_WAKE_INTERVAL = 0.25  # seconds: how long a thrown cancel may go unseen


async def enable_cancel() -> bool:
    """Teach Cog to cancel streams, and try it; returns whether they can be cancelled."""
    if version("cog") != COG_VERSION:
        log.warning("streams cannot be cancelled: cog is %s, not %s", version("cog"), COG_VERSION)
        return False
    if asyncio.run_coroutine_threadsafe is not _run_coroutine_threadsafe:
        asyncio.run_coroutine_threadsafe = _run_coroutine_threadsafe
    works = await asyncio.to_thread(_try_cancel, asyncio.get_running_loop())
    if not works:
        log.warning("streams cannot be cancelled: the check in setup() failed")
    return works


async def start(items: AsyncIterator[Item], scope: Any, *, in_blocks: bool = False) -> Iterator[str]:
    """Start `items` on the event loop and return a plain generator of its text, for Cog to drain.

    Returns with the first item at hand, so an error before it is raised here, and Cog reports it as it is. The
    metrics of what stands at the end are recorded in `scope`. With `in_blocks` the text that comes within BLOCK_SECONDS
    is one piece. Any error that is not a PrecisError becomes E5000.
    """
    try:
        while isinstance(first := await anext(items), Progress):
            print(first, flush=True)  # into the prediction's logs, which Cog knows this task's output to be
    except Exception as error:
        raise public(error) from None
    loop = asyncio.get_running_loop()
    queued: queue.SimpleQueue[Any] = queue.SimpleQueue()
    queued.put(first)
    pump = loop.create_task(_pump(items, queued))

    def cancel() -> None:
        queued.put(_CANCELLED)
        loop.call_soon_threadsafe(pump.cancel)

    generator = _drain(_blocks(queued) if in_blocks else iter(queued.get, None), scope, cancel)
    next(generator)  # into its `try`, so that it cancels also if it is dropped before anybody drains it
    _cancels[generator] = cancel
    return generator


async def _pump(items: AsyncIterator[Item], queued: "queue.SimpleQueue[Any]") -> None:
    try:
        async for item in items:
            if isinstance(item, Progress):
                print(item, flush=True)
            else:
                queued.put(item)
        queued.put(_END)
    except Exception as error:
        queued.put(public(error))
    finally:
        await items.aclose()  # type: ignore[attr-defined]  # all our streams are async generators


def _drain(taken: Iterator[Any], scope: Any, cancel: Callable[[], None]) -> Iterator[str]:
    try:
        yield ""  # taken by start()
        for item in taken:
            if item is _END:
                return
            if item is _CANCELLED:
                raise CancelationException
            if isinstance(item, Exception):
                raise item
            if isinstance(item, str):
                yield item
            else:
                for name, value in metrics_of(item).items():
                    scope.record_metric(name, value)
    finally:
        cancel()  # whoever stops draining early wants no more of it


def _blocks(queued: "queue.SimpleQueue[Any]") -> Iterator[Any]:
    """Yield what is queued, its text in blocks that are BLOCK_SECONDS apart, the first at once, the end after the last.

    Cog sends a webhook all output so far whenever there is more, each in a task of its own: many small pieces are a
    square of bytes, and of two close to each other the first may come last.
    """
    due = 0.0
    block: list[str] = []
    while True:
        try:
            item = queued.get(timeout=max(0.0, due - time.monotonic())) if block else queued.get()
        except queue.Empty:
            yield "".join(block)
            block, due = [], time.monotonic() + BLOCK_SECONDS
            continue
        if isinstance(item, str):
            block.append(item)
            continue
        if block and item is not _CANCELLED:
            time.sleep(max(0.0, due - time.monotonic()))
            yield "".join(block)
            block, due = [], time.monotonic() + BLOCK_SECONDS
        if item is _END or isinstance(item, Exception):
            time.sleep(max(0.0, due - time.monotonic()))
        yield item


_original = asyncio.run_coroutine_threadsafe


def _run_coroutine_threadsafe(coro: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> "Future[Any]":
    """asyncio's own, with a future that is one of ours."""
    try:
        future = _original(coro, loop)
        future.__class__ = _StreamFuture
    except CancelationException:
        loop.call_soon_threadsafe(_end, coro)
        future = Future()
        future.cancel()
    return future


class _StreamFuture(Future[Any]):
    """The future of a coroutine that may return a stream."""

    def cancel(self) -> bool:
        """Cancel the coroutine, or the stream that it returned."""
        if super().cancel():
            return True
        cancel_stream = None if self.exception() else _cancels.get(self.result())
        if cancel_stream is not None:
            cancel_stream()
        return cancel_stream is not None

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result, awake now and then: what is thrown into a thread shows only when it runs Python."""
        try:
            while timeout is None and not wait((self,), _WAKE_INTERVAL).done:
                pass
            return super().result(timeout)
        except CancelationException:
            self.cancel()
            raise CancelledError from None


def _end(coro: Coroutine[Any, Any, Any]) -> None:
    """Cancel the task of `coro`, or close it if it did not become one."""
    for task in asyncio.all_tasks():
        if task.get_coro() is coro:
            task.cancel()
            return
    coro.close()


def _try_cancel(loop: asyncio.AbstractEventLoop) -> bool:
    """Do what Cog does to a prediction that is cancelled after its first chunk."""

    async def items() -> AsyncIterator[Item]:
        yield "first"
        await asyncio.Event().wait()

    future = asyncio.run_coroutine_threadsafe(start(items(), None), loop)
    generator = future.result(timeout=5)
    if not isinstance(generator, GeneratorType) or next(generator) != "first":
        return False
    future.cancel()
    try:
        next(generator)
    except CancelationException:
        return True
    return False
