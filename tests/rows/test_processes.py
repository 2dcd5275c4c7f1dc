"""Work on many items: in order, on all cores, and no more under way than that takes."""

import os
from collections.abc import Iterator

import pytest

from rows import processes


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def test_results_come_in_the_order_of_the_items_and_from_other_processes() -> None:
    found = list(processes.in_order(double, range(500), 2))
    assert [result for result, _ in found] == [2 * number for number in range(500)]
    assert os.getpid() not in {process for _, process in found}


def test_only_so_many_items_are_taken_as_keep_the_processes_busy() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = processes.in_order(double, items(), 2)
    next(results)
    assert taken == 2 * processes._CHUNKS_A_PROCESS * processes._CHUNK
    results.close()  # type: ignore[attr-defined]  # it is a generator


def break_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def test_an_error_of_the_work_is_raised() -> None:
    with pytest.raises(ValueError, match="three"):
        list(processes.in_order(break_at_three, range(5), 2))
