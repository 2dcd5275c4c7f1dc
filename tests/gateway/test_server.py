"""What a gateway does with connections, before there is a request."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from serving.http1 import MAX_HEAD
from tests.gateway.answers import comes_true, events_of, in_flight, problem_of
from tests.gateway.running import Running, gateway


@contextmanager
def connected(running: Running) -> Iterator[socket.socket]:
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        yield connection


@pytest.mark.parametrize("line", [b"X-A: " + b"a" * 1_000, b"X-A: 1"])
def test_a_head_that_does_not_end_is_ended(open_gateway: Running, line: bytes) -> None:
    with connected(open_gateway) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        with pytest.raises(OSError):  # it is closed long before all of that
            for _ in range(100 * MAX_HEAD // len(line)):
                connection.sendall(line + b"\r\n")


def test_large_bodies_and_many_requests_on_one_connection_are_no_large_heads(open_gateway: Running) -> None:
    with httpx.Client(base_url=open_gateway.url, timeout=30) as client:
        for _ in range(3):
            said = client.post("/summarize", json={"text": "say " + "x" * 90_000}, headers={"X-A": "a" * 20_000})
            assert said.status_code == 200
            assert problem_of(client.post("/summarize", content=b"x" * 1_000_000)) == (413, "E7004")


def test_a_path_with_another_end_is_no_route_and_leads_nowhere(open_gateway: Running) -> None:
    for path in ("/styles/", "/jobs/", "/jobs/a/results/"):
        assert problem_of(httpx.get(f"{open_gateway.url}{path}", headers={"Host": "elsewhere.test"})) == (404, "E7014")


def test_500_who_say_nothing_and_some_who_say_a_byte_keep_nobody_waiting(open_gateway: Running) -> None:
    address = urlsplit(open_gateway.url)
    idle = [socket.create_connection((address.hostname, address.port)) for _ in range(500)]
    try:
        for connection in idle[:100]:
            connection.sendall(b"POST /summarize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{")
        answer = httpx.post(f"{open_gateway.url}/summarize", json={"text": "say a"}, timeout=30)
        assert answer.status_code == 200
    finally:
        for connection in idle:
            connection.close()


def test_a_stream_that_is_open_when_a_signal_comes_ends_well_and_no_other_begins(
    instant_url: str, tmp_path: Path
) -> None:
    with gateway(tmp_path, instant_url) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        ended: list[httpx.Response] = []

        def read() -> None:
            asked = {"text": "slow 0.5 one two three four five six"}
            ended.append(
                httpx.post(f"{running.url}/summarize", json=asked, headers={"Accept": "text/event-stream"}, timeout=60)
            )

        reading = threading.Thread(target=read)
        reading.start()
        assert comes_true(lambda: in_flight(client) == 1)
        running.process.send_signal(signal.SIGTERM)
        assert comes_true(lambda: not answers(running))
        reading.join()
        assert events_of(ended[0])[-1][1] == "done"
        assert running.process.wait(40) is not None


def answers(running: Running) -> bool:
    try:
        return httpx.get(f"{running.url}/healthz").is_success
    except httpx.HTTPError:
        return False
