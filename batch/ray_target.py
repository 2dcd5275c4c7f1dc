"""The user's own Ray cluster as a target: `ray` or `ray:HOST:PORT`, with one engine an actor.

An engine has a card, or a whole node where the cluster has no cards. It is started when there is a shard for it and no
other has a place. When one is lost, because its process or its node died, so are the shards that it had: what had not
come of them is the driver's to send again, and another engine is started where the cluster has room. Actors belong to
this process: they end when it does, however that is, and the cards are free.

Knows: Ray's actors and resources. Knows nothing of what an engine does with a shard (`ray_engine`).
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayError

import ray_engine
from batch.shards import Shard
from batch.target import BrokenError, DownError, Items, Note, Seconds, StopError
from computing import telemetry
from errors import PrecisError, UserError
from serving.client import CONNECT_SECONDS

telemetry.forbid()  # Ray asks when a cluster is started here, in whatever module that is

START_SECONDS = 600.0  # that an engine may take to be there: an autoscaler may have to bring its node
_PLACES = 2  # of an engine: one shard fills it, the next is there when it ends


class RayTarget:
    """One cluster."""

    most_bytes = 75_000_000

    def __init__(self, address: str) -> None:
        """Join the cluster at `address`; without one that of RAY_ADDRESS or of this machine, or one that is started.

        Raises UserError E6006 when no such cluster can be joined, or when it has nothing that an engine could run on.
        """
        self.name = f"ray:{address}" if address else "ray"
        if "//" in address:
            raise UserError("E6006", f"{self.name[:80]!r} is of Ray's client; run this on a node, with ray:HOST:PORT")
        host, _, port = address.rpartition(":")
        try:
            if port.isdecimal():  # Ray itself would try for minutes
                socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise UserError("E6006", f"nothing answers at {self.name[:80]!r} ({type(error).__name__})") from None
        try:
            ray.init(address or None, ignore_reinit_error=True, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise UserError("E6006", f"{self.name[:80]!r} cannot be joined ({type(error).__name__})") from None
        self._room = room(ray.nodes())
        if not self._room.engines:
            raise UserError("E6006", f"the cluster of {self.name[:80]!r} has 0 GPUs and 0 CPUs")
        self.places = self.sure_places = _PLACES * self._room.engines
        self._engines: set[ActorHandle[Any]] = set()
        self._free: asyncio.Queue[ActorHandle[Any] | StopError | DownError] = (
            asyncio.Queue()
        )  # an engine for each free place
        self._loading: set[asyncio.Task[None]] = set()

    async def identity(self) -> str:
        """The source and revision of the model that a worker has."""
        asking = ray.remote(num_cpus=self._room.num_cpus, num_gpus=self._room.num_gpus)(ray_engine.model).remote()
        try:
            async with asyncio.timeout(START_SECONDS):
                said = await asking
        except TimeoutError:
            ray.cancel(asking)
            raise DownError(f"no worker was free in {START_SECONDS:,.0f} s") from None
        except RayError as error:
            raise DownError(f"a worker failed ({type(error).__name__})") from None
        if isinstance(said, PrecisError):
            raise StopError(said)
        return str(said)

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        """Have an engine run a shard, and yield its lines."""
        table = await asyncio.to_thread(shard.table)
        async with self._place() as engine:
            said: Any = engine.run.options(num_returns="streaming").remote(table, options)
            try:
                async for reference in said:
                    item = await reference
                    yield [item] if isinstance(item, dict) else self._ended(item, engine)
            except RayError as error:
                self._let_go(engine)
                raise BrokenError(f"the engine is lost ({type(error).__name__})") from None
            finally:
                ray.cancel(said)

    def _ended(self, ended: ray_engine.Ended, engine: ActorHandle[Any]) -> Seconds:
        """Return a shard's predict time. Raises StopError when its options are refused, else BrokenError."""
        if ended.error is None:
            return Seconds(ended.seconds)
        if isinstance(ended.error, UserError):
            raise StopError(UserError("E6007", f"the model refuses what is asked of all documents: {ended.error}"))
        self._let_go(engine)
        raise BrokenError(f"the engine failed ({ended.error.code})", ended.seconds)

    async def cancel(self, ticket: str) -> None:
        """Nothing: run() does, when it is closed."""

    async def is_up(self) -> bool:
        """Whether the cluster has a node left."""
        try:
            return any(node["Alive"] for node in await asyncio.to_thread(ray.nodes))
        except (RayError, RuntimeError):
            return False

    async def close(self) -> None:
        """End the engines."""
        for task in self._loading:
            task.cancel()
        for engine in list(self._engines):
            self._let_go(engine)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[ActorHandle[Any]]:
        """Hold a place of an engine, when there is one. Raises DownError, and StopError when none can be."""
        if self._free.empty() and len(self._engines) < self._room.engines:
            self._start()
        try:
            async with asyncio.timeout(START_SECONDS):
                engine = await self._next()
        except TimeoutError:
            raise DownError(f"no engine had a place in {START_SECONDS:,.0f} s") from None
        try:
            yield engine
        finally:
            if engine in self._engines:
                self._free.put_nowait(engine)

    async def _next(self) -> ActorHandle[Any]:
        while True:
            found = await self._free.get()
            if isinstance(found, Exception):
                raise found
            if found in self._engines:  # it has not been lost since
                return found

    def _start(self) -> None:
        start: Any = ray.remote(ray_engine.Engine)
        needs = {"num_cpus": self._room.num_cpus, "num_gpus": self._room.num_gpus, "scheduling_strategy": "SPREAD"}
        engine = start.options(**needs).remote()
        self._engines.add(engine)
        task = asyncio.create_task(self._load(engine))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _load(self, engine: ActorHandle[Any]) -> None:
        """Put an engine's places among the free ones; or once, for one of those that wait, what keeps it from any."""
        found: list[ActorHandle[Any] | StopError | DownError] = [engine] * _PLACES
        try:
            if error := await engine.load.remote():
                found = [StopError(error)]
        except RayError as error:
            found = [DownError(f"an engine did not start ({type(error).__name__})")]
        if engine not in found:
            self._let_go(engine)
        for item in found:
            self._free.put_nowait(item)

    def _let_go(self, engine: ActorHandle[Any]) -> None:
        """End an engine, which may be lost already."""
        self._engines.discard(engine)
        with suppress(RayError, ValueError):
            ray.kill(engine)


class Room(NamedTuple):
    """How many engines a cluster has room for, and what each needs of a node."""

    engines: int
    num_cpus: float
    num_gpus: float


def room(nodes: list[dict[str, Any]]) -> Room:
    """Return what Ray's `nodes` have: an engine a card where there are cards.

    Else one a node, with as many cores as the smallest has.
    """
    resources = [node["Resources"] for node in nodes if node["Alive"]]
    if cards := sum(int(of_node.get("GPU", 0)) for of_node in resources):
        return Room(cards, num_cpus=1, num_gpus=1)
    cores = [of_node["CPU"] for of_node in resources if of_node.get("CPU")]
    return Room(len(cores), num_cpus=min(cores, default=0), num_gpus=0)
