"""`precis batch run --webhook` against the local Replicate API, and what is posted by others to where it listens."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from batch import replicate_target
from batch.target import StopError
from batch.webhooks import RefusedError, Verifier, Webhooks
from cli import main
from serving.server import free_port
from tests.batch.test_replicate_target import api
from tests.batch.test_run import lines, table

SECRET = f"whsec_{base64.b64encode(b'a key of the tests').decode()}"
BODY = b'{"id": "p1", "status": "succeeded", "output": ["a secret ferry"]}'


def signed(body: bytes, secret: str = SECRET, message_id: str = "msg_1", late: float = 0) -> dict[str, str]:
    """The headers of a webhook, as Standard Webhooks has them, beside a signature with a secret that is gone."""
    timestamp = str(int(time.time() - late))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,AAAA v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


def run(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, rows: int = 60) -> int:
    monkeypatch.setenv("REPLICATE_BASE_URL", url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "any")
    source = table(folder / "in.jsonl", [f"ferry {n} was late" for n in range(rows)])
    out = str(folder / "out.jsonl")
    return main(["batch", "run", str(source), "--out", out, "--to", "replicate:me/precis", *arguments])


def test_ends_are_told_and_nobody_has_to_ask_for_them(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicate_target, "WEBHOOK_POLL_SECONDS", 3_600.0)
    with api(instant_url, tmp_path) as url:
        webhook = f"http://127.0.0.1:{free_port()}/told"
        asked = ("--shard-rows", "20", "--webhook", webhook, "--deadline", "60s")
        assert run(url, tmp_path, monkeypatch, *asked) == 0
    assert len(lines(tmp_path / "out.jsonl")) == 60


def test_of_what_never_comes_the_polling_tells(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicate_target, "WEBHOOK_POLL_SECONDS", 1.0)
    with api(instant_url, tmp_path, '[[fault]]\nkind = "lost_webhook"') as url:
        webhook = f"http://127.0.0.1:{free_port()}/told"
        assert run(url, tmp_path, monkeypatch, "--shard-rows", "20", "--webhook", webhook) == 0
    assert len(lines(tmp_path / "out.jsonl")) == 60


def test_a_port_that_is_taken_is_said_before_anything_is_sent(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with api(instant_url, tmp_path) as url:
        taken = url.rpartition(":")[2]
        assert run(url, tmp_path, monkeypatch, "--webhook", f"http://127.0.0.1:{taken}/told") == 2
    assert f"E3003 port {taken} cannot be listened on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("webhook", "to", "said"),
    [
        ("ftp://there", "replicate:me/precis", "E1009 webhook is 'ftp://there'; it must be an http or https URL"),
        ("http://there:x", "replicate:me/precis", "E1009 webhook is 'http://there:x'"),
        ("http://there", "http://127.0.0.1:1", "E1009 webhook needs a target of replicate:"),
    ],
)
def test_a_webhook_that_cannot_be_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], webhook: str, to: str,
    said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("REPLICATE_API_TOKEN", "any")
    source = str(table(tmp_path / "in.jsonl", ["ferry"]))
    asked = ["batch", "run", source, "--out", str(tmp_path / "out.jsonl"), "--to", to, "--webhook", webhook]
    assert main(asked) == 2
    assert said in capsys.readouterr().err


def test_what_is_signed_now_and_new_is_believed_and_nothing_else() -> None:
    now, verifier = time.time(), Verifier(SECRET)
    verifier.check(signed(BODY), BODY, now)
    verifier.check(signed(BODY, message_id="msg_2", late=299), BODY, now)
    for headers, body, reason in [
        (signed(BODY), BODY, "it came before"),
        (signed(BODY, message_id="msg_3"), BODY.replace(b"p1", b"p2"), "its signature is wrong"),
        (signed(BODY, message_id="msg_3") | {"webhook-id": "msg_4"}, BODY, "its signature is wrong"),
        (signed(BODY, f"whsec_{base64.b64encode(b'another').decode()}", "msg_3"), BODY, "its signature is wrong"),
        (signed(BODY, message_id="msg_3") | {"webhook-signature": ""}, BODY, "its signature is wrong"),
        (signed(BODY, message_id="msg_3", late=310), BODY, "31[01] s apart; 300 s are taken"),
        (signed(BODY, message_id="msg_3", late=-310), BODY, "s apart; 300 s are taken"),
        (signed(BODY, message_id="msg_3") | {"webhook-timestamp": "soon"}, BODY, "it has no id or no timestamp"),
        ({}, BODY, "it has no id or no timestamp"),
    ]:
        with pytest.raises(RefusedError, match=reason):
            verifier.check(headers, body, now)


def test_a_replay_is_refused_for_as_long_as_its_timestamp_would_be_taken() -> None:
    now, verifier = time.time(), Verifier(SECRET)
    early = signed(BODY, late=-290)  # of a clock that goes before ours
    verifier.check(early, BODY, now)
    verifier.check(signed(BODY, message_id="msg_2", late=-580), BODY, now + 580)
    with pytest.raises(RefusedError, match="it came before"):
        verifier.check(early, BODY, now + 585)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Webhooks, httpx.AsyncClient]]:
    """Webhooks behind something that ends TLS, as Replicate asks for, and who posts to where they arrive."""

    async def secret() -> str:
        return SECRET

    port = free_port()
    webhooks = Webhooks("https://batch.example.org/told", port)
    await webhooks.open(secret)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/told", trust_env=False) as client:
        try:
            yield webhooks, client
        finally:
            await webhooks.close()


def test_news_is_told_to_who_waits_also_when_it_came_before_they_did(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[str]:
        heard: list[str] = []
        async with listening() as (webhooks, client):
            assert (await client.post("", content=BODY, headers=signed(BODY))).status_code == 204
            webhooks.listen("p1", heard.append)
            again = BODY.replace(b"succeeded", b"failed")
            assert (await client.post("", content=again, headers=signed(again, message_id="msg_2"))).status_code == 204
            forged = await client.post("", content=BODY, headers=signed(BODY) | {"webhook-id": "msg_3"})
            assert forged.status_code == 403
        return heard

    assert asyncio.run(scenario()) == ["succeeded", "failed"]
    assert caplog.messages == ["a webhook was refused: its signature is wrong"]


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("GET", b"", 405), ("POST", b"[]", 400), ("POST", b"no JSON", 400), ("POST", b'{"id": "p1"}', 400)],
)
def test_what_is_no_event_is_refused(method: str, body: bytes, status: int) -> None:
    async def scenario() -> int:
        async with listening() as (_, client):
            return (await client.request(method, "", content=body, headers=signed(body))).status_code

    assert asyncio.run(scenario()) == status


def test_a_secret_that_is_none_stops_the_run() -> None:
    async def secret() -> str:
        return "not base64!"

    with pytest.raises(StopError, match="E6005"):
        asyncio.run(Webhooks(f"http://127.0.0.1:{free_port()}").open(secret))
