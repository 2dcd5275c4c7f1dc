"""Engines in processes of their own, each with the whole model, and requests shared out among them.

One engine with a thread for every core is slower than an engine for every two or three of them: torch's threads wait
for one another after every layer, processes never do. Beside a process the server's event loop and everything that
cleans documents leave the engine its interpreter.

Knows: which replica has how much to do, and what it means when one is gone. Knows nothing of models or documents.
"""

import asyncio
import itertools
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from multiprocessing.process import BaseProcess

from computing import cores, memory
from computing.channel import Channel
from computing.memory import ADVICE
from errors import Fault, PrecisError, UserError
from generation.engine_setup import EngineSetup
from generation.generation import Generation, Sampling, require_room
from generation.replica import HEARTBEAT, Cancel, Health, LoadModel, Outcome, Task, serve

log = logging.getLogger("precis.replicas")

SILENCE = 120.0  # seconds without a sign of life, after which a replica is given up
_CAN_FORK = sys.platform == "linux"  # macOS forbids it to whoever has used its libraries
_END = 5.0  # seconds that a process has to end by itself


def default_count() -> int:
    """How many replicas a CPU has: PRECIS_REPLICAS, else two where there are two cores. A GPU has one.

    Raises UserError E1009 when the variable is no such number.
    """
    return cores.asked("PRECIS_REPLICAS") or min(2, cores.count())


class Replicas:
    """Serve one model from several engines as if they were one."""

    def __init__(self, load_model: LoadModel, context_length: int, count: int | None = None) -> None:
        """`load_model` runs in each process; `context_length` is what they are asked to serve."""
        count = count or default_count()
        self.context_length = context_length
        self._load_model = load_model
        self._asked = count
        self._replicas = [_Replica(context_length) for _ in range(count)]
        self._processes: list[BaseProcess] = []
        self._later: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the first replica can take work; the others follow, and take their share when they can.

        Raises what kept the first one from it.
        """
        first, *others = self._replicas
        await self._start_process(self._replicas if _CAN_FORK else [first])
        if not await first.begun():
            failure = first.failure
            raise await asyncio.to_thread(_end_of, self._processes[0]) if failure is None else failure
        self.context_length = first.context_length
        others = others[: self._health.replicas - 1]
        self._replicas = [first, *others]
        self._later = asyncio.create_task(self._begin(others))

    async def _start_process(self, replicas: "list[_Replica]") -> None:
        """Start a process that serves these, in others that it forks where they are several."""
        ends = [socket.socketpair() for _ in replicas]
        theirs = [there for _, there in ends]
        arguments = (theirs, self._load_model, self.context_length, self._asked)
        process = multiprocessing.get_context("spawn").Process(target=serve, args=arguments, daemon=True)
        await asyncio.to_thread(process.start)
        self._processes.append(process)
        for replica, (ours, there) in zip(replicas, ends, strict=True):
            there.close()
            await replica.open(ours)

    async def _begin(self, replicas: "list[_Replica]") -> None:
        for replica in replicas:
            if not _CAN_FORK:
                await self._start_process([replica])
            if not await replica.begun():
                code = replica.failure.code if replica.failure else "it ended"
                log.warning("a replica did not start (%s); the others go on without it", code)

    async def stop(self) -> None:
        """End the processes. Requests under way end in a fault."""
        if self._later is not None:
            self._later.cancel()
        await asyncio.gather(*(replica.stop() for replica in self._replicas))
        for process in self._processes:
            await asyncio.to_thread(process.join, _END)
            process.kill()
            await asyncio.to_thread(process.join, _END)

    def is_healthy(self) -> bool:
        """Whether every replica that has begun to work can take more."""
        begun = [replica for replica in self._replicas if replica.has_begun]
        return bool(begun) and all(replica.is_healthy() for replica in begun)

    @property
    def setup(self) -> EngineSetup:
        """What the first engine runs with, when it has begun; the others are as it is."""
        return self._health.setup

    @property
    def _health(self) -> Health:
        """The first engine's."""
        health = self._replicas[0].health
        assert health is not None
        return health

    def memory(self) -> str:
        """Say what the engines take, when the first has begun."""
        health, count = self._health, len(self._replicas)
        one = f"{health.held / 1e6:,.0f} MB"
        if health.setup.on_gpu:
            return f"an engine of {one} beside the GPU's memory"
        engines = f"{count} engine{'s' * (count > 1)} of {one} each"
        if count < self._asked:
            engines += f" ({self._asked} were asked for, which memory does not allow)"
        return f"{engines}, whose caches grow by up to {count * health.cache / 1e6:,.0f} MB together"

    def stream(self, tokens: list[int], sampling: Sampling, *, bulk: bool = False) -> Generation:
        """A request for text from the prompt `tokens`, under way as soon as its `text()` is iterated.

        A `bulk` one stands back behind the others: nobody waits for its first token.

        Raises E1002 at once if prompt and answer do not fit the context, and while iterated E5001 if the engine
        dies under the request, E5002 after the deadline or when the engine hangs, E5003 if no engine is running.
        """
        require_room(tokens, sampling, self.context_length)
        return Generation(self, tokens, sampling, bulk=bulk)

    async def run(self, generation: Generation) -> AsyncGenerator[str, None]:
        """Generate in the replica with the least to do: what `Generation.text` returns.

        Questions that begin alike go to the same one, which has computed what they begin with.
        """
        healthy = [replica for replica in self._replicas if replica.is_healthy()]
        if not healthy:
            raise Fault("E5003")
        if (question := generation.sampling.question) is not None:
            replica = healthy[hash(tuple(generation.tokens[: question.shared])) % len(healthy)]
        else:
            replica = min(healthy, key=lambda one: one.under_way)
        async for piece in replica.run(generation):
            yield piece


def _end_of(process: BaseProcess) -> PrecisError:
    """What is to be said of a process that ended without a word."""
    process.join(_END)
    if process.exitcode != -signal.SIGKILL:
        return Fault("E5003", f"the engine's process ended with code {process.exitcode} while it loaded the model")
    return UserError(
        "E2005",
        "the engine's process was killed (exit code -9) while it loaded the model, as a system does when memory is "
        f"used up: there are {memory.limit() / 1e6:,.0f} MB, of which {memory.available() / 1e6:,.0f} MB are left "
        f"without it; {ADVICE}",
    )


class _Replica:
    """One process with an engine, seen from here."""

    def __init__(self, context_length: int) -> None:
        self.context_length = context_length
        self._channel: Channel | None = None
        self._reader: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Queue[str | Outcome | PrecisError]] = {}
        self._numbers = itertools.count()
        self._health: Health | None = None
        self.failure: PrecisError | None = None  # what kept it from work, if it could say so
        self._missed = 0  # signs of life in a row
        self._first_sign = asyncio.Event()  # of life, or of the end
        self._is_stopping = False

    @property
    def has_begun(self) -> bool:
        """Whether it could ever take work."""
        return self._health is not None

    @property
    def health(self) -> Health | None:
        """What it said last."""
        return self._health

    @property
    def under_way(self) -> int:
        """Requests that it holds."""
        return len(self._answers)

    def is_healthy(self) -> bool:
        """Whether it can take work."""
        is_here = self._channel is not None and not self._is_silent()
        return self._health is not None and self._health.is_healthy and is_here

    async def open(self, end: socket.socket) -> None:
        """Take the end at which a process serves this replica."""
        self._channel = await Channel.open(end)
        self._reader = asyncio.create_task(self._read(self._channel))

    async def begun(self) -> bool:
        """Return whether its engine can take work, as soon as that is known; `failure` is what it says if not."""
        await self._first_sign.wait()
        if self._health is None:
            return False
        self.context_length = self._health.context_length
        self._watcher = asyncio.create_task(self._watch())
        return True

    async def stop(self) -> None:
        """Hang up, which ends the process, and make sure that it has ended."""
        self._is_stopping = True
        if self._channel is not None:
            self._channel.hang_up()
        if self._reader is not None:
            await asyncio.wait((self._reader,), timeout=_END)  # until the other side lets go as well
        self._kill()
        for task in (self._reader, self._watcher):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._fail_all(Fault("E5001"))

    async def run(self, generation: Generation) -> AsyncGenerator[str, None]:
        """Have it generate, and fill in the generation's fields at the end."""
        assert self._channel is not None
        number = next(self._numbers)
        answers = self._answers[number] = asyncio.Queue()
        is_over = False
        try:
            self._channel.send(Task(number, generation.tokens, generation.sampling, generation.bulk))
            while not is_over:
                item = await answers.get()
                is_over = not isinstance(item, str)
                if isinstance(item, str):
                    yield item
                elif isinstance(item, Outcome):
                    item.enter(generation)
                else:
                    raise item
        finally:
            del self._answers[number]
            if not is_over and self._channel is not None:
                self._channel.send(Cancel(number))

    async def _read(self, channel: Channel) -> None:
        """Hand out what it says until it is gone; then this process goes too, so that the platform replaces it."""
        try:
            while True:
                message = await channel.receive()
                self._missed = 0
                if isinstance(message, Health):
                    self._health = message
                    self._first_sign.set()
                elif isinstance(message, PrecisError):
                    self.failure = message
                elif message.number in self._answers:
                    self._answers[message.number].put_nowait(message.item)
        except EOFError:
            self._channel = None
            self._first_sign.set()
            self._fail_all(Fault("E5001"))
        if self.has_begun and not self._is_stopping:
            log.error("an engine's process is gone")
            await asyncio.sleep(1.0)  # for the faults to reach their callers
            os._exit(os.EX_SOFTWARE)

    async def _watch(self) -> None:
        """Kill the process when it hangs: what it holds would wait for ever, since its own deadline hangs with it.

        Signs of life are counted, not seconds: where all of the machine stood still, a long time is gone at once, and
        nothing of it was silence.
        """
        while not self._is_silent():
            await asyncio.sleep(HEARTBEAT)
            self._missed += 1
        log.error("an engine's process gave no sign of life for %g seconds and is killed", SILENCE)
        self._fail_all(Fault("E5002", f"the engine gave no sign of life for {SILENCE:g} seconds"))
        self._kill()

    def _kill(self) -> None:
        """End the process if it has not ended."""
        if self._channel is not None and self._health is not None:
            with suppress(ProcessLookupError):
                os.kill(self._health.pid, signal.SIGKILL)

    def _is_silent(self) -> bool:
        return self._missed * HEARTBEAT >= SILENCE

    def _fail_all(self, fault: Fault) -> None:
        for answers in self._answers.values():
            answers.put_nowait(fault)
