"""The API as a server, in a thread of its own, for as long as a block lasts.

Knows: uvicorn, ports. Knows nothing of routes.
"""

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from errors import UserError
from replicate_api import app, faults

log = logging.getLogger("precis.replicate_api")

LAST_SECONDS = 5  # for what is being answered when it ends
KEEP_ALIVE_SECONDS = 75  # longer than clients keep an idle connection: it is they who should end it


@contextmanager
def in_front_of(cog_urls: list[str], host: str, port: int, faults_file: Path | None = None) -> Iterator[str]:
    """The address of an API in front of Cog servers of one model, which need not be ready yet; port 0 takes a free one.

    Raises UserError E3003 and E3101.
    """
    application = app.make(cog_urls, faults.read(faults_file) if faults_file else None)
    try:
        listening = socket.create_server((host, port), backlog=1024)
    except (OSError, OverflowError) as error:
        raise UserError("E3003", f"port {port} of {host} cannot be listened on: {error}") from None
    with listening:
        # Its own logs stay silent: they would have paths with secrets, and tracebacks that may quote a document.
        config = uvicorn.Config(
            application, http="h11", ws="none", log_config=None, log_level="critical", access_log=False,
            server_header=False, timeout_graceful_shutdown=LAST_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="replicate-api")
        thread.start()
        url = f"http://{host}:{listening.getsockname()[1]}"
        log.info("Replicate's API is at %s", url)
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


def wait_for_signal() -> int:
    """Return 0 when a signal says to end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in numbers}
    try:
        told.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0
