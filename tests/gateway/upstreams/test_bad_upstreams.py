"""An upstream that is no model of ours, or a broken one: its callers hear which, and the gateway goes on."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from batch.target import DownError
from gateway.upstreams.cog import CogUpstream
from gateway.upstreams.upstream import Work
from tests.gateway.answers import events_of, problem_of
from tests.gateway.parrot import ANSWERS, STATUSES, parrot
from tests.gateway.running import Running, gateway

EVENTS = {"Accept": "text/event-stream"}
LOST = dict.fromkeys(("canceled", "cut", "garbage", "page", "reset"), (502, "E5001"))
NONSENSE = dict.fromkeys(
    ("deep", "deepoutput", "odd", "list", "nosummary", "infinite", "refusedtext", "refusedodd", "refusedgarbage"),
    (502, "E5012"),
)
REFUSED = {"refused": (422, "E1009"), "fails": (502, "E5001")}
FINE = dict.fromkeys(("usage", "counts", "types", "surrogate", "large", "logs"))


@pytest.fixture(scope="module")
def before_a_parrot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with parrot() as (url, _), gateway(tmp_path_factory.mktemp("parrot"), url) as running:
        yield running


def test_each_thing_that_it_can_do_is_tried() -> None:
    assert {*ANSWERS, *STATUSES, "reset"} == {*LOST, *NONSENSE, *REFUSED, *FINE}


@pytest.mark.parametrize(("first", "expected"), (LOST | NONSENSE | REFUSED).items())
def test_what_is_wrong_with_it_is_a_problem_and_no_fault_of_ours(
    before_a_parrot: Running, first: str, expected: tuple[int, str]
) -> None:
    for headers in ({}, EVENTS):
        answer = httpx.post(
            f"{before_a_parrot.url}/summarize", json={"text": f"{first} a"}, headers=headers, timeout=30
        )
        if answer.is_success:  # the stream had begun
            _, name, said = events_of(answer)[-1]
            assert (name, said["status"], said["code"]) == ("error", *expected)
        else:
            assert problem_of(answer) == expected


@pytest.mark.parametrize("first", FINE)
def test_an_odd_summary_is_one_whatever_stands_beside_it(before_a_parrot: Running, first: str) -> None:
    url, asked = f"{before_a_parrot.url}/summarize", {"text": f"{first} a"}
    answer = httpx.post(url, json=asked, timeout=30)
    assert answer.status_code == 200, answer.text
    assert first in answer.json()["summary"]
    assert first in events_of(httpx.post(url, json=asked, headers=EVENTS, timeout=30))[-1][2]["summary"]


def test_a_text_that_is_no_valid_unicode_comes_back_as_it_went(before_a_parrot: Running) -> None:
    sent = rb'{"text": "say \ud800"}'
    answer = httpx.post(f"{before_a_parrot.url}/summarize", content=sent, timeout=30)
    assert json.loads(answer.content)["summary"] == "say \ud800"


@pytest.mark.parametrize("health", [b"garbage", b"[" * 100_000, b"[]", b'{"status": {}}', b"\xff", b'"READY"'])
def test_an_odd_answer_of_its_health_is_that_of_one_that_is_not_well(health: bytes) -> None:
    async def is_up(url: str) -> bool:
        upstream = CogUpstream(url)
        try:
            return await upstream.is_up()
        finally:
            await upstream.close()

    with parrot(health=health) as (url, _):
        assert not asyncio.run(is_up(url))


def test_no_redirect_is_gone_after_and_no_cookie_is_kept() -> None:
    asked: list[tuple[str, str | None]] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.headers["Cookie"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            for name, value in (("Location", "/elsewhere"), ("Set-Cookie", "a=b"), ("Content-Length", "0")):
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    async def ask(url: str) -> None:
        upstream = CogUpstream(url)
        for _ in range(2):
            with pytest.raises(DownError, match="it answered 307"):
                await anext(upstream.events(Work("id", {"text": "a"}, 5.0)))
        await upstream.close()

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asyncio.run(ask(f"http://localhost:{server.server_port}"))  # a name: an address alone is given no cookie
        server.shutdown()
    assert asked == [("/predictions", None)] * 2
