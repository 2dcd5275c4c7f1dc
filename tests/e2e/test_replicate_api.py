"""`precis serve --replicate-api`: with the embedded model behind it, and in front of a server that runs already."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from replicate.client import Client

from serving.server import ROOT, free_port
from tests.serving.processes import eventually, group, needs_proc

MODEL = "acme/precis"
TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars."
)


@contextmanager
def serving(log: Path, *arguments: str) -> "Iterator[tuple[str, subprocess.Popen[bytes]]]":
    """The address of `precis serve` once its API answers, and its process; no traceback is in its log."""
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), *arguments]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"PRECIS_REPLICAS": "1"}, stderr=file, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        assert eventually(lambda: answers(url), 300)
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert "Traceback" not in log.read_text()


def answers(url: str) -> bool:
    try:
        headers = {"Authorization": "Bearer x"}
        return httpx.get(f"{url}/v1/models/{MODEL}", headers=headers, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@needs_proc
def test_a_model_is_served_as_replicate_serves_it_and_ends_with_its_command(tmp_path: Path) -> None:
    (tmp_path / "bridge.html").write_text(f"<p>{TEXT}</p>")
    with serving(tmp_path / "log", "--replicate-api") as (url, process):
        client = Client("token", base_url=url)
        # It waits for the model to be loaded, as for an instance on Replicate.
        text = "".join(client.run(MODEL, input={"prompt": TEXT, "max_new_tokens": 16}))
        assert text
        with (tmp_path / "bridge.html").open("rb") as file:
            assert "".join(client.run(MODEL, input={"document": file, "max_tokens": 16})) == text
        streamed = client.stream(MODEL, input={"text": TEXT, "max_tokens": 16})
        assert "".join(map(str, streamed)) == text
        started = [*group(process.pid)]
    assert process.returncode == 0
    assert not group(process.pid)
    assert started


def test_it_stands_in_front_of_a_server_that_runs_already(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text('[[fault]]\nkind = "throttled"\ntimes = 1')
    with serving(tmp_path / "log", "--faults", str(tmp_path / "faults.toml"), "--replicate-api", server_url) as (
        url,
        process,
    ):
        body = {"input": {"text": TEXT, "max_tokens": 8}}
        headers = {"Authorization": "Token x", "Prefer": "wait"}
        answered = [
            httpx.post(f"{url}/models/{MODEL}/predictions", json=body, headers=headers, trust_env=False, timeout=60)
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answered] == [429, 201]
    assert answered[1].json()["status"] == "succeeded"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--faults", "none.toml"), "E3101"),
        (("--replicate-api", "--faults", "none.toml"), "E3101"),
        (("--replicate-api", "--port", "70000"), "E3003"),
    ],
)
def test_what_it_cannot_do_is_one_sentence(arguments: tuple[str, ...], code: str) -> None:
    command = [sys.executable, "-m", "cli", "serve", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"precis: {code} ")


def test_that_its_packages_are_missing_is_one_sentence() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; import cli; sys.exit(cli.main(['serve', '--replicate-api']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (
        2,
        "precis: E3102 --replicate-api needs uvicorn: pip install -r requirements-api.txt\n",
    )
