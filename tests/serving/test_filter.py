"""What comes through to Cog and what does not, on a real server and on plain connections."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from serving import http1
from serving.filter import Filter
from serving.predictions import COGS, Predictions
from serving.server import SPARE_PLACES, health
from tests.serving.processes import eventually

PLACES = 2 + SPARE_PLACES
EVIL = "/tmp/precis-evil/x"  # noqa: S108 # nobody makes it


@pytest.fixture
def client(echo_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo_url, trust_env=False, timeout=30) as client:
        yield client


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        yield connection


def message(body: bytes, *headers: str, target: str = "/predictions", method: str = "POST") -> bytes:
    lines = (f"{method} {target} HTTP/1.1", "Host: a", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, *headers, "", "")).encode() + body


def rest(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def output(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    prediction = answer.json()
    assert prediction["status"] == "succeeded", prediction
    return "".join(prediction["output"]).strip()


BAD_IDS = [
    EVIL,
    "../../precis-evil",
    "..",
    ".",
    "",
    "a..b",
    "a/b",
    "a\0b",
    "x" * 65,
    "ä",
    "a b",
    "a\n",
    5,
    [1],
]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_no_folder_should_be_named_after_is_refused_and_takes_no_place(
    client: httpx.Client, bad: Any
) -> None:
    for _ in range(PLACES + 1):
        answer = client.post("/predictions", json={"id": bad, "input": {"text": "a"}})
        assert answer.status_code == 422
        assert answer.json()["error"].startswith("E3004 ")
    assert output(client.post("/predictions", json={"input": {"text": "a"}})) == "a"
    assert not Path(EVIL).parent.exists()


@pytest.mark.parametrize(
    "bad", ["..%2f..%2fprecis-evil", "%2ftmp%2fprecis-evil", "%2e%2e", "a%00b", "%ff", "x" * 65, "."]
)
@pytest.mark.parametrize(("method", "end"), [("PUT", ""), ("POST", "/cancel")])
def test_nor_is_such_an_id_taken_in_an_address(echo_url: str, bad: str, method: str, end: str) -> None:
    for route in ("predictions", "trainings"):
        with connected(echo_url) as connection:
            connection.sendall(message(b"{}", "Connection: close", target=f"/{route}/{bad}{end}", method=method))
            assert b"E3004" in rest(connection)


@pytest.mark.parametrize(
    "body", [b'["../../precis-evil",{}]', b"[]", b'"a"', b"null", b"{", b"\xff\xfe", b"[" * 9_999, b"1" * 9_999]
)
def test_a_body_that_cog_might_find_an_id_in_where_python_finds_none_goes_no_further(
    client: httpx.Client, body: bytes
) -> None:
    answer = client.post("/predictions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("E3006 ")


def test_an_id_that_comes_twice_in_a_request_is_refused(client: httpx.Client) -> None:
    body = b'{"id": "../../precis-evil", "id": "good"}'
    assert client.post("/predictions", content=body, headers={"Content-Type": "application/json"}).status_code >= 400


def test_an_id_under_way_is_refused_and_free_again_afterwards(client: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        body = {"id": "twice", "input": {"text": "wait a"}}
        first = pool.submit(client.post, "/predictions", json=body)
        time.sleep(0.3)  # it is there by now, and stays for a second
        assert client.post("/predictions", json=body).status_code == 409
        assert client.post("/predictions", json=body).json()["error"] == "E3005 prediction twice is under way"
        assert output(first.result()) == "wait a"
    assert output(client.post("/predictions", json={"id": "twice", "input": {"text": "b"}})) == "b"


def test_a_put_joins_what_is_under_way(client: httpx.Client) -> None:
    body = {"input": {"text": "sleep"}}
    assert client.put("/predictions/joined", json=body, headers={"Prefer": "respond-async"}).status_code == 202
    joined = client.put("/predictions/joined", json=body)
    assert (joined.status_code, joined.json()["input"]) == (202, {"text": "sleep"})
    assert client.post("/predictions", json=body | {"id": "joined"}).status_code == 409
    assert client.post("/predictions/joined/cancel").status_code == 200
    assert eventually(lambda: client.post("/predictions/joined/cancel").status_code == 404)
    assert output(client.put("/predictions/joined", json={"input": {"text": "b"}})) == "b"


def test_a_folder_goes_with_its_prediction(client: httpx.Client) -> None:
    large = "x" * 20_000_000  # over what Cog sends to its worker without a file
    answers = [
        client.post("/predictions", json={"input": {"text": "a"}}),
        client.post("/predictions", json={"input": {"text": large}}),
        client.post("/predictions", json={"input": {"text": "fail"}}),
        client.post("/predictions", json={"input": {"text": "sleep"}}, headers={"Prefer": "respond-async"}),
    ]
    ids = [answer.json()["id"] for answer in answers]
    assert (COGS / ids[-1]).exists()
    client.post(f"/predictions/{ids[-1]}/cancel")
    assert eventually(lambda: not any((COGS / one).is_symlink() or (COGS / one).exists() for one in ids))


def test_a_request_without_an_id_gets_one_of_ours(client: httpx.Client) -> None:
    for body in ({}, {"input": {"text": "a"}}, {"id": None, "input": {"text": "a"}}):
        answer = client.post("/predictions", json=body)
        assert re.fullmatch(r"pred_[0-9a-f]{32}", answer.json()["id"])
    assert re.fullmatch(r"pred_[0-9a-f]{32}", client.post("/predictions").json()["id"])


def test_null_stands_for_none_where_the_schema_says_so(client: httpx.Client) -> None:
    nulls = {"document": None, "documents": None, "knowledge": None, "seed": None}
    assert output(client.post("/predictions", json={"input": {"text": "größer 1", **nulls}})) == "größer 1"
    assert client.post("/predictions", json={"input": {"text": None}}).status_code == 422
    assert client.post("/predictions", json={"input": None}).status_code == 200


def test_what_cog_says_of_an_input_passes_through(client: httpx.Client) -> None:
    answer = client.post("/predictions", json={"id": "shrill", "input": {"style": "shrill"}})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "input", "style"]
    assert client.get("/nothing").status_code == 404
    assert client.head("/health-check").status_code == 200
    assert client.get("/health-check").json()["status"] == "READY"


def test_a_request_in_chunks_and_one_that_asks_first_arrive(client: httpx.Client, echo_url: str) -> None:
    body = json.dumps({"input": {"text": "a b"}}).encode()
    headers = {"Content-Type": "application/json"}
    assert output(client.post("/predictions", content=iter([body[:5], body[5:]]), headers=headers)) == "a b"
    with connected(echo_url) as connection:
        connection.sendall(message(body, "Expect: 100-continue", "Connection: close")[: -len(body)])
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert b'"output":["a ","b "]' in rest(connection)


def test_requests_on_one_connection_are_answered_one_after_the_other(echo_url: str) -> None:
    with connected(echo_url) as connection:
        bodies = [json.dumps({"input": {"text": f"n{number}"}}).encode() for number in range(3)]
        bad = message(b'{"id": "../x"}')
        connection.sendall(message(bodies[0]) + bad + message(bodies[1]) + message(bodies[2], "Connection: close"))
        answers = rest(connection)
    found = re.findall(rb'"(n\d) "|(E3004)', answers)
    assert found == [(b"n0", b""), (b"", b"E3004"), (b"n1", b""), (b"n2", b"")]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_sends_no_more_gets_its_answer(echo_url: str, accept: str) -> None:
    with connected(echo_url) as connection:
        body = b'{"input": {"text": "a wait b"}}'
        connection.sendall(message(body, f"Accept: {accept}", "Connection: close"))
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    assert b'"succeeded"' in answer
    assert b'"b "' in answer


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_left_gives_its_place_back(echo_url: str, accept: str) -> None:
    for _ in range(PLACES):
        with connected(echo_url) as connection:
            connection.sendall(message(b'{"input": {"text": "sleep"}}', f"Accept: {accept}"))
            time.sleep(0.05)
    assert eventually(lambda: health(echo_url).get("status") != "BUSY")
    with ThreadPoolExecutor(PLACES) as pool:

        def post(_: int) -> int:
            return httpx.post(f"{echo_url}/predictions", json={"input": {"text": "wait"}}, trust_env=False).status_code

        assert eventually(lambda: list(pool.map(post, range(PLACES))) == [200] * PLACES)


def test_pieces_of_a_stream_arrive_as_they_come(client: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream"}
    with client.stream(
        "POST", "/predictions", json={"id": "s", "input": {"text": "a sleep"}}, headers=headers
    ) as answer:
        for line in answer.iter_lines():
            if '"sleep "' in line:  # and no more comes: it would sleep for ten minutes
                client.post("/predictions/s/cancel")
            if line == "event: completed":
                break
        else:
            pytest.fail("the stream ended without a last event")


def test_what_is_no_http_is_refused(echo_url: str) -> None:
    with connected(echo_url) as connection:
        connection.sendall(
            b"POST /predictions HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"E3006" in answer


def test_a_body_over_the_limit_is_refused_before_it_is_read(echo_url: str) -> None:
    with connected(echo_url) as connection:
        connection.sendall(b"POST /predictions HTTP/1.1\r\nContent-Length: 200000000\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_cancel_that_cog_loses_is_sent_again(tmp_path: Path) -> None:
    """Cog loses one now and then, when it comes before the worker has the prediction: here one loses every first."""
    asked: list[str] = []

    async def lossy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await http1.read_request(reader)
        assert head is not None
        await http1.read_body(reader, head, 1_000)
        asked.append(head.start[1])
        is_gone = asked.count("/predictions/lost/cancel") > 1
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % (b"422 None" if is_gone else b"202 Accepted"))
        await writer.drain()

    async def cancel() -> None:
        running = Predictions(tmp_path)
        cog = await asyncio.start_server(lossy, "127.0.0.1", 0)
        filter_ = Filter(cog.sockets[0].getsockname()[1], frozenset(), running)
        front = await asyncio.get_running_loop().create_server(filter_.protocol, "127.0.0.1", 0)
        settling = asyncio.create_task(filter_.settle())
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{front.sockets[0].getsockname()[1]}", trust_env=False
        ) as client:
            await client.post("/predictions", json={"id": "lost"})
            await client.post("/predictions/lost/cancel")
            async with asyncio.timeout(10):
                await filter_.drained()
        settling.cancel()
        front.close()
        cog.close()

    asyncio.run(cancel())
    assert asked.count("/predictions/lost/cancel") == 2
