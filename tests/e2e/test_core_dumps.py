"""No process of a server may leave what it holds in a core dump."""

import re
from pathlib import Path

from tests.serving.processes import needs_proc

CORE = re.compile(r"^Max core file size +(\w+) +(\w+)", re.M)


@needs_proc
def test_no_process_of_the_server_may_dump_its_core(server_url: str) -> None:
    port = server_url.rpartition(":")[2]
    limits: dict[str, tuple[str, str]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"PORT={port}".encode() in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                limits[command] = CORE.findall((process / "limits").read_text())[0]
        except OSError:  # it has ended, or is somebody else's
            continue
    assert len(limits) >= 3, "server, worker and an engine"
    assert set(limits.values()) == {("1", "1")}, limits
