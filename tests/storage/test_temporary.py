import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from storage import temporary

HOLD = "from storage import temporary\nwith temporary.folder() as folder:\n    print(folder, flush=True)\n    input()"


@pytest.fixture(autouse=True)
def within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_goes_with_the_block(within: Path) -> None:
    with pytest.raises(ValueError, match="broke"), temporary.folder() as folder:
        assert folder.parent == within
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a").mkdir()
        raise ValueError("broke")
    assert list(within.iterdir()) == []


def test_a_folder_that_is_held_is_not_swept(within: Path) -> None:
    with temporary.folder() as folder:
        temporary.sweep(within)
        assert folder.is_dir()


def test_what_a_killed_process_left_is_swept_and_nothing_else(within: Path) -> None:
    environment = os.environ | {"TMPDIR": str(within)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    folder = Path(holder.stdout.readline().strip())
    (folder / "document").touch()
    temporary.sweep(within)
    assert folder.is_dir()
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    (within / "another").mkdir()
    (within / "precis-run-link").symlink_to(within / "another")
    temporary.sweep(within)
    assert sorted(path.name for path in within.iterdir()) == ["another", "precis-run-link"]
