"""What stands before all routes: a request gets its id, and whatever goes wrong is answered as a problem.

Knows: ids, errors, ASGI. An id that the caller sends is kept, so that one id is seen from its logs to the model's.
Knows nothing of routes.
"""

import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import Fault, PrecisError, UserError, public
from gateway import problems

ID = "X-Request-Id"
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Edge:
    """An application whose requests have an id, and that never raises: a traceback in a log may quote a document."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(ID, "")
        request_id = given if _GOOD_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)  # in all that is logged of it

        has_begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                MutableHeaders(scope=message)[ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            fault = public(error)  # which logs where it comes from
            if not has_begun:
                await answer(Request(scope), fault)(scope, receive, send_with_id)


def request_id(request: Request) -> str:
    """Return the id of a request."""
    return str(getattr(request.state, "request_id", ""))


def answer(request: Request, error: PrecisError, status: HTTPStatus | None = None) -> JSONResponse:
    """Return an error as an answer."""
    request.state.error = error
    said = problems.problem(error, request_id(request), status)
    return JSONResponse(said, said["status"], problems.headers(error), problems.MEDIA_TYPE)


async def on_error(request: Request, error: Exception) -> Response:
    """Answer with an error of ours."""
    return answer(request, public(error))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer with what the framework refuses: a path or a method that there is not, a form that is none."""
    status = HTTPStatus(getattr(error, "status_code", 500))
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        said = answer(request, UserError("E7014", "there is nothing here, or not with this method"), status)
    elif status < HTTPStatus.INTERNAL_SERVER_ERROR:
        said = answer(request, UserError("E7006", "the body cannot be read as what it says that it is"), status)
    else:
        said = answer(request, Fault("E5000"))
    said.headers.update(getattr(error, "headers", None) or {})
    return said


async def on_bad_parameter(request: Request, error: Exception) -> Response:
    """Answer with which parameter is wrong, without its value."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in found)
    return answer(request, UserError("E7006", said), HTTPStatus.UNPROCESSABLE_ENTITY)


HANDLERS: dict[int | type[Exception], Callable[[Request, Exception], Coroutine[Any, Any, Response]]] = {
    PrecisError: on_error,
    HTTPException: on_http_error,
    RequestValidationError: on_bad_parameter,
}
