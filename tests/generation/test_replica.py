"""What a replica's process does with the messages that it is sent, here with both ends in one process."""

import asyncio
import socket
from typing import Any

import pytest

from computing.channel import Channel
from generation.engine import Engine
from generation.generation import Sampling
from generation.replica import Answer, Cancel, Task, _Desk
from tests.generation.test_engine import run


@pytest.mark.parametrize("begins", [False, True], ids=["before its first step", "under way"])
def test_nothing_is_kept_of_a_cancelled_task(shallow_model: tuple[Any, Any], begins: bool) -> None:
    async def cancel(engine: Engine, _: Any) -> int:
        ours, theirs = socket.socketpair()
        channel = await Channel.open(ours)
        desk = _Desk(await Channel.open(theirs), engine, replicas=1)
        working = asyncio.create_task(desk.work())
        channel.send(Task(1, [5] * 8, Sampling(100), bulk=False))
        while begins and not isinstance(await channel.receive(), Answer):
            pass
        channel.send(Cancel(1))
        channel.send(Task(2, [5] * 8, Sampling(2), bulk=False))
        while getattr(await channel.receive(), "number", 1) != 2:
            pass
        async with asyncio.timeout(10):
            while 2 in desk._tasks:  # noqa: ASYNC110 (a dict)
                await asyncio.sleep(0.01)
        left = len(desk._tasks)
        channel.close()
        await working
        return left

    assert run(shallow_model, cancel) == 0
