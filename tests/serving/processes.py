"""What tests ask of processes: who is in a group, and whether something comes about in time."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving.server import ROOT

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="process groups are read from /proc")


def group(leader: int) -> list[int]:
    """The living processes in the group of `leader`, it included: a server and its worker."""
    return [pid for pid, (state, pgid, _) in _processes().items() if pgid == leader and state != "Z"]


def children(parent: int) -> list[int]:
    """The living processes that `parent` started."""
    return [pid for pid, (state, _, started_by) in _processes().items() if started_by == parent and state != "Z"]


def title(pid: int) -> str:
    """What a process calls itself: its command line, or nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def worker(supervisor: int) -> int:
    """Cog's worker: what Cog's server started, which `supervisor` started."""
    (cog,) = children(supervisor)
    (worker,) = children(cog)
    return worker


@contextmanager
def group_of_killed(script: str) -> Iterator[tuple[list[int], Callable[[], bool]]]:
    """Run a script until it says "ready", and kill it alone: who was in its group, and whether all are gone soon."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        before = group(process.pid)
        process.kill()
        process.wait(timeout=10)
        yield before, lambda: eventually(lambda: not group(process.pid), seconds=60)


def eventually(is_so: Callable[[], object], seconds: float = 30) -> bool:
    """Whether `is_so` becomes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def _processes() -> dict[int, tuple[str, int, int]]:
    """The state, the group and the parent of every process."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, pgid = file.read_text().rpartition(") ")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(file.parent.name)] = (state, int(pgid), int(parent))
    return found
