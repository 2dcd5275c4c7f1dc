"""Cog's HTTP server without Docker: start it, wait for it, stop it.

Knows: the environment that `python -m cog.server.http` needs outside an image, and what `/health-check` says. What is
started is `supervise.py`, which starts Cog's server, which starts its worker, which runs predict.py: one process group,
so that stopping takes all of them, and it ends when the process that called start() does. Cog never restarts a worker
that died: `/health-check` then says UNHEALTHY for good and every prediction fails with "Worker crashed". Knows
nothing about requests and answers: that is `client.py`.
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
from importlib import metadata
from pathlib import Path
from typing import Any

from errors import Fault, PrecisError, UserError
from serving import schema, signature
from serving.client import CODE, error_from

log = logging.getLogger("precis.serving")

ROOT = Path(__file__).parent.parent
PREDICTOR = "predict.py:Predictor"
HOST = "127.0.0.1"
PORT = 5000
SPARE_PLACES = 8  # Cog frees a place a little after its answer is out; the next request may be here first
FAILED = ("SETUP_FAILED", "DEFUNCT")
ENDING_SECONDS = 25.0  # between asking a server to stop and killing it, beside its grace
PATHS = ("PRECIS_MODEL", "PRECIS_NAMES_MODEL", "PRECIS_EMBEDDING_MODEL", "PRECIS_KNOWLEDGE", "COG_WEIGHTS")
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Server:
    """One running server: its address, its process, which leads the group, and the file of its log if it has one."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path | None
    grace: float = 0.0

    def is_ready(self) -> bool:
        """Whether predictions are taken. Raises the error that its setup ended with, E5003 where that has no code."""
        answer = health(self.url)
        if answer.get("status") in FAILED:
            raise _error_of_setup(str((answer.get("setup") or {}).get("logs", "")))
        return answer.get("status") in ("READY", "BUSY")

    def wait_until_ready(self, timeout: float) -> None:
        """Return when predictions are taken. Raises as is_ready(), and Fault E5003 when that will not come about."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            if self.process.poll() is not None:
                raise Fault("E5003", f"the server ended with code {self.process.returncode}\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        raise Fault("E5003", f"the server was not ready after {timeout:g} s\n{self.log_tail()}")

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log; empty when it goes to the terminal."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log else ""

    def stop(self, *, at_once: bool = False) -> None:
        """End the server: ask, wait for its grace unless it is to end at once, kill whatever is left of the group."""
        self.process.terminate()
        if at_once:
            self.process.send_signal(signal.SIGINT)  # the second of any kind
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.grace + ENDING_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: all of it is gone
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def start(
    project: Path = ROOT,
    predictor: str = PREDICTOR,
    host: str = HOST,
    port: int = PORT,
    model: str | None = None,
    log_file: Path | None = None,
    grace: float = 0.0,
) -> Server:
    """Start a server for `predictor`, a file of `project`; it is not ready yet. Nothing is written into `project`.

    It lasts no longer than this process. When it is stopped, what is under way has `grace` seconds to end. Raises
    UserError E3003, and NotationError when the file is written in a way that Cog would misread.
    """
    _check_port(host, port)
    filename, class_name = predictor.split(":")
    predict_py = (project / filename).resolve()
    schema.openapi(predict_py, class_name)  # an error in it is told here
    places = signature.read(predict_py, class_name).max_concurrency
    environment = os.environ | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),  # worker: `python`
        "PYTHONPATH": os.pathsep.join(filter(None, (str(project.resolve()), str(ROOT), os.environ.get("PYTHONPATH")))),
        "PORT": str(port),
        "COG_PREDICT_TYPE_STUB": f"{predict_py}:{class_name}",
        "COG_MAX_CONCURRENCY": str(places + SPARE_PLACES if places > 1 else 1),
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
    }
    if _can_trace():  # which cog.yaml decides in an image: docs/operations.md
        environment.setdefault("COG_TRACE_CONFIGURED", "1")
    if model:
        environment["PRECIS_MODEL"] = model
    for name in PATHS:  # the server is started elsewhere
        value = environment.get(name, "")
        if os.sep in value and Path(value).exists():
            environment[name] = str(Path(value).resolve())
    command = [sys.executable, "-m", "serving.supervise", "--local", "--grace", str(grace), "--host", host]
    with log_file.open("wb") if log_file else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,  # it ends when nobody holds the other end any more
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    url = f"http://{HOST if host == '0.0.0.0' else host}:{port}"  # noqa: S104 # a comparison
    return Server(url, process, log_file, grace)


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


def _can_trace() -> bool:
    """Whether somebody is there to send traces to, and the packages without which Cog's setup would fail."""
    if not any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", "TRACES_")):
        return False
    try:
        return bool(metadata.version("opentelemetry-exporter-otlp-proto-http"))
    except metadata.PackageNotFoundError:
        return False


def _error_of_setup(logs: str) -> PrecisError:
    """The last error in a setup's log that has a code, else its last line."""
    lines = [line.strip() for line in logs.splitlines() if line.strip()] or ["it left no word"]
    coded = [line for line in lines if CODE.search(line)]
    return error_from(coded[-1]) if coded else Fault("E5003", f"the setup failed: {lines[-1]}")


def _check_port(host: str, port: int) -> None:
    """Say now, in one sentence, what the server would say in a traceback after its imports."""
    if not 0 < port < 65536:
        raise UserError("E3003", f"port {port} is none: it must be 1 to 65,535")
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
