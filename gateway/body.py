"""A request's body, read up to a limit and no further.

Knows: JSON, forms, sizes. Knows nothing of inputs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.types import Message

from errors import UserError

_MOST_FILES, _MOST_FIELDS = 2, 256
_FIELD_BYTES = 32_000_000  # of one that is no file, and so is held in memory


def limited(request: Request, most: int) -> Request:
    """Return the request with a body of at most `most` bytes. Raises UserError E7004, here or where it is read."""
    if int(request.headers.get("content-length") or 0) > most:
        raise _too_large(int(request.headers["content-length"]), most)
    size = 0

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(size, most)
        return message

    return Request(request.scope, receive)


@asynccontextmanager
async def form(request: Request, most: int) -> AsyncIterator[FormData]:
    """The fields and files of a form, which lie in a folder of temporary files meanwhile. Raises UserError E7006."""
    try:
        found = await request.form(
            max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=min(most, _FIELD_BYTES)
        )
    except HTTPException as error:  # of which the text may quote the body
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise UserError("E7006", "the body is no form of the type that it says") from None
    try:
        yield found
    finally:
        await found.close()


def _too_large(size: int, most: int) -> UserError:
    return UserError("E7004", f"the body has {size:,} bytes or more; the limit is {most:,}")
