import json
import os
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from errors import Fault, UserError
from serving import schema, server
from serving.server import SPARE_PLACES, Server, any_server, free_port, health, running_server, start
from serving.signature import NotationError
from tests.serving.processes import eventually, group, needs_proc, worker

SERVE = "import sys; from pathlib import Path; from serving import reload; \
sys.exit(reload.serve(int(sys.argv[2]), reload=True, project=Path(sys.argv[1])))"


def project(folder: Path, body: str) -> Path:
    """A project whose setup() is `body`."""
    (folder / "predict.py").write_text(
        "import os\nfrom cog import BasePredictor\n\n\nclass Predictor(BasePredictor):\n"
        f"    def setup(self) -> None:\n        {body}\n\n"
        "    def predict(self, x: str) -> str:\n        return x\n"
    )
    return folder


def test_the_server_answers_until_the_block_ends_and_leaves_no_process(words_project: Path) -> None:
    with running_server(words_project, timeout=60) as url:
        assert health(url)["status"] == "READY"
    assert health(url) == {}


@needs_proc
def test_stopping_takes_the_worker_along_even_when_the_server_was_killed(words_project: Path) -> None:
    server = start(words_project, port=free_port())
    try:
        server.wait_until_ready(60)
        assert len(group(server.process.pid)) >= 2
        server.process.kill()
    finally:
        server.stop()
    assert eventually(lambda: not group(server.process.pid))


def test_the_server_holds_inputs_to_the_document_that_was_written(words_url: str, words_project: Path) -> None:
    with urllib.request.urlopen(f"{words_url}/openapi.json") as response:
        assert json.load(response) == schema.openapi(words_project / "predict.py")
    answer = httpx.post(f"{words_url}/predictions", json={"input": {"style": "shrill"}}, trust_env=False)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "input", "style"]


def test_there_are_spare_places_beside_those_of_the_decorator(words_url: str) -> None:
    places = 2 + SPARE_PLACES

    def post(number: int) -> int:
        text = {"input": {"text": "sleep"}}
        try:
            return httpx.post(f"{words_url}/predictions", json=text, timeout=3, trust_env=False).status_code
        except httpx.ReadTimeout:
            return 200  # it has a place and sleeps; leaving frees it

    with ThreadPoolExecutor(places + 3) as pool:
        assert sorted(pool.map(post, range(places + 3))) == [200] * places + [409] * 3
    assert eventually(lambda: health(words_url)["status"] == "READY")


def test_a_setup_that_fails_is_told_at_once_with_its_reason(tmp_path: Path) -> None:
    broken = project(tmp_path, "raise ValueError('E2003 the weights are not here')")
    with pytest.raises(UserError, match=r"^E2003 the weights are not here$"), running_server(broken):
        pass


def test_a_server_that_is_not_ready_in_time_is_stopped_and_its_log_shown(tmp_path: Path) -> None:
    slow = project(tmp_path, "print('still loading', flush=True); import time; time.sleep(600)")
    expected = r"not ready after 5 s(.|\n)*still loading"
    with pytest.raises(Fault, match=expected), running_server(slow, timeout=5):
        pass


def test_a_server_that_ends_while_it_is_waited_for_is_told(words_project: Path, tmp_path: Path) -> None:
    server = start(words_project, port=free_port(), log_file=tmp_path / "log")
    try:
        server.process.kill()
        with pytest.raises(Fault, match="ended with code -9"):
            server.wait_until_ready(60)
    finally:
        server.stop()


@needs_proc
def test_a_worker_that_was_killed_shows_in_the_health_check(words_project: Path) -> None:
    server = start(words_project, port=free_port())
    try:
        server.wait_until_ready(60)
        os.kill(worker(server.process.pid), signal.SIGKILL)
        assert eventually(lambda: health(server.url)["status"] in ("UNHEALTHY", "DEFUNCT"))
    finally:
        server.stop()


def test_a_port_that_is_taken_is_an_error_with_the_port_in_it(words_url: str, words_project: Path) -> None:
    port = int(words_url.rpartition(":")[2])
    with pytest.raises(UserError, match=f"E3003 port {port} of 127.0.0.1"):
        start(words_project, port=port)


def test_no_server_is_started_for_a_file_that_cog_would_misread(tmp_path: Path) -> None:
    (tmp_path / "predict.py").write_text("class Predictor:\n    def predict(self, x) -> str: ...\n")
    with pytest.raises(NotationError, match=r"predict\.py:2"):
        start(tmp_path, port=free_port())


def test_a_server_that_is_named_is_used_as_it_is() -> None:
    with any_server("http://127.0.0.1:9") as url:
        assert url == "http://127.0.0.1:9"


def test_the_health_of_something_that_is_not_cog_is_unknown(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    other = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        (tmp_path / "health-check").write_text("[1]")
        assert eventually(lambda: _get(f"http://127.0.0.1:{port}/health-check") == b"[1]")
        assert health(f"http://127.0.0.1:{port}") == {}
    finally:
        other.kill()
        other.wait()


def _get(url: str) -> bytes:
    try:
        return httpx.get(url, trust_env=False).content
    except httpx.TransportError:
        return b""


def test_serving_in_the_foreground_reloads_survives_a_slip_and_ends_with_a_signal(tmp_path: Path) -> None:
    project(tmp_path, "pass")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        foreground = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path), str(port)], stderr=stderr)

    def started() -> str:
        answer = health(url)
        return str(answer["setup"]["started_at"]) if answer.get("status") == "READY" else ""

    try:
        assert eventually(started)
        first = started()
        project(tmp_path, "slip = 'not closed")
        assert eventually(lambda: "unterminated string literal" in log.read_text())
        assert health(url) == {}
        project(tmp_path, "print('changed')")
        assert eventually(lambda: started() not in ("", first))
        foreground.send_signal(signal.SIGTERM)
        assert foreground.wait(20) == 0
        assert health(url) == {}
    finally:
        foreground.kill()
        foreground.wait()


def test_the_exit_code_of_the_server_is_ours(words_project: Path) -> None:
    port = free_port()
    code = SERVE.replace("reload=True", "reload=False")
    foreground = subprocess.Popen([sys.executable, "-c", code, str(words_project), str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        assert eventually(lambda: health(url).get("status") == "READY")
        httpx.post(f"{url}/shutdown", trust_env=False)
        assert foreground.wait(20) == 0
    finally:
        foreground.kill()
        foreground.wait()


def test_the_log_of_a_server_without_a_file_is_the_terminal() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert Server("http://127.0.0.1:9", process, None).log_tail() == ""


def test_without_the_packages_that_send_traces_a_server_does_without_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not server._can_trace()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert server._can_trace()

    def is_missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", is_missing)
    assert not server._can_trace()
