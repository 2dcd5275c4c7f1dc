"""The cancels that Cog throws into a prediction's thread, in the moments when it does not hold a future yet."""

import asyncio
import ctypes
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any

import pytest
from coglet import CancelationException

from contract.results import Summary, Totals
from serving import streaming
from tests.serving.processes import eventually


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


class Loop(asyncio.SelectorEventLoop):
    """An event loop that can do something to the main thread when that hands it a coroutine, while it does."""

    while_submitting: Callable[[], None] | None = None

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]  # any callback
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        if threading.current_thread() is not threading.main_thread():  # one that hands back what it was asked for
            return handle
        act, self.while_submitting = self.while_submitting, None
        if act is not None:
            act()
        return handle


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def cancels(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cog's worker as it is after setup()."""
    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", asyncio.run_coroutine_threadsafe)  # put back afterwards
    assert asyncio.run_coroutine_threadsafe(streaming.enable_cancel(), loop).result(timeout=10)


def throw_into(thread: threading.Thread) -> None:
    """What Cog's worker does."""
    number = ctypes.c_ulong(thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(CancelationException)) == 1


def is_asleep(thread: threading.Thread) -> bool:
    """Whether it stands in a wait, where it runs no Python."""
    return sys._current_frames()[thread.ident or 0].f_code is threading.Condition.wait.__code__


@pytest.mark.usefixtures("cancels")
def test_a_cancel_thrown_into_a_thread_that_waits_for_the_first_chunk_ends_both(loop: Loop) -> None:
    stream, raised = Stream(), []

    def predict() -> None:
        future = asyncio.run_coroutine_threadsafe(streaming.start(stream.items(first=None), None), loop)
        try:
            future.result()
        except BaseException as error:
            raised.append(type(error))

    thread = threading.Thread(target=predict, daemon=True)
    thread.start()
    assert stream.begun.wait(10)
    assert eventually(lambda: is_asleep(thread))
    throw_into(thread)
    thread.join(timeout=10)
    assert raised == [CancelledError]
    assert stream.closed.wait(10)


@pytest.mark.usefixtures("cancels")
def test_a_cancel_thrown_while_the_coroutine_is_submitted_leaves_nothing_running(loop: Loop) -> None:
    stream = Stream()

    def be_cancelled() -> None:
        assert stream.begun.wait(10)
        throw_into(threading.current_thread())

    loop.while_submitting = be_cancelled
    future = asyncio.run_coroutine_threadsafe(streaming.start(stream.items(first=None), None), loop)
    with pytest.raises(CancelledError):
        future.result()
    assert stream.closed.wait(10)


def test_a_stream_that_nobody_drains_is_closed(loop: Loop) -> None:
    stream = Stream()
    generator = asyncio.run_coroutine_threadsafe(streaming.start(stream.items(), None), loop).result(timeout=10)
    assert not stream.closed.is_set()
    del generator
    assert stream.closed.wait(10)


async def items(*delays: float) -> AsyncIterator[str | Totals]:
    """A line after each delay, then what a table ends with."""
    for number, delay in enumerate(delays):
        await asyncio.sleep(delay)
        yield f"{number}\n"
    yield Totals()


class Scope:
    def record_metric(self, *_: object) -> None:
        pass


def test_lines_come_in_blocks_the_first_at_once(loop: Loop) -> None:
    starting = streaming.start(items(0, *[0.001] * 200), Scope(), in_blocks=True)
    blocks = list(asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10))
    assert blocks[0].startswith("0\n")
    assert "".join(blocks) == "".join(f"{number}\n" for number in range(201))
    assert len(blocks) < 10


def test_blocks_and_the_end_are_so_far_apart_that_none_overtakes(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("serving.streaming.time.sleep", slept.append)
    starting = streaming.start(items(0), Scope(), in_blocks=True)
    generator = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    assert list(generator) == ["0\n"]
    assert sum(slept) > 0.9 * streaming.BLOCK_SECONDS


@pytest.mark.usefixtures("cancels")
def test_a_cancel_does_not_wait_for_a_block(loop: Loop) -> None:
    stream = Stream()
    future = asyncio.run_coroutine_threadsafe(streaming.start(stream.items(), None, in_blocks=True), loop)
    generator = future.result()
    assert next(generator) == "first"
    future.cancel()
    with pytest.raises(CancelationException):
        next(generator)
    assert stream.closed.wait(10)


def test_text_that_is_no_table_comes_piece_by_piece(loop: Loop) -> None:
    generator = asyncio.run_coroutine_threadsafe(streaming.start(items(0, 0, 0), Scope()), loop).result(timeout=10)
    assert list(generator) == ["0\n", "1\n", "2\n"]
