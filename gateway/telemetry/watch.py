"""Each request from its first byte to its answer's last, told to the log, the metrics, the audit log and the trace.

Knows: ASGI, and what routes note of a request in its state: `caller`, `error`, `options`, `tokens`, `documents`, `job`.
A path, a query, a header or a body is told to nobody: a route is told by its pattern.
"""

import time
from contextlib import nullcontext
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry import tracing

log = structlog.get_logger()

_ASKED_BY_MACHINES = ("/healthz", "/readyz", "/metrics")  # every few seconds
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_NOTED = ("options", "documents", "tokens", "job")  # as the audit log has them
_UNKNOWN_CALLER = "E7001"


class Watch:
    """An application whose requests are told of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        size, status = 0, 500

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        is_machine = scope["path"] in _ASKED_BY_MACHINES
        with nullcontext() if is_machine else tracing.request(Headers(scope=scope)) as span:
            try:
                await self._app(scope, receive_counted, send_noted)
            finally:
                said = _said(scope, status) | {"seconds": round(time.perf_counter() - began, 4), "bytes": size}
                if span is not None:
                    span.set_attributes({f"precis.{name}": value for name, value in said.items() if value is not None})
                    log.info("request", **said)
                _count(scope, said)


def _said(scope: Scope, status: int) -> dict[str, Any]:
    """Return how a request ended, in numbers and names."""
    state, method = scope.get("state", {}), scope["method"]
    error, caller = state.get("error"), state.get("caller")
    return {
        "request_id": state.get("request_id"),
        "method": method if method in _METHODS else "OTHER",
        "route": getattr(scope.get("route"), "path", "") or scope.get("root_path") or "none",  # root_path: of a mount
        "status": status,
        "code": error.code if error is not None else None,
        "token": caller.token_id if caller is not None else None,
    }


def _count(scope: Scope, said: dict[str, Any]) -> None:
    state, here = scope.get("state", {}), scope["app"].state.gateway
    here.metrics.observe_request(said["route"], said["status"], said["seconds"])
    if said["code"] is not None:
        here.metrics.count_error(said["code"])
    if said["token"] is not None or said["code"] == _UNKNOWN_CALLER:  # it was decided whether somebody may
        here.audit(said | {name: state[name] for name in _NOTED if name in state})
