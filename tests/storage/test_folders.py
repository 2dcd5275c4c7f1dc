from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.folders import PARTIAL, discard, whole


def fill(folder: Path, content: str) -> None:
    (folder / "content").write_text(content)


def left_behind(folder: Path) -> list[str]:
    """Names of all that is in a folder, except the empty one that stays for what is not finished."""
    assert list((folder / PARTIAL).iterdir()) == []
    return [item.name for item in folder.iterdir() if item.name != PARTIAL]


def test_a_folder_appears_when_the_block_ends_and_replaces_the_old_one(tmp_path: Path) -> None:
    for content in ("one", "two"):
        with whole(tmp_path / "a") as unfinished:
            fill(unfinished, content)
            assert unfinished != tmp_path / "a"
        assert (tmp_path / "a" / "content").read_text() == content
    assert left_behind(tmp_path) == ["a"]


def test_when_the_block_raises_the_old_one_stays(tmp_path: Path) -> None:
    with whole(tmp_path / "a") as unfinished:
        fill(unfinished, "one")

    def fail() -> None:
        with whole(tmp_path / "a") as unfinished:
            fill(unfinished, "two")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (tmp_path / "a" / "content").read_text() == "one"
    assert left_behind(tmp_path) == ["a"]


def test_what_a_killed_process_left_is_no_part_of_the_next(tmp_path: Path) -> None:
    left = tmp_path / PARTIAL / "a"
    left.mkdir(parents=True)
    fill(left, "half")
    with whole(tmp_path / "a") as unfinished:
        assert list(unfinished.iterdir()) == []
    assert list((tmp_path / "a").iterdir()) == []


def test_a_discarded_folder_is_gone_and_a_missing_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    discard(tmp_path / "a")
    assert left_behind(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        discard(tmp_path / "a")


def test_threads_that_make_and_discard_folders_of_one_place_do_not_meet(tmp_path: Path) -> None:
    def work(name: str) -> None:
        for _ in range(300):
            with whole(tmp_path / name) as unfinished:
                fill(unfinished, name)
            discard(tmp_path / name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    assert left_behind(tmp_path) == []
