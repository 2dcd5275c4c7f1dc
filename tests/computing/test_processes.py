import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from computing.processes import Processes
from errors import Fault, UserError
from tests.computing import work
from tests.serving.processes import eventually, group, group_of_killed, needs_proc


def run(test: Callable[[Processes], Awaitable[Any]], count: int = 1, seconds: float = 60, idle: float = 60) -> Any:
    async def whole() -> Any:
        processes = Processes(count, seconds, idle)
        try:
            return await asyncio.wait_for(test(processes), 120)
        finally:
            processes.close()

    return asyncio.run(whole())


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it is gone, or goes while it is read
        return False


async def begun(file: Path) -> int:
    """Wait until work.wait has written who does it."""
    assert await asyncio.to_thread(eventually, lambda: file.exists() and file.read_text())
    return await asyncio.to_thread(lambda: int(file.read_text()))


def test_a_process_is_started_by_the_first_work_and_does_the_next_as_well() -> None:
    async def twice(processes: Processes) -> list[int]:
        return [await processes.run(work.pid), await processes.run(work.pid)]

    first, second = run(twice)
    assert first == second != os.getpid()


def test_so_many_work_at_once_and_the_others_wait() -> None:
    async def three(processes: Processes) -> list[int]:
        return await asyncio.gather(*(processes.run(work.wait, 0.5) for _ in range(3)))

    assert len(set(run(three, count=2))) == 2


def test_an_error_of_ours_comes_back_with_its_code_and_another_without_its_text(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def both(processes: Processes) -> list[Any]:
        return [await processes.run(work.pid)] + [
            await asyncio.gather(processes.run(function), return_exceptions=True)
            for function in (work.refuse, work.quote, work.pid)
        ]

    before, (ours,), (other,), (after,) = run(both)
    assert isinstance(ours, UserError)
    assert str(ours) == "E1007 the input has 3 characters"
    assert isinstance(other, Fault)
    assert other.code == "E5000"
    assert after == before
    said = capfd.readouterr().err
    assert "ValueError" in said
    assert "Ann" not in said


def test_an_argument_that_cannot_be_loaded_there_raises_what_its_loading_raised() -> None:
    async def two(processes: Processes) -> int:
        with pytest.raises(UserError, match="E1007"):
            await processes.run(repr, work.Unloadable())
        return await processes.run(work.pid)

    assert run(two) != os.getpid()


@needs_proc
def test_a_cancel_ends_the_work_and_frees_its_place(tmp_path: Path) -> None:
    async def cancelled(processes: Processes) -> None:
        task = asyncio.create_task(processes.run(work.wait, 600, tmp_path / "begun"))
        pid = await begun(tmp_path / "begun")
        task.cancel()
        assert await processes.run(work.pid) != pid
        assert not is_alive(pid) or await asyncio.to_thread(eventually, lambda: not is_alive(pid))

    run(cancelled)


@needs_proc
def test_a_cancel_while_the_process_starts_leaves_none() -> None:
    async def cancelled(processes: Processes) -> None:
        leader = os.getpgid(0)
        before = set(group(leader))
        for wait in (0.0, 0.005, 0.02, 0.1):
            task = asyncio.create_task(processes.run(work.wait, 600))
            await asyncio.sleep(wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await asyncio.to_thread(eventually, lambda: len(set(group(leader)) - before) <= 1)  # the pool's tracker

    run(cancelled)


@needs_proc
def test_work_over_its_time_is_ended_and_says_the_limit(tmp_path: Path) -> None:
    async def late(processes: Processes) -> None:
        with pytest.raises(Fault, match=r"^E5007 .* 3 s"):
            await processes.run(work.wait, 600, tmp_path / "begun")
        pid = int((tmp_path / "begun").read_text())
        assert await asyncio.to_thread(eventually, lambda: not is_alive(pid))

    run(late, seconds=3)


def test_work_whose_process_dies_is_done_by_another(tmp_path: Path) -> None:
    assert run(lambda processes: processes.run(work.die_once, tmp_path / "mark")) != os.getpid()


def test_work_that_kills_two_processes_is_a_fault_and_the_next_is_done() -> None:
    async def deadly(processes: Processes) -> int:
        with pytest.raises(Fault, match="E5000"):
            await processes.run(work.die)
        return await processes.run(work.pid)

    assert run(deadly) != os.getpid()


@needs_proc
def test_a_process_that_nobody_needs_ends() -> None:
    async def rest(processes: Processes) -> None:
        pid = await processes.run(work.pid)
        assert await asyncio.to_thread(eventually, lambda: not is_alive(pid))
        assert await processes.run(work.pid) != pid

    run(rest, idle=0.5)


def test_ctrl_c_is_left_to_the_process_that_started_it() -> None:
    assert run(lambda processes: processes.run(work.blocked_signals))


@needs_proc
@pytest.mark.parametrize("working", [True, False], ids=["at work", "idle"])
def test_the_processes_end_with_one_that_is_killed(working: bool) -> None:
    script = f"""
        import asyncio
        from computing.processes import Processes
        from tests.computing import work

        async def two() -> None:
            processes = Processes(2, 600)
            await asyncio.gather(*(processes.run(work.wait, 0.5) for _ in range(2)))
            waits = [asyncio.create_task(processes.run(work.wait, 600)) for _ in range(2 if {working} else 0)]
            await asyncio.sleep(0.2)
            print("ready", flush=True)
            await asyncio.sleep(600)

        if __name__ == "__main__":
            asyncio.run(two())
    """
    with group_of_killed(script) as (before, is_gone):
        assert len(before) > 2
        assert is_gone()
