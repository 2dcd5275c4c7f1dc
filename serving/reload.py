"""A server in the foreground, started anew whenever the project's code changes.

Knows: which files count, and which signals end it. Knows nothing of how a server is started: that is `server.py`.
"""

import contextlib
import logging
import signal
import time
from pathlib import Path
from types import FrameType

from errors import PrecisError
from serving.server import HOST, POLL_SECONDS, PORT, PREDICTOR, ROOT, Server, start
from serving.signature import NotationError

log = logging.getLogger("precis.serving")

GRACE = 30.0  # seconds

# Of the rooms and what they hold, but not of a virtual environment or of what weights and indexes have.
WATCHED = ("*.py", "*.toml", "*/*.py", "*/*.toml", "*/*/*.py")


def serve(
    port: int = PORT,
    host: str = HOST,
    model: str | None = None,
    reload: bool = False,
    grace: float = GRACE,
    project: Path = ROOT,
    predictor: str = PREDICTOR,
) -> int:
    """Run a server in the foreground until it ends or a signal ends it, and return its exit code.

    After a signal what is under way has `grace` seconds to end; a second one ends at once. With `reload` the server is
    started anew whenever a .py or .toml file of the project changes, and an error in one of them, or in the setup, is
    logged and waits for the next change. Without, it is raised.
    """
    with _Signals() as signals:
        while True:
            files = modified(project)
            signals.server = None
            try:
                signals.server = start(project, predictor, host, port, model, grace=grace)
                is_outdated = _run(signals, project if reload else None, files)
            except (NotationError, SyntaxError, PrecisError) as error:
                if not reload:
                    raise
                log.error("%s", error)
                is_outdated = _wait_for_change(signals, project, files)
            if signals.received or not is_outdated:
                return signals.server.process.returncode if signals.server else 0
            log.info("a file has changed, starting again")


def _run(signals: "_Signals", project: Path | None, files: dict[Path, int]) -> bool:
    """Return when the server has ended, or a file of `project` is no longer as in `files`: then True.

    Raises the error of its setup.
    """
    server = signals.server
    assert server is not None  # noqa: S101
    is_ready = is_outdated = False
    try:
        while server.process.poll() is None and not is_outdated:
            is_ready = is_ready or bool(signals.received) or server.is_ready()
            time.sleep(POLL_SECONDS)
            is_outdated = project is not None and not signals.received and modified(project) != files
    finally:
        server.stop(at_once=True)
    return is_outdated


def _wait_for_change(signals: "_Signals", project: Path, files: dict[Path, int]) -> bool:
    while not signals.received and modified(project) == files:
        time.sleep(POLL_SECONDS)
    return not signals.received


class _Signals:
    """Within the block SIGINT, SIGTERM and SIGHUP do nothing but be counted, and tell the server to end."""

    def __init__(self) -> None:
        self.received = 0
        self.server: Server | None = None

    def __enter__(self) -> "_Signals":
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, self._receive) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self.received += 1
        if self.server:
            self.server.process.terminate()


def modified(project: Path) -> dict[Path, int]:
    """Return when each watched file was last modified, in nanoseconds; {} while an editor is replacing one of them."""
    with contextlib.suppress(FileNotFoundError):
        return {path: path.stat().st_mtime_ns for pattern in WATCHED for path in project.glob(pattern)}
    return {}
