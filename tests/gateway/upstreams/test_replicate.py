"""The gateway before Replicate, or the local API in its place."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from replicate_api import serve
from tests.gateway.answers import comes_true, events_of, problem_of
from tests.gateway.running import Running, gateway


@pytest.fixture(scope="module")
def api_url(instant_url: str) -> Iterator[str]:
    """Replicate's API, in front of the model that answers at once."""
    with serve.in_front_of([instant_url], "127.0.0.1", 0) as url:
        yield url


@pytest.fixture(scope="module")
def running(api_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REPLICATE_API_TOKEN", "any")
        environment.setenv("REPLICATE_BASE_URL", api_url)
        with gateway(tmp_path_factory.mktemp("replicate"), "replicate:acme/precis") as running:
            yield running


def post(running: Running, text: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{running.url}/summarize", json={"text": text}, headers=headers, timeout=60)


def test_a_summary_comes_by_way_of_replicate(running: Running) -> None:
    said = post(running, "say by way of replicate").json()
    assert said["summary"] == "by way of replicate"
    assert said["predict_time"] > 0


def test_it_streams(running: Running) -> None:
    events = events_of(post(running, "slow 0.1 by way of replicate", Accept="text/event-stream"))
    assert "".join(data["text"] for _, name, data in events if name == "output") == "by way of replicate "
    assert events[-1][2]["summary"] == "by way of replicate"


def test_a_large_data_url_is_uploaded_as_it_is_written_and_a_text_is_none(running: Running) -> None:
    words = "word" * 70_000
    for url in (
        f"data:text/plain,say%20{words}",
        f"DATA:text/plain;base64,{b64encode(f'say {words}'.encode()).decode()}",
    ):
        said = httpx.post(f"{running.url}/summarize", json={"document": url}, timeout=60).json()
        assert said["summary"] == words
    assert post(running, f"data: {words}").json()["summary"] == words
    broken = httpx.post(f"{running.url}/summarize", json={"document": f"data:;base64,{words}!"}, timeout=60)
    assert problem_of(broken) == (422, "E1103")


def test_a_large_file_is_uploaded(running: Running) -> None:
    content = b"say " + b"word " * 60_000 + b"end"
    said = httpx.post(f"{running.url}/summarize", files={"file": ("a.txt", content)}, timeout=60).json()
    assert said["summary"].endswith("end")


def test_the_model_s_own_error_keeps_its_code(running: Running) -> None:
    assert problem_of(post(running, "bad")) == (422, "E1007")


def test_a_caller_that_leaves_cancels_the_prediction(running: Running, api_url: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{running.url}/summarize", json={"text": "slow 600 a"}, timeout=httpx.Timeout(2))
    api = {"Authorization": "Bearer any"}

    def statuses() -> list[str]:
        listed = httpx.get(f"{api_url}/v1/predictions", headers=api, timeout=30).json()["results"]
        return [one["status"] for one in listed]

    assert comes_true(lambda: "canceled" in statuses() and "processing" not in statuses())


def test_without_a_token_of_replicate_s_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPLICATE_API_TOKEN", raising=False)
    with pytest.raises(AssertionError, match="E6005"), gateway(tmp_path, "replicate:acme/precis"):
        pass
