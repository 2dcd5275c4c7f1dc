"""How a server ends: with whoever started it, after what is under way, and with nothing left."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import schema
from serving.predictions import COGS
from serving.server import ROOT, Server, free_port, health, start
from tests.serving.conftest import PREDICTORS
from tests.serving.processes import children, eventually, group, needs_proc

PARENT = """
import sys, time
from pathlib import Path
from serving.server import free_port, start
server = start(Path(sys.argv[1]), port=free_port())
server.wait_until_ready(60)
print(server.process.pid, flush=True)
time.sleep(600)
"""

A_TEST = """
import time
from pathlib import Path
from serving.server import running_server, health

def test_something():
    with running_server(Path({project!r}), port={port}):
        Path({begun!r}).touch()
        time.sleep(600)
"""


@contextmanager
def ready(project: Path, grace: float = 0.0) -> Iterator[Server]:
    server = start(project, port=free_port(), grace=grace)
    try:
        server.wait_until_ready(60)
        yield server
    finally:
        server.stop(at_once=True)


def post(url: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{url}/predictions", json=body, trust_env=False, timeout=60)


@contextmanager
def webhooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address that takes webhooks, and what it got."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()
        thread.join()


@needs_proc
def test_a_server_ends_with_a_parent_that_was_killed(echo_project: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(echo_project)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    leader = int(parent.stdout.readline())
    assert len(group(leader)) == 3
    parent.kill()
    parent.communicate()
    assert eventually(lambda: not group(leader))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_with_a_test_run_that_was_interrupted(
    echo_project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    port, begun = free_port(), tmp_path / "begun"
    (tmp_path / "test_it.py").write_text(A_TEST.format(project=str(echo_project), port=port, begun=str(begun)))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path / "test_it.py")]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        # Asleep: Python loses an interrupt that comes while it puts away what the last look at the server left.
        assert eventually(begun.exists)
        assert health(f"http://127.0.0.1:{port}").get("status") == "READY"
    finally:
        run.send_signal(number)
        run.wait(60)
    assert eventually(lambda: health(f"http://127.0.0.1:{port}") == {})


@needs_proc
@pytest.mark.parametrize("whom", ["supervisor", "cog"])
def test_of_three_processes_no_two_are_left(echo_project: Path, whom: str) -> None:
    server = start(echo_project, port=free_port())
    server.wait_until_ready(60)
    (cog,) = children(server.process.pid)
    os.kill(server.process.pid if whom == "supervisor" else cog, signal.SIGKILL)
    assert eventually(lambda: server.process.poll() is not None and not group(server.process.pid))
    server.stop()


def test_what_is_under_way_may_finish(echo_project: Path) -> None:
    with ready(echo_project, grace=30) as server, ThreadPoolExecutor(1) as pool, webhooks() as (address, received):
        answer = pool.submit(post, server.url, input={"text": "wait a"})
        body = {"input": {"text": "wait b"}, "webhook": address, "webhook_events_filter": ["completed"]}
        httpx.post(f"{server.url}/predictions", json=body, headers={"Prefer": "respond-async"}, trust_env=False)
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            assert client.get("/health-check").status_code == 200
            server.process.terminate()
            refused: Callable[[], bool] = lambda: client.post("/predictions", json={}).status_code == 503  # noqa: E731
            assert eventually(refused)
            assert client.post("/predictions", json={}).json()["error"].startswith("E5008 ")
        assert answer.result().json()["output"] == ["wait ", "a "]
        assert server.process.wait(30) == 0
        assert [(one["status"], one["output"]) for one in received] == [("succeeded", ["wait ", "b "])]


def test_what_takes_longer_than_the_grace_is_cancelled_and_says_so(echo_project: Path) -> None:
    with ready(echo_project, grace=0.2) as server, ThreadPoolExecutor(1) as pool, webhooks() as (address, received):
        hook = {"webhook": address, "webhook_events_filter": ["completed"]}
        answer = pool.submit(post, server.url, id="long", input={"text": "sleep"}, **hook)
        assert eventually((COGS / "long").exists)
        server.process.terminate()
        assert answer.result().json()["status"] == "canceled"
        assert server.process.wait(30) == 0
        assert [one["status"] for one in received] == ["canceled"]


def test_a_connection_that_is_open_at_the_end_leaves_no_traceback(echo_project: Path, tmp_path: Path) -> None:
    server = start(echo_project, port=free_port(), log_file=tmp_path / "log")
    try:
        server.wait_until_ready(60)
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            assert client.get("/health-check").status_code == 200
            server.stop()
    finally:
        server.stop()
    assert "Traceback" not in server.log_tail(1_000)


def test_a_second_signal_ends_at_once(echo_project: Path) -> None:
    with ready(echo_project, grace=600) as server, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, server.url, id="long", input={"text": "sleep"})
        assert eventually((COGS / "long").exists)
        server.process.terminate()
        assert eventually(lambda: health(server.url) == {})
        server.process.terminate()
        assert server.process.wait(30) == 1
        assert answer.exception() or answer.result().status_code == 502


def test_nothing_is_written_into_the_project(tmp_path: Path) -> None:
    (tmp_path / "predict.py").write_text((PREDICTORS / "echo.py").read_text())
    tmp_path.chmod(0o555)
    with ready(tmp_path) as server:
        assert post(server.url, input={"text": "a"}).json()["output"] == ["a "]
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["predict.py"]


@needs_proc
def test_what_starts_cog_in_the_image_starts_the_filter_before_it(echo_project: Path, tmp_path: Path) -> None:
    """The commands of cog.yaml, in an environment of their own; then what the image's last line says."""
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    (packages / "ours.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    environment = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    (command,) = re.findall(
        r"^  run:\n(?:    #.*\n)*    - >-\n((?:      .*\n)+)", (ROOT / "cog.yaml").read_text(), re.M
    )
    subprocess.run(" ".join(command.split()), shell=True, check=True, env=environment)  # noqa: S602 # as the build does
    schema.write(tmp_path, echo_project / "predict.py")
    port = free_port()
    environment |= {"PORT": str(port), "COG_PREDICT_TYPE_STUB": f"{echo_project}/predict.py:Predictor"}
    image = subprocess.Popen(
        shlex.split("python -m cog.server.http --threads 1"), executable=str(python), cwd=tmp_path, env=environment
    )
    try:
        url = f"http://127.0.0.1:{port}"
        assert eventually(lambda: health(url).get("status") == "READY")
        assert post(url, id="../../evil").json()["error"].startswith("E3004 ")
        assert post(url, input={"text": "a", "seed": None}).json()["output"] == ["a "]
        image.terminate()
        assert image.wait(30) == 0
        assert not children(image.pid)
    finally:
        image.kill()
        image.wait()


def test_webhooks_of_a_table_are_few_and_the_last_is_the_last(echo_project: Path) -> None:
    with ready(echo_project) as server, webhooks() as (address, received):
        lines = "\n".join(f"n{number}" for number in range(20))  # of which all are said
        answer = post(server.url, input={"documents": f"data:text/plain,{lines}"}, webhook=address)
        assert len("".join(answer.json()["output"]).split()) == 22
        assert eventually(lambda: received and received[-1]["status"] == "succeeded")
        assert len(received) < 6
        sizes = [len("".join(one.get("output", ()))) for one in received]
        assert sizes == sorted(sizes)
