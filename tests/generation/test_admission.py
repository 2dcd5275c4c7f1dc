import asyncio

import pytest

from generation.admission import Admission


async def turns(places: int, pages: int, needs: list[int], cancel: int | None = None) -> list[int]:
    """The order in which requests get in, each leaving when those after it have had a chance to ask."""
    admission = Admission(places, pages)
    order: list[int] = []

    async def request(number: int, pages: int) -> None:
        async with admission.hold(pages):
            order.append(number)
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(request(number, pages)) for number, pages in enumerate(needs)]
    if cancel is not None:
        await asyncio.sleep(0)
        tasks[cancel].cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    async with asyncio.timeout(5), admission.hold(pages):  # everything was given back
        return order


def test_all_get_in_in_the_order_in_which_they_came() -> None:
    assert asyncio.run(turns(places=2, pages=10, needs=[1, 9, 8, 1, 1])) == [0, 1, 2, 3, 4]


def test_a_large_request_is_not_overtaken_for_ever() -> None:
    assert asyncio.run(turns(places=9, pages=10, needs=[5, 10, 1, 1])) == [0, 1, 2, 3]


def test_a_cancelled_request_in_the_queue_lets_those_behind_it_in() -> None:
    assert asyncio.run(turns(places=9, pages=10, needs=[5, 10, 1, 1], cancel=1)) == [0, 2, 3]


def test_a_cancelled_request_gives_its_place_back() -> None:
    assert asyncio.run(turns(places=1, pages=10, needs=[1, 1, 1], cancel=0)) == [0, 1, 2]


def test_a_request_behind_a_cancelled_one_gets_in_while_others_still_hold_theirs() -> None:
    async def cancel_the_large_one() -> None:
        admission = Admission(places=9, pages=10)

        async def request(pages: int) -> None:
            async with admission.hold(pages):
                pass

        async with admission.hold(5):
            large, small = asyncio.create_task(request(10)), asyncio.create_task(request(1))
            await asyncio.sleep(0)
            large.cancel()
            await asyncio.wait_for(small, 5)

    asyncio.run(cancel_the_large_one())


@pytest.mark.parametrize(("places", "pages", "needs"), [(8, 80, 1), (80, 80, 10)], ids=["places", "pages"])
def test_bulk_work_leaves_room_and_lets_others_pass(places: int, pages: int, needs: int) -> None:
    async def enter() -> list[str]:
        admission = Admission(places, pages)
        order: list[str] = []

        async def request(name: str, bulk: bool) -> None:
            async with admission.hold(needs, bulk=bulk):
                order.append(name)
                await asyncio.sleep(0.01)

        bulk = [asyncio.create_task(request("bulk", True)) for _ in range(9)]
        await asyncio.sleep(0.001)
        before = len(order)
        single = asyncio.create_task(request("single", False))
        await asyncio.wait_for(asyncio.gather(single, *bulk), 5)
        return [str(before), order[before], *order]

    before, next_in, *order = asyncio.run(enter())
    assert (before, next_in) == ("7", "single")
    assert order.count("bulk") == 9


def test_bulk_work_that_is_as_large_as_all_gets_in_alone() -> None:
    async def enter() -> bool:
        async with asyncio.timeout(5), Admission(places=8, pages=80).hold(80, bulk=True):
            return True

    assert asyncio.run(enter())


def test_a_turn_that_came_to_a_cancelled_request_is_not_looked_for() -> None:
    async def cancel_two() -> None:
        admission = Admission(places=1, pages=10)

        async def request() -> None:
            async with admission.hold(1):
                pass

        async with admission.hold(1):
            tasks = [asyncio.create_task(request()) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            tasks[1].cancel()
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert [type(result) for result in done] == [asyncio.CancelledError, asyncio.CancelledError, type(None)]

    asyncio.run(cancel_two())
