"""A server in the foreground, started anew whenever the project's code changes.

Knows: which files count, and which signals end it. Knows nothing of how a server is started: that is `server.py`.
"""

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from serving.server import HOST, POLL_SECONDS, PORT, PREDICTOR, ROOT, start
from serving.signature import NotationError

log = logging.getLogger("precis.serving")

# Of the rooms and what they hold, but not of a virtual environment or of what weights and indexes have.
WATCHED = ("*.py", "*.toml", "*/*.py", "*/*.toml", "*/*/*.py")


def serve(
    port: int = PORT,
    host: str = HOST,
    model: str | None = None,
    reload: bool = False,
    project: Path = ROOT,
    predictor: str = PREDICTOR,
) -> int:
    """Run a server in the foreground until it ends or a signal ends it, and return its exit code.

    With `reload` it is started anew whenever a .py or .toml file of the project changes, and an error in one of
    them is logged and waits for the next change.
    """
    with _stop_signals() as is_stopping:
        while True:
            files = _modified(project)
            server = None
            try:
                server = start(project, predictor, host, port, model)
            except (NotationError, SyntaxError) as error:
                if not reload:
                    raise
                log.error("%s", error)
            is_outdated = False
            try:
                while not (is_stopping() or is_outdated or (server and server.process.poll() is not None)):
                    time.sleep(POLL_SECONDS)
                    is_outdated = reload and _modified(project) != files
            finally:
                if server:
                    server.stop()
            if not is_outdated or is_stopping():
                return server.process.returncode if server else 0
            log.info("a file has changed, starting again")


@contextlib.contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Within the block SIGINT, SIGTERM and SIGHUP do nothing but turn the yielded function's answer to True."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _modified(project: Path) -> dict[Path, int]:
    """When each watched file was last modified, in nanoseconds; {} while an editor is replacing one of them."""
    with contextlib.suppress(FileNotFoundError):
        return {path: path.stat().st_mtime_ns for pattern in WATCHED for path in project.glob(pattern)}
    return {}
