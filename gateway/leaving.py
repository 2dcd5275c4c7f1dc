"""A caller that leaves before its answer: what was under way for it ends.

Knows: ASGI's word for that. Knows nothing of what is under way.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from fastapi import Request

GONE = 499  # a status, as nginx has it; nobody reads the answer

Result = TypeVar("Result")


class GoneError(Exception):
    """Nobody waits for the answer any more."""


async def unless_gone(request: Request, wanted: Awaitable[Result]) -> Result:
    """Return what is wanted; when the caller leaves before, it is cancelled. Raises GoneError."""

    async def want() -> Result:
        return await wanted

    async def leave() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    task, left = asyncio.ensure_future(want()), asyncio.ensure_future(leave())
    try:
        await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise GoneError
        return task.result()
    finally:
        await cancelled(task)
        await cancelled(left)


async def cancelled(task: "asyncio.Task[Any]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
