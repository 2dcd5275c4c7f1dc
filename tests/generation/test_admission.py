import asyncio

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
