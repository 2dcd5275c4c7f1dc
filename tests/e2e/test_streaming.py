"""The two halves of serving/streaming.py: chunks leave while the text is generated, and a cancel frees the place."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from serving import client
from serving.server import SPARE_PLACES, health
from tests.serving.processes import eventually

PLACES = 32 + SPARE_PLACES
LONG = {
    "text": "The council will build a bridge over the river Alm. " * 3,
    "max_tokens": 700,
    "temperature": 2.0, "top_p": 1.0, "top_k": 256, "seed": 1,  # so wild that it comes to no end before the limit
}  # fmt: skip


def test_the_first_chunk_arrives_long_before_the_last(server_url: str) -> None:
    began = time.monotonic()
    times = [time.monotonic() - began for _ in client.stream(server_url, LONG | {"max_tokens": 100})]
    assert len(times) > 5
    assert times[0] < times[-1] / 2


def test_a_client_that_leaves_frees_its_place(server_url: str) -> None:
    with ExitStack() as others:
        with streaming(server_url) as lines:
            assert "event: output" in lines  # before it Cog's worker may not have begun, and would miss the cancel
            for _ in range(PLACES - 1):
                others.enter_context(streaming(server_url))
            assert eventually(lambda: health(server_url)["status"] == "BUSY")
        # Without a cancel each place stays taken for the minutes that 700 tokens of 32 clients take.
        assert eventually(lambda: health(server_url)["status"] == "READY", seconds=5)
    assert eventually(lambda: health(server_url)["status"] == "READY", seconds=5)
    assert client.summarize(server_url, LONG | {"max_tokens": 4}, timeout=30)["status"] == "succeeded"


def test_a_cancelled_prediction_ends_as_canceled_under_load(server_url: str) -> None:
    prediction_id = uuid.uuid4().hex
    answers: list[dict[str, Any]] = []

    def predict() -> None:
        url = f"{server_url}/predictions/{prediction_id}"
        answers.append(httpx.put(url, json={"input": LONG}, timeout=60, trust_env=False).json())

    with ExitStack() as others:
        for _ in range(8):
            others.enter_context(streaming(server_url))
        thread = threading.Thread(target=predict)
        thread.start()
        cancel = f"{server_url}/predictions/{prediction_id}/cancel"
        for _ in range(100):  # what arrives before Cog's worker has begun the prediction is lost there
            httpx.post(cancel, trust_env=False)
            thread.join(timeout=0.2)
            if answers:
                break
    assert [answer["status"] for answer in answers] == ["canceled"]


@pytest.mark.parametrize("chunks", [0, 1], ids=["before its first chunk", "after its first chunk"])
def test_nothing_stays_in_the_batch_of_clients_that_left(server_url: str, chunks: int) -> None:
    # Each of these takes an eighth of the cache, and would keep it for as long as its tokens take.
    for _ in range(12):
        with streaming(server_url, LONG | {"max_tokens": 3700}) as lines:
            for _ in range(chunks):
                assert any(line == "event: output" for line in lines)
    done = client.summarize(server_url, LONG | {"max_tokens": 4}, timeout=60)
    assert done["metrics"]["output_token_count"] <= 4


@contextmanager
def streaming(url: str, inputs: dict[str, Any] = LONG) -> Iterator[Iterator[str]]:
    """The lines of a stream that has begun, to a client who leaves at the end of the block."""
    headers = {"Accept": "text/event-stream"}
    with (
        httpx.Client(trust_env=False, timeout=60) as http,
        http.stream("POST", f"{url}/predictions", json={"input": inputs}, headers=headers) as response,
    ):
        assert response.status_code == httpx.codes.OK
        yield response.iter_lines()
