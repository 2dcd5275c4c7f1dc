"""A prediction as server-sent events, as Replicate streams them.

Knows: the form that the clients need: an id on each event, lines that end at LF alone, a comment before a silence is
thirty seconds long, `error` before `done`. Knows nothing of what runs.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from replicate_api.prediction import Prediction

KEEP_ALIVE_SECONDS = 10.0

_COMMENT = b":\n\n"
_REASONS = {"succeeded": {}, "canceled": {"reason": "canceled"}}
# replicate's client for Python ends a line at each of these and loses the rest of it.
_LINE_ENDS = str.maketrans(dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"))


async def stream(prediction: Prediction, after: int) -> AsyncIterator[bytes]:
    """Yield the events from number `after` on as they come, until the prediction is over."""
    yield _COMMENT
    while True:
        history = prediction.history[after:]
        if history:
            yield b"".join(_event(name, after + number, text) for number, (name, text) in enumerate(history))
            after += len(history)
        if prediction.is_over:
            break
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await prediction.changed()
        except TimeoutError:
            yield _COMMENT
    if prediction.status == "failed":
        yield _event("error", after, prediction.error or "the prediction failed")
    reason = _REASONS.get(prediction.status, {"reason": "error"})
    yield _event("done", after + 1, json.dumps(reason))


def _event(name: str, number: int, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").translate(_LINE_ENDS).split("\n")
    data = "".join(f"data: {line}\n" for line in lines)
    return f"event: {name}\nid: {number}\n{data}\n".encode("utf-8", "replace")
