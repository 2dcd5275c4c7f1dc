"""What a request says, held to what it may say: its token, its body, how long it waits, when it gives up.

Knows: headers and bodies of Replicate's API. Nothing here quotes a token. Knows nothing of what is done about them.
"""

import hmac
import json
import re
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive

from replicate_api.answers import Refused, invalid, unauthenticated
from replicate_api.files import MAX_BYTES
from replicate_api.upstream import MAX_BODY

LONGEST_WAIT_SECONDS = 55.0  # clients that wait for 60 give up, or ask again, soon after
LONGEST_LIFE_SECONDS = 24 * 3600.0
SHORTEST_LIFE_SECONDS = 5.0

_FORM_SLACK = 100_000  # bytes of a form beside its file
_CLIENT = {"auth", "baseUrl", "userAgent"}
_WAIT = re.compile(r"(?:^|[,;\s])wait(?:=(\d+(?:\.\d+)?))?(?:$|[,;\s])")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


def check_token(request: Request, token: str | None) -> None:
    """Raise Refused, 401, unless a request carries `token`, or any where there is none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not given.strip():
        raise unauthenticated("You did not pass an authentication token.")
    if token and not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise unauthenticated("You did not pass a valid authentication token.")


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a body. Raises Refused, 400, 413 and 422."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise Refused(413, f"The request's body is over the limit of {MAX_BODY:,} bytes.")
    try:
        value = json.loads(body, parse_constant=_refuse_constant) if body.strip() else {}
    except (ValueError, RecursionError):
        raise Refused(400, f"The request's body, {len(body):,} bytes, is not JSON.") from None
    if not isinstance(value, dict):
        raise invalid({"body": "must be a JSON object"})
    return value


def inputs_of(body: dict[str, Any]) -> dict[str, Any]:
    """The inputs that a create asks for. Raises Refused, 422."""
    inputs = body.get("input")
    if not isinstance(inputs, dict):
        raise invalid({"input": "must be an object of the model's inputs"})
    if inputs.keys() >= _CLIENT:  # the JavaScript client's fileEncodingStrategy "data-uri" sends itself, token and all
        raise invalid({"input": "is a client and not a model's inputs; use its fileEncodingStrategy 'upload'"})
    return inputs


def wait_seconds(request: Request) -> float | None:
    """How long `Prefer: wait` asks a create to wait, no longer than clients do; None when it does not."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    if found is None:
        return None
    return min(float(found[1] or LONGEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)


def life_seconds(request: Request) -> float | None:
    """When `Cancel-After` ends a prediction: 90, 90s, 5m, 1h30m45s. Raises Refused, 422."""
    text = request.headers.get("cancel-after")
    if text is None:
        return None
    found = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    life = hours * 3600.0 + minutes * 60 + seconds
    if not SHORTEST_LIFE_SECONDS <= life <= LONGEST_LIFE_SECONDS:
        limits = f"{SHORTEST_LIFE_SECONDS:g} s to {LONGEST_LIFE_SECONDS / 3600:g} h"
        raise invalid({"Cancel-After": f"must be a time such as 90s, 5m or 1h30m, of {limits}"})
    return life


async def read_upload(request: Request) -> tuple[UploadFile, dict[str, Any]]:
    """The file and its metadata in a form. Raises Refused, 413 and 422."""
    limited = Request(request.scope, _limited(request.receive, MAX_BYTES + _FORM_SLACK))
    form = await limited.form(max_files=2, max_fields=8)
    content = form.get("content")
    if not isinstance(content, UploadFile):
        raise invalid({"content": "must be a file in a form"})
    if (content.size or 0) > MAX_BYTES:
        raise _too_large(MAX_BYTES)
    metadata = form.get("metadata", "")
    text = await metadata.read(_FORM_SLACK) if isinstance(metadata, UploadFile) else metadata
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise invalid({"metadata": "must be a JSON object"})
    return content, value


def _limited(receive: Receive, limit: int) -> Receive:
    """Receive no more than `limit` bytes of a body. Raises Refused, 413."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(MAX_BYTES)
        return message

    return limited


def _too_large(limit: int) -> Refused:
    return Refused(413, f"The file is over the limit of {limit:,} bytes.")


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
