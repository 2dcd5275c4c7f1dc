"""Full servers, dead servers, several servers."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from replicate.client import Client

from replicate_api import upstream
from replicate_api.serve import in_front_of
from serving.server import SPARE_PLACES, free_port, running_server
from tests.replicate_api.names import MODEL
from tests.serving.processes import eventually

PLACES = 2 + SPARE_PLACES
TOKEN = {"Authorization": "Bearer x"}


def test_what_a_full_server_refuses_is_tried_again(client: Client) -> None:
    made = [client.models.predictions.create(MODEL, input={"text": "one wait two"}) for _ in range(2 * PLACES)]
    for prediction in made:
        prediction.wait()
    assert Counter(prediction.status for prediction in made) == {"succeeded": 2 * PLACES}
    assert {"".join(prediction.output or ()) for prediction in made} == {"one wait two "}


def test_one_that_waits_for_a_place_can_be_canceled_and_the_places_come_back(client: Client) -> None:
    made = [client.models.predictions.create(MODEL, input={"text": "sleep"}) for _ in range(PLACES + 2)]
    assert client.predictions.get(made[-1].id).status == "starting"
    for prediction in made:
        prediction.cancel()
    assert {prediction.status for prediction in made} == {"canceled"}
    assert "".join(client.run(MODEL, input={"text": "one"})) == "one "


def test_two_servers_share_the_work_and_a_dead_one_is_passed_over(saying_url: str, words_project: Path) -> None:
    with (
        running_server(words_project, timeout=60) as other,
        in_front_of([f"http://127.0.0.1:{free_port()}", saying_url, other], "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False, timeout=60) as http,
        ThreadPoolExecutor(8) as pool,
    ):

        def output(_: int) -> str:
            body = {"input": {"text": "wait", "style": "legal"}}
            answer = http.post(f"/models/{MODEL}/predictions", json=body, headers={"Prefer": "wait"})
            return answer.text if answer.status_code == 422 else "said"

        found = list(pool.map(output, range(8)))  # the other predictor has no such style
    assert "said" in found
    assert any("input.style" in text for text in found)


def test_nothing_that_listens_is_told_with_503_and_in_time_ends_a_prediction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upstream, "PATIENCE_SECONDS", 0.2)
    with (
        in_front_of([f"http://127.0.0.1:{free_port()}"], "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False) as http,
    ):
        answer = http.get(f"/models/{MODEL}")
    assert (answer.status_code, answer.json()["detail"]) == (503, "E5003 none of 1 Cog servers answers")

    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            servers = upstream.Upstream([f"http://127.0.0.1:{free_port()}"], client)
            async for name, _ in servers.events("a", {}):
                assert name == "waiting"

    with pytest.raises(Exception, match=r"E5003 no Cog server was ready for 0\.2 s"):
        asyncio.run(run())


def test_a_server_that_dies_fails_what_it_had(words_project: Path) -> None:
    with (
        running_server(words_project, timeout=60) as cog,
        in_front_of([cog], "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False, timeout=60) as http,
    ):
        body = {"input": {"text": "sleep"}}
        made = http.post(f"/models/{MODEL}/predictions", json=body).json()
        crash = http.post(f"/models/{MODEL}/predictions", json={"input": {"text": "crash"}}).json()
        assert eventually(lambda: http.get(crash["urls"]["get"]).json()["status"] == "failed")
        assert eventually(lambda: http.get(made["urls"]["get"]).json()["status"] == "failed")
        stream = httpx.get(made["urls"]["stream"], trust_env=False).text
    assert stream.index("event: error") < stream.index("event: done")
