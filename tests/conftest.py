"""One real server for all tests that talk to one, and fuzzing that is the same every time."""

import functools
import os
import ssl
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from computing import telemetry
from serving.server import Server, free_port, start
from weights import registry

telemetry.forbid()
# The small one: it is here wherever tests run, and answers in seconds.
os.environ.setdefault("PRECIS_MODEL", registry.FALLBACK)
if "PYTEST_XDIST_WORKER" in os.environ:  # where tests run side by side, a server's second engine has no core of its own
    os.environ.setdefault("PRECIS_REPLICAS", "1")

# httpx reads the certificates of all authorities for each client, and makes a client for each `httpx.get`: 50 ms.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]  # called alike

# No example is judged by how long it takes: that is the machine's doing.
at_any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", at_any_speed, derandomize=True, database=None)
settings.register_profile("fuzz", at_any_speed, max_examples=1_000)  # `make fuzz`: other examples each time, and more
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the real model; where tests run side by side, each process has one."""
    log_file = tmp_path_factory.mktemp("server") / "log"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", "float32")  # in which the small model's texts are the same on every machine
        running = start(port=free_port(), log_file=log_file)
    try:
        running.wait_until_ready(300)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def server_url(server: Server) -> str:
    """Its address."""
    return server.url
