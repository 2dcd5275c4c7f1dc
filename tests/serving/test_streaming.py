"""The cancels that Cog throws into a prediction's thread, in the moments when it does not hold a future yet."""

import asyncio
import ctypes
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest
from coglet import CancelationException

from contract.results import Summary
from serving import streaming


class Stream:
    """A stream without an end, that knows whether it was begun and closed."""

    def __init__(self) -> None:
        self.begun, self.closed = threading.Event(), threading.Event()

    async def items(self, first: str | None = "first") -> AsyncIterator[str | Summary]:
        self.begun.set()
        try:
            if first is not None:
                yield first
            await asyncio.Event().wait()
        finally:
            self.closed.set()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def throw_into(thread: threading.Thread) -> None:
    """What Cog's worker does."""
    number = ctypes.c_ulong(thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(CancelationException)) == 1


def test_a_cancel_thrown_into_a_thread_that_waits_for_the_first_chunk_ends_both(
    loop: asyncio.AbstractEventLoop,
) -> None:
    stream, raised = Stream(), []

    def predict() -> None:
        future = streaming._run_coroutine_threadsafe(streaming.start(stream.items(first=None), None), loop)
        try:
            future.result()
        except BaseException as error:
            raised.append(type(error))

    thread = threading.Thread(target=predict)
    thread.start()
    assert stream.begun.wait(5)
    throw_into(thread)
    thread.join(timeout=5)
    assert raised == [CancelledError]
    assert stream.closed.wait(5)


def test_a_cancel_thrown_while_the_coroutine_is_submitted_leaves_nothing_running(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, stream = streaming._original, Stream()

    def submit_and_be_cancelled(coro: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> "Future[Any]":
        submit(coro, loop)
        assert stream.begun.wait(5)
        raise CancelationException

    monkeypatch.setattr(streaming, "_original", submit_and_be_cancelled)
    future = streaming._run_coroutine_threadsafe(streaming.start(stream.items(first=None), None), loop)
    with pytest.raises(CancelledError):
        future.result()
    assert stream.closed.wait(5)


def test_a_stream_that_nobody_drains_is_closed(loop: asyncio.AbstractEventLoop) -> None:
    stream = Stream()
    generator = streaming._original(streaming.start(stream.items(), None), loop).result(timeout=5)
    assert not stream.closed.is_set()
    del generator
    assert stream.closed.wait(5)
