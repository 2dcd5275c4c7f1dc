"""Functions run in processes of their own: the work ends when nobody waits for it, or when its time is over.

A regular expression over megabytes keeps the interpreter's lock until it is done, and a thread cannot be ended: what
many documents or a very large one take is done where no other request waits for it, and where it can be stopped.

Knows: processes, how they begin and end, and how long a function may take. Knows nothing of what the functions do.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, TypeVar

from computing.channel import Channel
from errors import Fault, public

log = logging.getLogger("precis.processes")

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

IDLE = 300.0  # seconds without work after which a process ends, and what it holds of memory is free
_TRIES = 2


def run_once(
    seconds: float, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Return what `function` returns, run in a process that ends with it. Blocks. Raises as Processes.run does."""

    async def run() -> Result:
        processes = Processes(1, seconds)
        try:
            return await processes.run(function, *arguments, **named)
        finally:
            processes.close()

    return asyncio.run(run())


class Processes:
    """At most `count` processes, each of which runs one function at a time. There are none before the first."""

    def __init__(self, count: int, seconds: float, idle: float = IDLE) -> None:
        """A function may take `seconds`, without its wait for a process; a process may be idle for `idle` seconds."""
        self._places = asyncio.Semaphore(count)
        self._seconds = seconds
        self._idle_seconds = idle
        self._idle: list[_Process] = []

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Return what `function` returns, which is found by its name there; all else must be possible to pickle.

        A cancel ends the work, and the process with it. Raises what the function raises if that is an error of ours,
        Fault E5000 for any other and when processes die of it twice, and Fault E5007 when it takes too long.
        """
        async with self._places:
            for _ in range(_TRIES):
                process = self._take()
                try:
                    async with asyncio.timeout(self._seconds):
                        result: Result = await process.run(function, arguments, named)
                        return result
                except EOFError:
                    log.warning("a process died at its work")
                except TimeoutError:
                    raise Fault("E5007", f"a step took over {self._seconds:,.0f} s, which is the limit") from None
                finally:
                    self._put_back(process)
        raise Fault("E5000")

    def close(self) -> None:
        """End the processes that wait for work; those at work end with the tasks that wait for them."""
        while self._idle:
            self._take().kill()

    def _take(self) -> "_Process":
        if not self._idle:
            return _Process()
        process = self._idle.pop()  # the last one back: those that nobody needs stay idle
        if process.end_of_idleness is not None:
            process.end_of_idleness.cancel()
        return process

    def _put_back(self, process: "_Process") -> None:
        if not process.is_free:
            process.kill()
            return
        self._idle.append(process)
        process.end_of_idleness = asyncio.get_running_loop().call_later(self._idle_seconds, self._end, process)

    def _end(self, process: "_Process") -> None:
        self._idle.remove(process)
        process.kill()


class _Process:
    """One process, seen from here, which starts with its first work."""

    def __init__(self) -> None:
        self.is_free = False  # whether it has done all that it was given
        self.end_of_idleness: asyncio.TimerHandle | None = None
        self._process: BaseProcess | None = None
        self._channel: Channel | None = None

    async def run(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Return what the function returns, or raise it. Raises EOFError when the process dies."""
        self.is_free = False
        channel = self._channel = self._channel or await self._start()
        channel.send((function, arguments, named))
        is_result, answer = await channel.receive()
        self.is_free = True
        if not is_result:
            raise answer
        return answer

    async def _start(self) -> Channel:
        ours, theirs = socket.socketpair()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)

        def start() -> None:
            with theirs:
                process.start()

        try:
            await asyncio.to_thread(start)
            self._process = process
            return await Channel.open(ours)
        except BaseException:
            ours.close()  # one that is started for nobody finds that out, and ends
            raise

    def kill(self) -> None:
        """End it, whatever it does."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            asyncio.get_running_loop().run_in_executor(None, self._process.join)


def _serve(end: socket.socket) -> None:
    """Run what comes until the other end is gone. The entry of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it as well, and is the other's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_work(end))


async def _work(end: socket.socket) -> None:
    channel = await Channel.open(end)
    while True:
        try:
            function, arguments, named = await channel.receive()
        except EOFError:
            return
        except Exception as error:  # what an argument's loading raised
            channel.send((False, public(error)))
            continue
        try:
            channel.send((True, function(*arguments, **named)))
        except Exception as error:
            channel.send((False, public(error)))


def _end_with_parent() -> None:
    """End this process with the one that started it, which may be killed, in the middle of its work too."""
    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)
