import asyncio
import os
from pathlib import Path

import pytest

from computing.lanes import Lanes
from errors import Fault, UserError
from tests.computing import work
from tests.computing.test_processes import begun


def test_short_work_does_not_wait_for_long_work(tmp_path: Path) -> None:
    async def whole() -> set[int]:
        lanes = Lanes()
        files = [tmp_path / str(number) for number in range(8)]
        long = [asyncio.create_task(lanes.run("long", work.wait, 600, file)) for file in files]
        try:
            await begun(files[0])
            return {await lanes.run("short", work.pid), await lanes.run("rows", work.pid)}
        finally:
            for task in long:
                task.cancel()
            await asyncio.gather(*long, return_exceptions=True)
            lanes.close()

    assert len(asyncio.run(asyncio.wait_for(whole(), 60)) - {os.getpid()}) == 2


def test_work_that_was_thought_short_and_is_not_goes_on_in_the_long_lane(tmp_path: Path) -> None:
    async def whole() -> tuple[int, int]:
        lanes = Lanes(short_seconds=3)
        try:
            done = await lanes.run("short", work.wait, 4, tmp_path / "begun")
            return done, await lanes.run("long", work.pid)
        finally:
            lanes.close()

    done, long = asyncio.run(asyncio.wait_for(whole(), 60))
    assert done == long


def test_nothing_takes_longer_than_the_limit_and_errors_are_no_reason_to_try_again() -> None:
    async def whole() -> None:
        lanes = Lanes(short_seconds=3, seconds=2)
        try:
            with pytest.raises(Fault, match=r"^E5007 .* 2 s"):
                await lanes.run("rows", work.wait, 600)
            with pytest.raises(UserError, match="E1007"):
                await lanes.run("rows", work.refuse)
        finally:
            lanes.close()

    asyncio.run(asyncio.wait_for(whole(), 60))
