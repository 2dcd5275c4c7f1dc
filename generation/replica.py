"""One engine in a process of its own: it shares neither the interpreter's lock nor a core's threads with anything else.

Knows: an engine, and a channel to the process that started this one, with which it ends. Knows nothing of the other
replicas, nor of which requests it is given and why.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, fields
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


@dataclass(frozen=True)
class Health:
    """Whether the engine can take work; sent every HEARTBEAT, first when it can."""

    is_healthy: bool
    context_length: int
    setup: EngineSetup
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


def serve(end: socket.socket, load_model: LoadModel, context_length: int, replicas: int) -> None:
    """Load the model and answer tasks until the other end is gone. The entry of a process.

    `replicas` is how many share the machine if it computes on a CPU; on a GPU it has all of it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it as well, and is the other's to answer
    asyncio.run(_serve(end, load_model, context_length, replicas))


async def _serve(end: socket.socket, load_model: LoadModel, context_length: int, replicas: int) -> None:
    from generation import batching
    from generation.engine import Engine

    channel = await Channel.open(end)
    # Only the engine's own thread may have helpers: with a second pool of them torch's threads no longer wait
    # by spinning but by sleeping, and the engine lost a third of its speed.
    batching.set_threads(1)
    try:
        model, tokenizer = load_model()
        engine = Engine(model, tokenizer, context_length, 1 if model.device.type == "cuda" else replicas)
        engine.start()
        await _collect(engine.stream(_WARM_UP, Sampling(2)))
    except Exception as error:
        if not isinstance(error, PrecisError):
            log.exception("no engine")  # no document was here yet that it could show
        channel.send(public(error))
        await channel.flush()
        return
    await _Desk(channel, engine).work()
    await engine.stop()


class _Desk:
    """Tasks taken and answered."""

    def __init__(self, channel: Channel, engine: "Engine") -> None:
        self._channel = channel
        self._engine = engine
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
        self._channel.send(Health(engine.is_healthy(), engine.context_length, engine.setup, self._held, cache))

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
