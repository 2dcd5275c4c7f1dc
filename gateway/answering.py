"""A summary as an answer: one JSON object, or server-sent events as they come.

Knows: what is said of a summary and of each event. Knows nothing of where events come from.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from errors import Fault, public
from gateway.edge import request_id
from gateway.leaving import cancelled
from gateway.problems import problem
from gateway.upstreams.upstream import Ended, Event, Events, Log, Piece

KEEP_ALIVE_SECONDS = 10.0


def whole(ended: Ended, request: Request) -> str:
    """Return a summary as a JSON object. Raises Fault E5012 for what is none."""
    return _json(_said(ended, request, with_source=False))


async def stream(first: Event, events: Events, request: Request, *, with_source: bool) -> AsyncGenerator[bytes, None]:
    """Yield what happens as server-sent events, numbered from 0."""
    yield _event(0, "start", {"id": request_id(request)})
    number = 1
    try:
        async with aclosing(_with_pauses(events)) as following:
            yield _event(number, *_named(first, request, with_source))
            async for event in following:
                if event is None:
                    yield KEEPALIVE_COMMENT
                    continue
                number += 1
                yield _event(number, *_named(event, request, with_source))
    except Exception as error:
        shown = public(error)
        request.state.error = shown
        yield _event(number + 1, "error", problem(shown, request_id(request)))


def _said(ended: Ended, request: Request, *, with_source: bool) -> dict[str, Any]:
    """Return the whole as JSON, with `source`, the text as it was read, or without."""
    said = {"id": request_id(request), **ended.summary, "predict_time": ended.metrics.get("predict_time")}
    if not with_source:
        said.pop("source", None)
    return said


def _named(event: Event, request: Request, with_source: bool) -> tuple[str, dict[str, Any]]:
    match event:
        case Piece():
            return "output", {"text": event.text}
        case Log():
            return "log", {"line": event.line}
        case Ended():
            return "done", _said(event, request, with_source=with_source)


def _event(number: int, name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=_json(data), event=name, id=str(number))


def _json(data: dict[str, Any]) -> str:
    """Return it in ASCII: a text of a caller's may be no valid Unicode. Raises Fault E5012 for what JSON has not."""
    try:
        return json.dumps(data, allow_nan=False)
    except (ValueError, RecursionError):
        raise Fault("E5012", "the summary has what JSON cannot say") from None


async def _with_pauses(events: Events) -> AsyncGenerator[Event | None, None]:
    """Yield events, and None where none came for a while. Closes them."""
    pending: asyncio.Task[Event] | None = None
    async with aclosing(events):
        try:
            while True:
                pending = pending or asyncio.ensure_future(_next(events))
                await asyncio.wait({pending}, timeout=KEEP_ALIVE_SECONDS)
                if not pending.done():
                    yield None
                    continue
                done, pending = pending, None
                try:
                    event = done.result()
                except StopAsyncIteration:
                    return
                yield event
        finally:
            if pending is not None:
                await cancelled(pending)


async def _next(events: Events) -> Event:
    return await anext(events)
