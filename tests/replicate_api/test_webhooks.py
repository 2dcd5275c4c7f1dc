"""What is told of a prediction to a real receiver, checked with the replicate client's own verification."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest
from replicate.client import Client
from replicate.webhook import InvalidSignatureError, Webhooks

from replicate_api import webhooks
from tests.replicate_api.names import MODEL
from tests.serving.processes import eventually


@dataclass
class Receiver:
    """What came, and how many more are answered with 500."""

    url: str = ""
    deaf: int = 0
    received: list[tuple[float, dict[str, str], str]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.received]

    def is_done(self) -> bool:
        return bool(self.received) and self.bodies()[-1]["completed_at"] is not None


@contextmanager
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.received.append((time.monotonic(), dict(self.headers), body))
            told.deaf -= 1
            self.send_response(200 if told.deaf < 0 else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_address[1]}/told"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def test_start_output_and_end_are_told_in_order_and_signed(client: Client) -> None:
    with receiver() as told:
        client.models.predictions.create(MODEL, input={"text": "one wait two"}, webhook=told.url)
        assert eventually(told.is_done)
    statuses = [body["status"] for body in told.bodies()]
    assert statuses[0] == "processing"
    assert statuses.count("succeeded") == 1
    assert statuses[-1] == "succeeded"
    assert told.bodies()[-1]["output"] == ["one ", "wait ", "two "]
    secret = client.webhooks.default.secret()
    for _, headers, body in told.received:
        Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=60)
        with pytest.raises(InvalidSignatureError):
            Webhooks.validate(headers=headers, body=body + " ", secret=secret)
    assert len({headers["webhook-id"] for _, headers, _ in told.received}) == len(told.received)


def test_output_is_told_no_more_often_than_every_half_second(client: Client) -> None:
    with receiver() as told:
        text = "one " * 50 + "wait " + "two " * 50
        client.models.predictions.create(
            MODEL, input={"text": text}, webhook=told.url, webhook_events_filter=["output", "completed"]
        )
        assert eventually(told.is_done)
    times = [moment for moment, _, _ in told.received[:-1]]
    assert 1 <= len(times) <= 3
    assert all(later - earlier > 0.4 for earlier, later in pairwise(times))


def test_only_what_is_wanted_is_told(client: Client) -> None:
    with receiver() as told:
        client.models.predictions.create(
            MODEL, input={"text": "one two"}, webhook=told.url, webhook_events_filter=["completed"]
        )
        assert eventually(told.is_done)
    assert len(told.received) == 1


def test_an_end_that_nobody_hears_is_told_again_under_the_same_id(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "RETRY_SECONDS", (0.05, 0.05, 0.05))
    with receiver() as told:
        told.deaf = 2
        client.models.predictions.create(
            MODEL, input={"text": "one"}, webhook=told.url, webhook_events_filter=["completed"]
        )
        assert eventually(lambda: len(told.received) == 3)
    assert len({headers["webhook-id"] for _, headers, _ in told.received}) == 1


def test_a_cancel_is_told_last(client: Client) -> None:
    with receiver() as told:
        made = client.models.predictions.create(MODEL, input={"text": "one sleep"}, webhook=told.url)
        assert eventually(lambda: any(body["output"] for body in told.bodies()))
        made.cancel()
        assert eventually(told.is_done)
    assert told.bodies()[-1]["status"] == "canceled"
