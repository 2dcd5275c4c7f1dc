"""Files on a real server: they arrive, and whatever becomes of a prediction, nothing of them stays on the disk."""

import base64
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.server import free_port, start
from tests.serving.processes import eventually, needs_proc, worker
from tests.serving.web import Web, web

CANCELS = 40


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with web() as site:
        yield site


@pytest.fixture
def client(echo_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo_url, trust_env=False, timeout=30) as client:
        yield client


def predict(client: httpx.Client, **inputs: object) -> str:
    """The output of a prediction, or its error."""
    prediction = client.post("/predictions", json={"input": inputs}).json()
    return "".join(prediction.get("output", ())).strip() or str(prediction["error"])


def data_url(size: int) -> str:
    return f"data:text/plain;base64,{base64.b64encode(b'x' * size).decode()}"


def files(folder: Path) -> list[Path]:
    """What lies in a folder of temporary files, but for the schema that a server has there."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "openapi_schema.json"]


def test_each_input_arrives_as_a_file_with_a_name_of_ours(client: httpx.Client, site: Web) -> None:
    assert predict(client, document=f"{site.url}/file.html") == "document.html 9 größer 長さ"
    assert predict(client, documents="DATA:text/plain,a%20b") == "documents.txt 3 a b"
    assert predict(client, text="t", knowledge=f"HTTP://{site.url[7:]}/bytes/5") == "t knowledge 5 xxxxx"


def test_an_empty_text_is_no_file(client: httpx.Client) -> None:
    assert predict(client, text="t", document="", documents="", knowledge="") == "t"


@pytest.mark.parametrize("path", ["/etc/passwd", "file:///etc/passwd", "ftp://a/b", "etc", "HTTP:/etc"])
def test_a_path_is_not_read(client: httpx.Client, path: str) -> None:
    assert "E1004 document must be a file" in predict(client, document=path) or path.startswith("HTTP:")
    assert "root" not in predict(client, document=path)


def test_what_is_wrong_with_a_request_is_told_before_anything_is_fetched(client: httpx.Client, site: Web) -> None:
    site.dripping.clear()
    assert "E1003 text and document were both given" in predict(client, text="t", document=f"{site.url}/drip")
    assert not site.dripping.is_set()


def test_a_cancel_while_a_url_is_fetched_ends_the_download_and_is_told_as_one(client: httpx.Client, site: Web) -> None:
    site.left.clear()
    site.dripping.clear()
    body = {"id": "dripping", "input": {"document": f"{site.url}/drip"}}
    with client.stream("POST", "/predictions", json=body, headers={"Accept": "text/event-stream"}) as answer:
        assert site.dripping.wait(10)
        client.post("/predictions/dripping/cancel")
        assert '"status":"canceled"' in "".join(answer.iter_text())
    assert site.left.wait(10)


def test_nothing_stays_behind_whatever_becomes_of_a_prediction(
    client: httpx.Client, site: Web, temporary_files: Path
) -> None:
    document = data_url(1_000_000)
    predict(client, document=document)
    predict(client, text="fail", knowledge=document)
    predict(client, document="data:text/plain;base64,broken")
    for path in ("404", "half", "large/201", "garbage"):
        predict(client, document=f"{site.url}/{path}")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/predictions", json={"input": {"text": "sleep", "knowledge": document}}, timeout=0.3)
    for number in range(CANCELS):
        body = {"input": {"text": "sleep", "knowledge": document}}
        answer = client.put(f"/predictions/c{number}", json=body, headers={"Prefer": "respond-async"})
        if answer.status_code == 202:
            time.sleep(random.uniform(0, 0.1))
            client.post(f"/predictions/c{number}/cancel")
    assert eventually(lambda: not files(temporary_files)), files(temporary_files)


@needs_proc
@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_nothing_stays_behind_of_the_killed(
    echo_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, victim: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = start(echo_project, port=free_port())
    try:
        server.wait_until_ready(60)
        inputs = {"input": {"text": "sleep", "knowledge": data_url(1_000)}}
        httpx.post(f"{server.url}/predictions", json=inputs, headers={"Prefer": "respond-async"}, trust_env=False)
        assert eventually(lambda: files(tmp_path))
        if victim == "worker":
            os.kill(worker(server.process.pid), signal.SIGKILL)
        else:
            server.process.kill()
            server = start(echo_project, port=free_port())  # clears it away
            server.wait_until_ready(60)
        assert eventually(lambda: not files(tmp_path))
    finally:
        server.stop()
    assert list(tmp_path.rglob("*")) == []


@needs_proc
def test_nothing_stays_behind_of_one_that_was_stopped(
    echo_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = start(echo_project, port=free_port())
    server.wait_until_ready(60)
    inputs = {"input": {"text": "sleep", "knowledge": data_url(1_000)}}
    httpx.post(f"{server.url}/predictions", json=inputs, headers={"Prefer": "respond-async"}, trust_env=False)
    assert eventually(lambda: files(tmp_path))
    server.process.terminate()
    assert server.process.wait(30) == 0
    assert list(tmp_path.iterdir()) == []
    server.stop()
