"""A part's results come as they are made, and whatever ends it is a reason and nothing more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.isolated import PartError, results

PLENTY = 120.0  # seconds


def counting(count: int) -> Iterator[int]:
    yield from range(count)


def failing() -> Iterator[int]:
    yield 1
    raise ValueError("no room\nand a second line")


def ending(code: int) -> Iterator[int]:
    yield 1
    os._exit(code)


def hanging(file: Path) -> Iterator[int]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        yield child.pid
        time.sleep(600)
    finally:
        file.write_text("it could end what it began")


def test_results_are_those_of_the_part() -> None:
    assert list(results(counting, 3, seconds=PLENTY)) == [0, 1, 2]


def test_what_was_made_before_an_error_is_kept_and_the_reason_is_one_line() -> None:
    some = results(failing, seconds=PLENTY)
    assert next(some) == 1
    with pytest.raises(PartError, match=r"^ValueError: no room$"):
        next(some)


def test_a_process_that_dies_is_a_reason() -> None:
    some = results(ending, 7, seconds=PLENTY)
    assert next(some) == 1
    with pytest.raises(PartError, match="ended with code 7"):
        next(some)


def test_a_part_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    some = results(hanging, tmp_path / "ended", seconds=10)
    started = next(some)
    with pytest.raises(PartError, match="was not done after 10 s"):
        next(some)
    assert (tmp_path / "ended").exists()
    deadline = time.monotonic() + PLENTY
    while is_running(started) and time.monotonic() < deadline:  # a killed process takes a moment to go
        time.sleep(0.05)
    assert not is_running(started)


def test_a_part_can_be_ended_where_interrupts_are_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a shell's background job
    try:
        with pytest.raises(PartError, match="was not done"):
            list(results(hanging, tmp_path / "ended", seconds=10))
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "ended").exists()


def test_a_part_ends_when_the_process_that_waits_for_it_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from benchmarks.isolated import results\n"
        "from tests.benchmarks.test_isolated import hanging\n"
        f"for pid in results(hanging, Path({str(tmp_path / 'ended')!r}), seconds=600): print(pid, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        started = int(waiting.stdout.readline())
        waiting.kill()
    deadline = time.monotonic() + PLENTY
    while not (tmp_path / "ended").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "ended").exists()
    os.kill(started, signal.SIGKILL)  # what a part started ends by its own means, as servers do


def is_running(pid: int) -> bool:
    """Whether it has not ended; one that nobody waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
