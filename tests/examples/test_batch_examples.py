"""The examples of many documents, each as a user runs it, against the local Replicate API."""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from serving.server import ROOT, free_port
from tests.batch.test_replicate_target import api
from tests.batch.test_run import lines, table
from tests.examples.test_examples import EXAMPLES, run

TOKEN = {"Authorization": "Bearer any"}


def example(url: str, name: str, *arguments: object, key: str = "any") -> "subprocess.CompletedProcess[str]":
    """Run an example with the modules that are tested, whatever is installed."""
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    return run(*command, PYTHONPATH=str(ROOT), REPLICATE_BASE_URL=url, REPLICATE_API_TOKEN=key)


def test_the_nightly_batch_ends_with_the_code_of_what_is_left(instant_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    source = table(tmp_path / "in.jsonl", ["good ferry", "bad ferry", "fault ferry"])
    done = example("", "nightly.py", source, out, instant_url)
    assert done.returncode == 3, done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == {
        "2 to do again, by the same `precis batch run`",
        "1 failed with E1007",
        "1 failed with E5001",
    }
    with api(instant_url, tmp_path) as url:
        source = table(tmp_path / "in.jsonl", ["good ferry", "mended ferry", "mended ferry"])
        done = example(url, "nightly.py", source, out, "replicate:me/precis")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert {line["summary"] for line in lines(out)} == {"ferry"}


def test_the_nightly_batch_says_in_a_line_what_is_to_be_mended(tmp_path: Path) -> None:
    done = example("http://127.0.0.1:9", "nightly.py", tmp_path / "none", tmp_path / "out.jsonl", "ftp://there")
    assert (done.returncode, done.stderr.splitlines()[-1][:12]) == (2, "precis: E600")
    assert "Traceback" not in done.stderr


def test_a_deployment_is_warm_for_as_long_as_it_is_needed(instant_url: str, tmp_path: Path) -> None:
    with api(instant_url, tmp_path) as url:
        done = example(url, "deploy.py", "me/nightly", "me/precis", "gpu-l40s")
        assert done.returncode == 0, done.stderr
        answer = httpx.get(f"{url}/v1/deployments/me/nightly", headers=TOKEN, trust_env=False).json()
    assert answer["current_release"]["configuration"]["min_instances"] == 0
    said = done.stdout.splitlines()
    assert said[0].startswith("created me/nightly of me/precis: min_instances 1")
    assert said[1].startswith("nothing changed")
    assert [line.count("'status': 'succeeded'") for line in said[3:-1]] == [1, 1, 1]
    assert said[-1] == "updated me/nightly: min_instances 1 → 0"


def test_an_epoch_is_scored_by_the_summaries_of_a_served_model(instant_url: str, tmp_path: Path) -> None:
    with api(instant_url, tmp_path) as url:
        done = example(url, "evaluate.py", "replicate:me/precis", 2)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("epoch 1: overlap 0.")
    assert first.endswith("over 3 documents, 0 failed")
    assert second == first.replace("epoch 1", "epoch 2")


def test_overlap_counts_words_that_both_have() -> None:
    code = "import sys; sys.path.insert(0, 'examples'); from evaluate import overlap; print(overlap(*sys.argv[1:]))"
    shown = run(sys.executable, "-c", code, "The ferry was late", "the ferry, the ferry sank").stdout
    assert float(shown) == pytest.approx(2 * 2 / 9)


@contextmanager
def receiver(url: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of the example's server, and its process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "webhook_receiver.py"), str(port)],
        env=os.environ | {"REPLICATE_BASE_URL": url, "REPLICATE_API_TOKEN": "any"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        assert process.stdout.readline() == f"listening on port {port}\n"
        yield f"http://127.0.0.1:{port}/told", process
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_the_receiver_prints_the_ids_and_statuses_of_signed_webhooks(instant_url: str, tmp_path: Path) -> None:
    with api(instant_url, tmp_path) as url, receiver(url) as (webhook, process):
        asked = {"input": {"text": "a ferry"}, "webhook": webhook, "webhook_events_filter": ["completed"]}
        made = httpx.post(f"{url}/v1/models/me/precis/predictions", json=asked, headers=TOKEN, trust_env=False).json()
        assert process.stdout
        assert process.stdout.readline() == f"{made['id']} succeeded\n"


def test_the_receiver_refuses_what_is_forged_repeated_or_old(instant_url: str, tmp_path: Path) -> None:
    body = b'{"id": "p1", "status": "succeeded", "output": ["a secret ferry"]}'
    with api(instant_url, tmp_path) as url, receiver(url) as (webhook, process):
        secret = httpx.get(f"{url}/v1/webhooks/default/secret", headers=TOKEN, trust_env=False).json()["key"]
        told = signed(secret, body)

        def status(headers: dict[str, str], content: bytes = body) -> int:
            return httpx.post(webhook, content=content, headers=headers, trust_env=False).status_code

        assert status(told, body.replace(b"p1", b"p2")) == 403
        assert status({}) == 403
        assert status(signed(secret, body, late=301)) == 403
        assert status(signed(secret, body, late=-310)) == 403
        assert status(told) == 204
        assert status(told) == 403
        assert status(signed(secret, body, "msg_2", late=200)) == 204
        process.terminate()
        said, _ = process.communicate(timeout=10)
    assert said.count("p1 succeeded") == 2
    assert said.count("refused: ") == 5
    assert "ferry" not in said


def signed(secret: str, body: bytes, message_id: str = "msg_1", late: int = 0) -> dict[str, str]:
    """The headers of a webhook, as Standard Webhooks has them."""
    timestamp = str(int(time.time()) - late)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {
        "webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,AAAA {signature}",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["nightly.py", "deploy.py", "evaluate.py", "webhook_receiver.py"])
def test_each_says_how_to_call_it(name: str) -> None:
    done = example("", name)
    assert (done.returncode, f"python examples/{name}" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["deploy.py", "me/nightly", "me/precis", "cpu"], "E6005 REPLICATE_API_TOKEN is not set"),
        (["evaluate.py", "http://127.0.0.1:9"], "E3001"),
        (["webhook_receiver.py", "0"], "Connection refused"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(command: list[str], message: str) -> None:
    script, *arguments = command
    done = example("http://127.0.0.1:9", script, *arguments, key="")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
