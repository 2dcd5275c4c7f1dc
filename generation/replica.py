"""One engine in a process of its own: it shares neither the interpreter's lock nor a core's threads with anything else.

On a CPU the processes of several engines share the weights, which are only read: the first process loads them and lays
them out, and the others are forked from it before anything of its own runs.

Knows: an engine, a channel to the process that asks it, with which it ends, and how many engines there is memory for.
Knows nothing of which requests an engine is given and why.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from computing import memory
from computing.channel import Channel
from contract.results import FinishReason, Usage
from errors import PrecisError, public
from generation.engine_setup import EngineSetup
from generation.generation import Generation, Sampling

if TYPE_CHECKING:
    from generation.engine import Engine

log = logging.getLogger("precis.engine")

LoadModel = Callable[[], tuple[Any, Any]]  # returns model and tokenizer; must be possible to pickle
HEARTBEAT = 1.0  # seconds
_WARM_UP = [1] * 64  # tokens: what they say does not matter
_OWN = 100_000_000  # bytes of an engine's process that it shares with no other, beside its cache


@dataclass(frozen=True)
class Health:
    """Whether the engine can take work; sent every HEARTBEAT, first when it can."""

    is_healthy: bool
    context_length: int
    setup: EngineSetup
    pid: int  # of its process
    replicas: int  # that are served, itself included; fewer than were asked for where memory is scarce
    held: int  # bytes of the process's memory when it began to take work
    cache: int  # bytes that its cache takes beside them at most; 0 on a GPU, which has them all from the beginning


@dataclass(frozen=True)
class Task:
    """A request with the number under which it is answered."""

    number: int
    tokens: list[int]
    sampling: Sampling
    bulk: bool


@dataclass(frozen=True)
class Cancel:
    """Nobody waits for this request any more."""

    number: int


@dataclass(frozen=True)
class Outcome:
    """What a Generation's fields are in the end."""

    usage: Usage
    cached_token_count: int
    log_odds: float | None
    finish_reason: FinishReason
    started: float
    first_token: float
    finished: float

    @classmethod
    def of(cls, generation: Generation) -> "Outcome":
        """Take the fields of one that is over."""
        return cls(**{field.name: getattr(generation, field.name) for field in fields(cls)})

    def enter(self, generation: Generation) -> None:
        """Set the fields of the one that stands for it elsewhere."""
        for field in fields(self):
            setattr(generation, field.name, getattr(self, field.name))


@dataclass(frozen=True)
class Answer:
    """A piece of a request's text, or how it ended."""

    number: int
    item: str | Outcome | PrecisError


def serve(ends: list[socket.socket], load_model: LoadModel, context_length: int, replicas: int) -> None:
    """Load the model and answer tasks, an engine at each end, until the other side is gone. The entry of a process.

    `replicas` is how many share the machine if it computes on a CPU; on a GPU one has all of it. Ends for whose engines
    there is no memory are closed.
    """
    from generation import batching

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it as well, and is the other's to answer
    # Only the engine's own thread may have helpers: with a second pool of them torch's threads no longer wait
    # by spinning but by sleeping, and the engine lost a third of its speed. And who has helpers must not fork.
    batching.set_threads(1)
    loaded = _load(load_model)
    served = ends[: _count(loaded, len(ends))]
    for end in ends[len(served) :]:
        end.close()
    replicas -= len(ends) - len(served)
    run = partial(_serve, loaded=loaded, context_length=context_length, replicas=replicas)
    if len(served) > 1:
        _fork(served, run)
    asyncio.run(run(served[0]))


def _load(load_model: LoadModel) -> "tuple[Any, Any] | PrecisError":
    """The model, laid out for its device, and the tokenizer; or what keeps them from being loaded."""
    from generation import batching

    try:
        model, tokenizer = load_model()
        batching.lay_out(model)
    except Exception as error:
        return _public(error)
    return model, tokenizer


def _count(loaded: "tuple[Any, Any] | PrecisError", ends: int) -> int:
    """How many engines there are to be: one on a GPU, on a CPU as many as there is memory for, and never none."""
    from generation import batching

    if isinstance(loaded, PrecisError) or loaded[0].device.type == "cuda":
        return 1
    return max(min((memory.available() - batching.cache_share()) // _OWN, ends), 1)


def _fork(ends: list[socket.socket], run: Callable[[socket.socket], Coroutine[Any, Any, None]]) -> None:
    """Start a process for every end but the first, which stays here."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for them: whoever has the other end does
    gc.freeze()  # a collection would write to what is shared
    for end in ends[1:]:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in ends:
                if other is not end:
                    other.close()
            try:
                asyncio.run(run(end))
            finally:
                os._exit(0)  # what multiprocessing does at the end of a process is for the first to do
    for end in ends[1:]:
        end.close()


async def _serve(
    end: socket.socket, loaded: "tuple[Any, Any] | PrecisError", context_length: int, replicas: int
) -> None:
    from generation.engine import Engine

    channel = await Channel.open(end)
    try:
        if isinstance(loaded, PrecisError):
            raise loaded
        engine = Engine(*loaded, context_length, replicas)
        engine.start()
        await _collect(engine.stream(_WARM_UP, Sampling(2)))
    except Exception as error:
        channel.send(_public(error))
        await channel.flush()
        return
    await _Desk(channel, engine, replicas).work()
    await engine.stop()


def _public(error: Exception) -> PrecisError:
    """The error as whoever set this up may see it; the log says more of one that is not ours."""
    if not isinstance(error, PrecisError):
        log.exception("no engine")  # no document was here yet that it could show
    return public(error)


class _Desk:
    """Tasks taken and answered."""

    def __init__(self, channel: Channel, engine: "Engine", replicas: int) -> None:
        self._channel = channel
        self._engine = engine
        self._replicas = replicas
        self._held = memory.held()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def work(self) -> None:
        """Take tasks until the other end is gone."""
        heart = asyncio.create_task(self._beat())
        with suppress(EOFError):
            while True:
                message = await self._channel.receive()
                if isinstance(message, Task):
                    self._begin(message)
                elif message.number in self._tasks:
                    self._tasks[message.number].cancel()
        heart.cancel()

    def _begin(self, task: Task) -> None:
        answering = self._tasks[task.number] = asyncio.create_task(self._answer(task))
        # Not in a `finally` of its own: what is cancelled before its first step never enters it.
        answering.add_done_callback(lambda _: self._tasks.pop(task.number))

    async def _beat(self) -> None:
        while True:
            self._say_health()
            await asyncio.sleep(HEARTBEAT)

    def _say_health(self) -> None:
        engine = self._engine
        cache = 0 if engine.setup.on_gpu else engine.cache_bytes
        self._channel.send(
            Health(
                is_healthy=engine.is_healthy(),
                context_length=engine.context_length,
                setup=engine.setup,
                pid=os.getpid(),
                replicas=self._replicas,
                held=self._held,
                cache=cache,
            )
        )

    async def _answer(self, task: Task) -> None:
        try:
            generation = self._engine.stream(task.tokens, task.sampling, bulk=task.bulk)
            async with aclosing(generation.text()) as text:
                async for piece in text:
                    self._channel.send(Answer(task.number, piece))
            self._channel.send(Answer(task.number, Outcome.of(generation)))
        except Exception as error:
            self._say_health()  # before its caller can ask for it
            self._channel.send(Answer(task.number, public(error)))


async def _collect(generation: Generation) -> None:
    async for _ in generation.text():
        pass
