"""More clients than places: everyone is served, with the text that they would have got alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from computing import hardware
from serving import client
from serving.server import running_server

SUBJECTS = ["a bridge", "a school", "a ferry", "a museum", "a theatre"]


@pytest.fixture(scope="module")
def float32_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """In bfloat16 rounding depends on the company; in float32, which other machines use anyway, a text does not."""
    if not hardware.cpu_has_bfloat16():
        yield request.getfixturevalue("server_url")
        return
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", "float32")
        with running_server() as url:
            yield url


def test_forty_clients_get_what_each_gets_alone(float32_url: str) -> None:
    def inputs(i: int) -> dict[str, Any]:
        return {
            "text": f"The council of town number {i % 10} will build {SUBJECTS[i % 5]} for {i % 10 + 1} million euros.",
            "style": ("general", "news")[i % 2],
            "max_tokens": 12,
        }

    def summary(i: int) -> str:
        return "".join(client.summarize(float32_url, inputs(i), patience=200)["output"])

    different = {str(inputs(i)): i for i in range(40)}
    alone = {key: summary(i) for key, i in different.items()}
    with ThreadPoolExecutor(40) as clients:
        together = list(clients.map(summary, range(40)))
    assert together == [alone[str(inputs(i))] for i in range(40)]
    assert len(set(together)) == 10
