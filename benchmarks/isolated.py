"""A part of a benchmark in a process of its own: its results as they come, and a reason when there are no more.

Knows: processes, pipes, and a limit of time. Knows nothing about what is measured. What a part takes, memory of a GPU
included, is free again when it is over, and a crash or a hang in it ends it and nothing else.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

T = TypeVar("T")
REASON_LENGTH = 200  # characters
STOP_SECONDS = 30.0  # from being asked to end, for servers of its own to stop, until it is killed


class PartError(Exception):
    """A part did not come to its end; says why."""


@dataclass(frozen=True)
class _End:
    """The last thing that a part sends."""

    reason: str | None  # why it came too early


def results(part: Callable[..., Iterator[T]], *arguments: Any, seconds: float) -> Iterator[T]:
    """Yield what `part(*arguments)` yields in a process of its own. Raises PartError when it fails or takes longer.

    `part` and `arguments` must be possible to pickle, and so must what it yields.
    """
    deadline = time.monotonic() + seconds
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, part, arguments))
    process.start()
    theirs.close()
    try:
        while True:
            if not wait([ours], max(deadline - time.monotonic(), 0)):
                raise PartError(f"it was not done after {seconds:,.0f} s")
            try:
                result = ours.recv()
            except EOFError:
                process.join()
                raise PartError(f"its process ended with code {process.exitcode}") from None
            if isinstance(result, _End):
                process.join(STOP_SECONDS)
                if result.reason is not None:
                    raise PartError(result.reason)
                return
            yield result
    finally:
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGINT)
            process.join(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)  # and all that it started and left
        process.join()


def reason(error: BaseException) -> str:
    """One line, not too long, on what went wrong."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:REASON_LENGTH]


def _run(end: Connection, part: Callable[..., Iterator[Any]], arguments: tuple[Any, ...]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs are started without
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        for result in part(*arguments):
            end.send(result)
        end.send(_End(None))
    except BaseException as error:
        end.send(_End(reason(error)))
        raise
    finally:
        end.close()


def _end_with_parent() -> None:
    """Nobody is left to end this process when the one that started it was killed."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(STOP_SECONDS)
    os.killpg(0, signal.SIGKILL)
