"""The gateway's HTTP server, in the foreground.

Knows: uvicorn, signals. What is being answered when a signal comes has a while to end. Knows nothing of routes.
"""

import logging
import socket

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from errors import UserError
from gateway import app
from gateway.settings import Settings
from gateway.telemetry import logs, tracing
from serving import core_dumps
from serving.http1 import MAX_HEAD

log = logging.getLogger("precis.gateway")

LAST_SECONDS = 30
KEEP_ALIVE_SECONDS = 75  # longer than clients keep an idle connection: it is they who should end it


class _Protocol(HttpToolsProtocol):
    """A connection whose requests have heads of at most MAX_HEAD bytes, read at once or one byte a minute."""

    _unread = 0  # bytes since the last head, or piece of a body, was whole

    def data_received(self, data: bytes) -> None:
        """Read on, or end it."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body is."""
        self._unread = 0
        super().on_body(body)


def run(settings: Settings) -> int:
    """Serve until a signal ends it. Raises UserError E3003, and what the parts raise when they begin."""
    core_dumps.forbid()  # documents pass through here
    logs.set_up()
    tracing.set_up()
    application = app.make(settings)
    try:
        listening = socket.create_server((settings.host, settings.port), backlog=1024)
    except (OSError, OverflowError) as error:
        raise UserError("E3003", f"port {settings.port} of {settings.host} cannot be listened on: {error}") from None
    with listening:
        # Its own logs stay silent: they would have paths with secrets, and tracebacks that may quote a document.
        config = uvicorn.Config(
            application,
            loop="uvloop",
            http=_Protocol,
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LAST_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        server = uvicorn.Server(config)
        log.info("the gateway is at http://%s:%d", settings.host, listening.getsockname()[1])
        server.run([listening])
    return 0 if server.started else 1
