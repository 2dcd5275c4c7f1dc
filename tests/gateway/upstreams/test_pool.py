"""Places are given in turns, by token; an upstream that is silent is left alone until it is well."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import pytest

from errors import Fault
from gateway.problems import LaterError
from gateway.upstreams.pool import Lane, Pool
from gateway.upstreams.upstream import Event, Work


class Silent:
    """An upstream that nobody asks anything but how it is."""

    def __init__(self, name: str = "one", is_well: bool = True) -> None:
        self.name = name
        self.is_well = is_well

    async def events(self, work: Work) -> AsyncGenerator[Event, None]:
        raise NotImplementedError
        yield

    async def is_up(self) -> bool:
        return self.is_well

    async def close(self) -> None:
        pass


async def pool_of(*upstreams: Silent, places: int = 1, queue: int = 100) -> Pool:
    pool = Pool(upstreams, places, queue)
    pool.start()
    await asyncio.sleep(0)
    return pool


async def hold(pool: Pool, token: str, seconds: float, done: list[str], patience: float = 5.0) -> None:
    async with pool.place(token, patience):
        await asyncio.sleep(seconds)
        done.append(token)


def test_tokens_take_turns_however_many_requests_each_has() -> None:
    async def run() -> list[str]:
        pool, done = await pool_of(Silent()), list[str]()
        many = [hold(pool, "greedy", 0.001, done) for _ in range(60)]
        few = [hold(pool, token, 0.001, done) for _ in range(10) for token in ("a", "b")]
        await asyncio.gather(*many, *few)
        return done

    done = asyncio.run(run())
    assert Counter(done[:31])["greedy"] <= 12
    assert Counter(done) == {"greedy": 60, "a": 10, "b": 10}


def test_the_upstream_that_has_least_to_do_is_given() -> None:
    async def run() -> list[int]:
        pool = await pool_of(Silent("one"), Silent("two"), places=4)
        async with pool.place("a", 1), pool.place("a", 1), pool.place("a", 1), pool.place("a", 1):
            return [lane.in_flight for lane in pool.lanes]

    assert asyncio.run(run()) == [2, 2]


def test_when_all_may_wait_that_may_the_greediest_is_refused_and_not_the_newcomer() -> None:
    async def run() -> tuple[Counter[str], list[str]]:
        pool, done, refused = await pool_of(Silent(), queue=4), list[str](), Counter[str]()

        async def ask(token: str) -> None:
            try:
                await hold(pool, token, 0.01, done)
            except LaterError as error:
                assert error.code == "E7008"
                assert error.retry_after > 0
                refused[token] += 1

        asked = [asyncio.create_task(ask("greedy")) for _ in range(6)]
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(ask("modest")))
        await asyncio.gather(*asked)
        return refused, done

    refused, done = asyncio.run(run())
    assert refused == {"greedy": 2}
    assert Counter(done) == {"greedy": 4, "modest": 1}


def test_who_waited_too_long_hears_whether_all_were_busy_or_all_silent() -> None:
    async def busy() -> None:
        pool = await pool_of(Silent())
        async with pool.place("a", 1):
            await hold(pool, "b", 0, [], patience=0.01)

    async def silent() -> None:
        await hold(await pool_of(Silent(is_well=False)), "b", 0, [], patience=0.01)

    with pytest.raises(LaterError, match="E7008 no place was free"):
        asyncio.run(busy())
    with pytest.raises(Fault, match="E5011 none of 1 upstreams answered"):
        asyncio.run(silent())


def test_a_silent_upstream_is_left_alone_until_it_is_well() -> None:
    async def run() -> tuple[list[str], list[str]]:
        sick, well = Silent("sick"), Silent("well")
        pool = await pool_of(sick, well, places=2)
        sick.is_well = False
        pool.was_down(pool.lanes[0])
        meanwhile = [await name_of(pool) for _ in range(4)]
        sick.is_well = True
        while not pool.lanes[0].is_up:  # noqa: ASYNC110 # it is looked after now and then
            await asyncio.sleep(0.05)
        return meanwhile, [await name_of(pool)]

    assert asyncio.run(run()) == (["well"] * 4, ["sick"])


def test_one_who_leaves_while_he_waits_takes_no_place_along() -> None:
    async def run() -> list[Lane]:
        pool = await pool_of(Silent())
        async with pool.place("a", 1):
            waiting = [asyncio.create_task(hold(pool, "b", 0, [])) for _ in range(3)]
            await asyncio.sleep(0)
            for task in waiting[:2]:
                task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(*waiting, return_exceptions=True)
        assert pool.waiting == 0
        return pool.lanes

    (lane,) = asyncio.run(run())
    assert lane.in_flight == 0


async def name_of(pool: Pool) -> str:
    async with pool.place("a", 1) as lane:
        return lane.upstream.name
