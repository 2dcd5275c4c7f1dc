"""A target's pace: how many predictions at once, how large a shard, when it is left alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from batch.lane import FIRST_ROWS, SHARD_SECONDS, Lane
from tests.batch.test_driver import Wild


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("batch.lane.FIRST_WAIT", 0.001)
    monkeypatch.setattr("batch.lane.LONGEST_WAIT", 0.002)
    yield


def run(test: Callable[[Lane], Awaitable[Any]], places: int = 16, wildness: float = 0.0) -> Any:
    async def whole() -> Any:
        return await asyncio.wait_for(test(Lane(Wild("a", random.Random(1), wildness), places)), 10)

    return asyncio.run(whole())


async def held(lane: Lane) -> int:
    """How many places can be held at once."""
    count = 0
    async with asyncio.TaskGroup() as group:
        ended = asyncio.Event()

        async def hold() -> None:
            nonlocal count
            async with lane.place():
                count += 1
                await ended.wait()

        tasks = [group.create_task(hold()) for _ in range(lane.most)]
        await asyncio.sleep(0.05)
        found = count
        ended.set()
        assert len(tasks) == lane.most
    return found


def test_places_grow_by_one_for_as_many_that_end_well_and_halve_when_it_is_full() -> None:
    async def paced(lane: Lane) -> list[int]:
        found = [await held(lane)]
        for _ in range(40):
            lane.did(10, 1.0)
        found.append(await held(lane))
        lane.was_full(0.001)
        return [*found, await held(lane)]

    few, many, half = run(paced)
    assert few == 2
    assert 8 <= many <= 10
    assert half == many // 2


def test_shards_become_as_large_as_what_it_does_in_their_time() -> None:
    async def sized(lane: Lane) -> tuple[int, int]:
        before = lane.size().rows
        lane.did(rows=10, seconds=10.0)
        return before, lane.size().rows

    assert run(sized) == (FIRST_ROWS, SHARD_SECONDS)


def test_a_silent_target_gets_nothing_until_it_answers() -> None:
    async def silent(lane: Lane) -> tuple[bool, bool]:
        answers = False

        async def is_up() -> bool:
            return answers

        lane.target.is_up = is_up  # type: ignore[method-assign]
        lane.was_down()
        holding = asyncio.create_task(held(lane))
        await asyncio.sleep(0.05)
        before = holding.done()
        answers = True
        await holding
        return before, lane.is_down

    before, is_down = run(silent)
    assert not before
    assert not is_down


def test_a_shard_that_is_sent_alone_has_nobody_beside_it() -> None:
    async def alone(lane: Lane) -> list[str]:
        seen: list[str] = []

        async def send(name: str, *, alone: bool) -> None:
            async with lane.sending(alone=alone):
                seen.append(f"{name} begins")
                await asyncio.sleep(0.01)
                seen.append(f"{name} ends")

        async with asyncio.TaskGroup() as group:
            group.create_task(send("a", alone=False))
            await asyncio.sleep(0)
            group.create_task(send("suspect", alone=True))
            await asyncio.sleep(0)
            group.create_task(send("b", alone=False))
        return seen

    assert run(alone) == ["a begins", "a ends", "suspect begins", "suspect ends", "b begins", "b ends"]
