import fcntl
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from storage.cache import Cache, Held
from storage.folders import PARTIAL

SIZE = 1_000


def fill(folder: Path) -> None:
    (folder / "content").write_bytes(bytes(SIZE))


def refuse(_folder: Path) -> None:
    raise AssertionError("made again")


def names(folder: Path) -> list[str]:
    """Names of the folders that are kept, after a look that nothing unfinished lies beside them."""
    assert not (folder / PARTIAL).is_dir() or list((folder / PARTIAL).iterdir()) == []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != PARTIAL)


def age(folder: Path, seconds: int) -> None:
    os.utime(folder, (time.time() - seconds,) * 2)


def test_a_folder_is_made_once_and_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new", 10 * SIZE)
    first = cache.hold("a", fill)
    assert (first.folder / "content").stat().st_size == SIZE
    assert Cache(tmp_path / "new", 10 * SIZE).hold("a", refuse).folder == first.folder


def test_what_failed_leaves_nothing_and_can_be_tried_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10 * SIZE)

    def fail(folder: Path) -> None:
        fill(folder)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.hold("a", fail)
    assert names(tmp_path) == []
    cache.hold("a", fill)
    assert names(tmp_path) == ["a"]


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 3 * SIZE)
    for key, seconds in (("a", 30), ("b", 20), ("c", 10)):
        held = cache.hold(key, fill)
        held.close()
        age(held.folder, seconds)
    cache.hold("a", refuse).close()  # used now
    cache.hold("d", fill).close()
    assert names(tmp_path) == ["a", "c", "d"]
    assert sorted(path.name for path in tmp_path.glob("*.lock")) == ["a.lock", "c.lock", "d.lock"]


def test_what_is_held_is_not_removed_until_it_is_let_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path, SIZE)
    held = [cache.hold("a", fill), cache.hold("a", refuse)]
    age(held[0].folder, 60)
    cache.hold("b", fill).close()
    assert names(tmp_path) == ["a", "b"]
    held.pop().close()
    cache.hold("c", fill).close()
    assert names(tmp_path) == ["a", "c"]
    held.clear()  # forgotten is let go
    cache.hold("d", fill).close()
    assert names(tmp_path) == ["d"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for key in ("a", "b"):
        (tmp_path / PARTIAL / key).mkdir(parents=True)
        (tmp_path / PARTIAL / key / "half").write_bytes(b"x")
    cache = Cache(tmp_path, 10 * SIZE)
    assert [path.name for path in cache.hold("b", fill).folder.iterdir()] == ["content"]
    assert names(tmp_path) == ["b"]


def test_a_lock_that_was_removed_while_somebody_waited_for_it_holds_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path, SIZE)
    cache.hold("a", fill).close()
    removers = os.open(tmp_path / "a.lock", os.O_RDWR)
    fcntl.flock(removers, fcntl.LOCK_EX)
    held: list[Held] = []
    waiting = threading.Thread(target=lambda: held.append(cache.hold("a", refuse)))
    waiting.start()
    time.sleep(0.2)
    (tmp_path / "a.lock").unlink()  # as one does who made room
    os.close(removers)
    waiting.join(10)
    cache.hold("b", fill)  # there is room for one, and the other is held
    assert (held[0].folder / "content").is_file()


def test_many_threads_make_a_folder_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def slowly(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.05)
        fill(folder)

    def ask() -> None:
        assert (Cache(tmp_path, 10 * SIZE).hold("a", slowly).folder / "content").is_file()
        answers.append(1)

    answers: list[int] = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (len(answers), len(made)) == (8, 1)


def _hammer(folder: Path, seed: int) -> None:
    """Ask for folders that do not all fit, again and again; whichever is held must stay whole."""
    cache = Cache(folder, 2 * SIZE)
    for step in range(60):
        held = cache.hold(str((seed + step * (seed + 1)) % 4), fill)
        assert (held.folder / "content").stat().st_size == SIZE
        time.sleep(0.001)
        assert (held.folder / "content").stat().st_size == SIZE
        held.close()


def test_two_processes_share_a_cache_that_is_too_small_for_them(tmp_path: Path) -> None:
    processes = [multiprocessing.get_context("spawn").Process(target=_hammer, args=(tmp_path, n)) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
        process.kill()
    assert [process.exitcode for process in processes] == [0, 0]
    assert set(names(tmp_path)) <= set("0123")
