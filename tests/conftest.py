"""One real server for all tests that talk to one, and one loaded model for those that do not."""

from collections.abc import Iterator

import pytest

from serving.server import running_server


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    with running_server() as url:
        yield url
