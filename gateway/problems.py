"""Errors as answers: RFC 9457 problems that carry our stable codes.

Knows: which status a code has. Knows nothing of what went wrong.
"""

from http import HTTPStatus
from typing import Any

from errors import FAULTS, USER_ERRORS, PrecisError, UserError

MEDIA_TYPE = "application/problem+json"

_STATUSES = {
    "E1005": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "E3002": HTTPStatus.TOO_MANY_REQUESTS,
    "E5001": HTTPStatus.BAD_GATEWAY,
    "E5002": HTTPStatus.GATEWAY_TIMEOUT,
    "E5003": HTTPStatus.SERVICE_UNAVAILABLE,
    "E5008": HTTPStatus.SERVICE_UNAVAILABLE,
    "E5011": HTTPStatus.SERVICE_UNAVAILABLE,
    "E5012": HTTPStatus.BAD_GATEWAY,
    "E7001": HTTPStatus.UNAUTHORIZED,
    "E7002": HTTPStatus.FORBIDDEN,
    "E7003": HTTPStatus.FORBIDDEN,
    "E7004": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "E7005": HTTPStatus.BAD_REQUEST,
    "E7006": HTTPStatus.BAD_REQUEST,
    "E7007": HTTPStatus.TOO_MANY_REQUESTS,
    "E7008": HTTPStatus.TOO_MANY_REQUESTS,
    "E7010": HTTPStatus.CONFLICT,
    "E7011": HTTPStatus.NOT_FOUND,
    "E7012": HTTPStatus.BAD_REQUEST,
    "E7013": HTTPStatus.TOO_MANY_REQUESTS,
    "E7014": HTTPStatus.NOT_FOUND,
}


class LaterError(UserError):
    """What may go well after some seconds."""

    def __init__(self, code: str, detail: str, retry_after: float) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


def status_of(error: PrecisError) -> HTTPStatus:
    """Return the status of an answer that says this."""
    default = HTTPStatus.UNPROCESSABLE_ENTITY if error.code in USER_ERRORS else HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUSES.get(error.code, default)


def problem(error: PrecisError, request_id: str, status: HTTPStatus | None = None) -> dict[str, Any]:
    """Return the error as RFC 9457 has it."""
    title, _ = (USER_ERRORS | FAULTS)[error.code]
    return {
        "type": "about:blank",
        "title": title,
        "status": int(status or status_of(error)),
        "detail": str(error),
        "code": error.code,
        "request_id": request_id,
    }


def headers(error: PrecisError) -> dict[str, str]:
    """Return what the answer says beside it: when to come again, and how to say who one is."""
    said = {}
    if isinstance(error, LaterError):
        said["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.code == "E7001":
        said["WWW-Authenticate"] = "Bearer"
    return said
