"""A process of the server that dies is seen from outside, so that the platform replaces the container."""

import os
import signal

import pytest

from serving.server import free_port, health, start
from tests.serving.processes import children, eventually, group, needs_proc


@needs_proc
@pytest.mark.parametrize("depth", [2, 3], ids=["worker", "engine"])
def test_a_killed_process_shows_in_the_health_check_and_none_is_left(depth: int) -> None:
    server = start(port=free_port())
    try:
        server.wait_until_ready(180)
        victims = [server.process.pid]
        for _ in range(depth):
            victims = [child for parent in victims for child in children(parent)]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: health(server.url).get("status") not in ("READY", "BUSY"))
        assert eventually(lambda: len(group(server.process.pid)) == 2)  # Cog's server, and what it runs under
    finally:
        server.stop()
