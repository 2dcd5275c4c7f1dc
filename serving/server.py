"""Cog's HTTP server without Docker: start it, wait for it, stop it.

Knows: the environment that `python -m cog.server.http` needs outside an image, and what `/health-check` says. The
server (one process) and its worker (another, which runs predict.py) form a process group of their own, so that
stopping takes both. Cog never restarts a worker that died: `/health-check` then says UNHEALTHY for good and every
prediction fails with "Worker crashed". Knows nothing about requests and answers: that is `client.py`.
"""

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import Fault, UserError
from serving import schema, signature

log = logging.getLogger("precis.serving")

ROOT = Path(__file__).parent.parent
PREDICTOR = "predict.py:Predictor"
HOST = "127.0.0.1"
PORT = 5000
SPARE_PLACES = 8  # Cog frees a place a little after its answer is out; the next request may be here first
FAILED = ("SETUP_FAILED", "DEFUNCT")
GRACE_SECONDS = 10.0  # between asking a server to stop and killing it
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Server:
    """One running server: its address, its process, which leads the group, and the file of its log if it has one."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path | None

    def wait_until_ready(self, timeout: float) -> None:
        """Return when predictions are taken. Raises Fault E5003 with the reason when that will not come about."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            answer = health(self.url)
            if answer.get("status") in ("READY", "BUSY"):
                return
            if answer.get("status") in FAILED:
                raise Fault("E5003", f"the server says {answer['status']}: {answer.get('setup', {}).get('logs', '')}")
            if self.process.poll() is not None:
                raise Fault("E5003", f"the server ended with code {self.process.returncode}\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        raise Fault("E5003", f"the server was not ready after {timeout:g} s\n{self.log_tail()}")

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log; empty when it goes to the terminal."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log else ""

    def stop(self) -> None:
        """End the server and its worker: ask, wait for GRACE_SECONDS, kill whatever is left of the group."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: all of it is gone
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(
    project: Path = ROOT,
    predictor: str = PREDICTOR,
    host: str = HOST,
    port: int = PORT,
    model: str | None = None,
    log_file: Path | None = None,
) -> Server:
    """Write the schema of `predictor`, a file of `project`, and start a server for it; it is not ready yet.

    Raises UserError E3003, and NotationError when the file is written in a way that Cog would misread.
    """
    _check_port(host, port)
    schema.write(project, predictor)
    filename, class_name = predictor.split(":")
    places = signature.read(project / filename, class_name).max_concurrency
    environment = os.environ | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),  # worker: `python`
        "PORT": str(port),
        "COG_PREDICT_TYPE_STUB": predictor,
        "COG_MAX_CONCURRENCY": str(places + SPARE_PLACES if places > 1 else 1),
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
    }
    if model:
        environment["PRECIS_MODEL"] = model
    command = [sys.executable, "-m", "cog.server.http", "--host", host]
    with log_file.open("wb") if log_file else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    return Server(f"http://{HOST if host == '0.0.0.0' else host}:{port}", process, log_file)  # noqa: S104 # a comparison


@contextlib.contextmanager
def running_server(
    project: Path = ROOT,
    predictor: str = PREDICTOR,
    model: str | None = None,
    port: int | None = None,
    timeout: float = 300.0,
) -> Iterator[str]:
    """The base URL of a ready server, on `port` or on a free one, which lasts as long as the block.

    Raises Fault E5003, with the end of the server's log, when it is not ready within `timeout` seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "server.log"
        server = start(project, predictor, port=port or free_port(), model=model, log_file=log_file)
        try:
            server.wait_until_ready(timeout)
            yield server.url
        finally:
            server.stop()


@contextlib.contextmanager
def any_server(url: str | None = None) -> Iterator[str]:
    """`url` if there is one; else the default address if a server answers there; else a server of our own."""
    default = f"http://{HOST}:{PORT}"
    if url or health(default):
        yield url or default
        return
    log.info("no server answers at %s, starting one for this once; `precis serve` keeps one running", default)
    with running_server() as own:
        yield own


def health(url: str, timeout: float = 5.0) -> dict[str, Any]:
    """What GET /health-check says, {} when nothing answers or something that is not Cog does."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health-check", timeout=timeout) as response:
            answer = json.loads(response.read())
    except (OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) and "status" in answer else {}


def _check_port(host: str, port: int) -> None:
    """Say now, in one sentence, what the server would say in a traceback after its imports."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise UserError("E3003", f"port {port} of {host} cannot be listened on: {error.strerror}") from error


def free_port() -> int:
    """A port of the loopback address that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
