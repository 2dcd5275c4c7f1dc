"""The same Idempotency-Key has the same answer, for a day."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from errors import UserError
from gateway.answers import Answers, Claim
from gateway.database import open_database
from gateway.files import Files
from gateway.problems import LaterError
from gateway.upstreams.upstream import Ended
from tests.gateway.answers import comes_true, events_of, in_flight, problem_of
from tests.gateway.running import Running

EVENTS = {"Accept": "text/event-stream"}


def with_answers(folder: Path, use: Callable[[Answers], Awaitable[None]]) -> None:
    engine = open_database(f"sqlite:///{folder}/gateway.db")

    async def run() -> None:
        try:
            await use(Answers(engine, Files((folder / "files").as_uri()), longest=600))
        finally:
            await engine.dispose()

    asyncio.run(run())


def test_a_key_is_one_request_s_until_its_answer_is_there(tmp_path: Path) -> None:
    async def use(answers: Answers) -> None:
        claim = await answers.claim("t", "k", {"text": "a"})
        assert isinstance(claim, Claim)
        with pytest.raises(LaterError, match="E7010"):
            await answers.claim("t", "k", {"text": "a"})
        with pytest.raises(UserError, match="E7009"):
            await answers.claim("t", "k", {"text": "b"})
        assert isinstance(await answers.claim("another", "k", {"text": "b"}), Claim)
        await answers.keep(claim, Ended({"summary": "s"}, {"predict_time": 1.0}))
        assert await answers.claim("t", "k", {"text": "a"}) == Ended({"summary": "s"}, {"predict_time": 1.0})

    with_answers(tmp_path, use)


def test_a_key_without_an_answer_is_free_again(tmp_path: Path) -> None:
    async def use(answers: Answers) -> None:
        claim = await answers.claim("t", "k", {"text": "a"})
        assert isinstance(claim, Claim)
        await answers.let_go(claim)
        assert isinstance(await answers.claim("t", "k", {"text": "b"}), Claim)

    with_answers(tmp_path, use)


def test_a_key_that_a_dead_gateway_left_and_one_of_yesterday_are_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(answers: Answers) -> None:
        now = time.time()
        left = await answers.claim("t", "left", {})
        kept = await answers.claim("t", "kept", {})
        assert isinstance(kept, Claim)
        await answers.keep(kept, Ended({"summary": "s"}, {}))
        monkeypatch.setattr(time, "time", lambda: now + 601)
        assert isinstance(await answers.claim("t", "left", {"text": "b"}), Claim)
        assert isinstance(await answers.claim("t", "kept", {}), Ended)
        await answers.let_go(left)  # type: ignore[arg-type]  # who had it before lets go of nothing
        with pytest.raises(UserError, match="E7009"):
            await answers.claim("t", "left", {})
        monkeypatch.setattr(time, "time", lambda: now + 86_401 + 601)
        await answers.sweep()
        assert not list((tmp_path / "files" / "answers").iterdir())
        assert isinstance(await answers.claim("t", "kept", {"text": "b"}), Claim)

    with_answers(tmp_path, use)


def test_a_key_whose_answer_is_gone_may_be_used_again(tmp_path: Path) -> None:
    async def use(answers: Answers) -> None:
        claim = await answers.claim("t", "k", {})
        assert isinstance(claim, Claim)
        await answers.keep(claim, Ended({"summary": "s"}, {}))
        for file in (tmp_path / "files" / "answers").iterdir():
            file.unlink()
        with pytest.raises(LaterError, match="E7010 the answer under this key is gone"):
            await answers.claim("t", "k", {})
        assert isinstance(await answers.claim("t", "k", {}), Claim)

    with_answers(tmp_path, use)


def test_over_http_the_second_answer_is_the_first_and_costs_no_prediction(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first = client.post("/summarize", json={"text": "say once"}, headers=headers)
    second = client.post("/summarize", json={"text": "say once"}, headers=headers)
    assert second.json() | {"id": ""} == first.json() | {"id": ""}  # to the measured times
    stream = events_of(client.post("/summarize", json={"text": "say once"}, headers=headers | EVENTS))
    assert [name for _, name, _ in stream] == ["start", "done"]
    assert stream[-1][2]["summary"] == "once"
    other = client.post("/summarize", json={"text": "say twice"}, headers=headers)
    assert problem_of(other) == (422, "E7009")


def test_a_request_that_failed_or_was_left_may_be_sent_again(client: httpx.Client, open_gateway: Running) -> None:
    headers = {"Idempotency-Key": "again"}
    assert problem_of(client.post("/summarize", json={"text": "bad"}, headers=headers)) == (422, "E1007")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{open_gateway.url}/summarize", json={"text": "slow 600 a"}, headers=headers, timeout=1)
    assert comes_true(lambda: in_flight(client) == 0)
    assert client.post("/summarize", json={"text": "say it"}, headers=headers).json()["summary"] == "it"


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_what_is_no_key_is_refused(client: httpx.Client, key: str) -> None:
    answer = client.post("/summarize", json={"text": "say a"}, headers={"Idempotency-Key": key})
    assert problem_of(answer) == (400, "E7006")
