import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from errors import Fault
from storage.writing import writing


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """No file may grow over `most_bytes`: the system then says what it says of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_is_a_fault_that_names_what_was_written(tmp_path: Path) -> None:
    with full_disk(10), pytest.raises(Fault) as fault, writing("the letter"):
        (tmp_path / "letter").write_bytes(bytes(11))
    assert str(fault.value) == "E5006 the letter cannot be written: file too large"


def test_a_library_in_rust_says_it_in_its_text() -> None:
    with pytest.raises(Fault) as fault, writing("the index"):
        raise RuntimeError("lance error: LanceError(IO): No space left on device (os error 28), src/x.rs:1")
    assert str(fault.value) == "E5006 the index cannot be written: no space left on device"


def test_what_stands_in_the_way_is_one_too_and_a_missing_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault, match="E5006"), writing("the index"):
        (tmp_path / "file" / "index").mkdir()
    with pytest.raises(FileNotFoundError), writing("the index"):
        (tmp_path / "none").read_bytes()
