"""A worker that dies is seen from outside, so that the platform replaces the container."""

import os
import signal

from serving.server import free_port, health, start
from tests.serving.processes import eventually, group, needs_proc


@needs_proc
def test_a_killed_worker_shows_in_the_health_check() -> None:
    server = start(port=free_port())
    try:
        server.wait_until_ready(180)
        workers = [pid for pid in group(server.process.pid) if pid != server.process.pid]
        os.kill(max(workers), signal.SIGKILL)
        assert eventually(lambda: health(server.url).get("status") not in ("READY", "BUSY"))
    finally:
        server.stop()
