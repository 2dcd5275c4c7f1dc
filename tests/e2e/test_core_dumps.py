"""No process of a server may leave what it holds in a core dump."""

import re
from pathlib import Path

from tests.serving.processes import group, needs_proc

CORE = re.compile(r"^Max core file size +(\w+) +(\w+)", re.M)


@needs_proc
def test_no_process_of_the_server_may_dump_its_core(server_url: str) -> None:
    port = server_url.rpartition(":")[2]
    [leader] = (int(process.name) for process in Path("/proc").glob("[0-9]*") if has_port(process, port))
    limits = {pid: CORE.findall(Path(f"/proc/{pid}/limits").read_text())[0] for pid in group(leader)}
    assert len(limits) >= 4, "what the server runs under, the server, its worker and an engine"
    assert set(limits.values()) == {("1", "1")}, limits


def has_port(process: Path, port: str) -> bool:
    """Whether a process is the one that was told to listen at the port."""
    try:
        told = f"PORT={port}".encode() in (process / "environ").read_bytes().split(b"\0")
        return told and b"serving.supervise" in (process / "cmdline").read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return False
