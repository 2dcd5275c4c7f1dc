"""One real server for all tests that talk to one, and fuzzing that is the same every time."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from serving.server import running_server

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", deadline=None, max_examples=1_000)  # `make fuzz`: other examples each time, and more
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a server with the real model; where tests run side by side, each process has one of one engine."""
    with pytest.MonkeyPatch.context() as environment:
        if "PYTEST_XDIST_WORKER" in os.environ:
            environment.setenv("PRECIS_REPLICAS", "1")
        with running_server() as url:
            yield url
