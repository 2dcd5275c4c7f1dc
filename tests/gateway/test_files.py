"""A store is a folder or an object store by its URI, and nobody else reads the folder."""

import resource
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from errors import Fault, UserError
from gateway.files import Files


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files((tmp_path / "a" / "files").as_uri() if request.param == "folder" else f"memory://{uuid4().hex}")


def test_what_was_written_is_read_in_whole_and_in_part(files: Files, tmp_path: Path) -> None:
    files.write("jobs/a/results/1", b"0123456789")
    assert files.read("jobs/a/results/1") == b"0123456789"
    assert b"".join(files.blocks("jobs/a/results/1", 3, 5)) == b"34"
    files.get("jobs/a/results/1", tmp_path / "copy")
    files.put(tmp_path / "copy", "jobs/b/upload")
    assert files.read("jobs/b/upload") == b"0123456789"
    assert files.names("jobs") == ["a", "b"]


def test_a_folder_is_removed_with_all_that_is_in_it_and_nothing_else(files: Files) -> None:
    for name in ("jobs/a/results/1", "jobs/a/upload", "jobs/b/upload"):
        files.write(name, b"x")
    files.remove("jobs/a")
    files.remove("jobs/a")
    assert files.names("jobs") == ["b"]
    assert files.names("answers") == []


def test_what_is_not_there_is_not_read(files: Files) -> None:
    with pytest.raises(FileNotFoundError):
        files.read("jobs/a/upload")


def test_only_this_user_reads_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "files"
    Files(root.as_uri()).write("jobs/a/results/1", b"x")
    for folder in (root, root / "jobs", root / "jobs" / "a", root / "jobs" / "a" / "results"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_store_that_nobody_knows_is_said_without_its_address() -> None:
    with pytest.raises(UserError, match=r"^E7101 files: 'nothing' is no store") as raised:
        Files("nothing://user:secret@host")
    assert "secret" not in str(raised.value)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file grows over 1 kB."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_where_a_file_is_in_the_way_nothing_is_written_and_there_is_nothing_to_remove(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    files = Files((tmp_path / "files").as_uri())
    files.remove("jobs/a")
    with pytest.raises(Fault, match=r"^E5006 jobs/a/upload cannot be written"):
        files.write("jobs/a/upload", b"a")


def test_a_full_disk_is_a_fault_that_names_the_object(tmp_path: Path, full_disk: None) -> None:
    with pytest.raises(Fault, match=r"^E5006 jobs/a/upload cannot be written"):
        Files(tmp_path.as_uri()).write("jobs/a/upload", bytes(2_000))
