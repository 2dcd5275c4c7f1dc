"""Webhooks: what is told of a prediction, signed, to the address that came with it.

Knows: that Replicate tells of output and logs no more often than every half second, of the start and the end always,
and of the end last, several times if need be. Knows nothing of who receives them.
"""

import asyncio
import json
import logging
import secrets
from typing import Any

import httpx

from replicate_api.faults import Faults
from replicate_api.prediction import Prediction
from serving import signing

log = logging.getLogger("precis.replicate_api")

EVENTS = ("start", "output", "logs", "completed")
THROTTLE_SECONDS = 0.5
RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0)  # after each failure to tell of the end
TIMEOUT_SECONDS = 10.0


class Webhooks:
    """Tells of predictions."""

    def __init__(self, client: httpx.AsyncClient, faults: Faults) -> None:
        self._client = client
        self._faults = faults
        self._key = secrets.token_bytes(24)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def secret(self) -> str:
        """What receivers verify signatures with."""
        return signing.secret_of(self._key)

    def follow(self, prediction: Prediction) -> None:
        """Tell of a prediction whatever it wants told, until it is over."""
        if prediction.webhook:
            task = asyncio.create_task(self._follow(prediction, prediction.webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Finish what can be told within `seconds`."""
        if self._tasks:
            await asyncio.wait([*self._tasks], timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def _follow(self, prediction: Prediction, url: str) -> None:
        seen = 0
        while prediction.started_at is None and not prediction.is_over:
            await prediction.changed()
        if "start" in prediction.webhook_events and prediction.started_at:
            await self._send(prediction, url)
        while not prediction.is_over:
            if {name for name, _ in prediction.history[seen:]} & prediction.webhook_events:
                seen = len(prediction.history)
                await self._send(prediction, url)
                await prediction.ended(THROTTLE_SECONDS)
            else:
                seen = len(prediction.history)
                await prediction.changed()
        if "completed" in prediction.webhook_events:
            await self._send(prediction, url, RETRY_SECONDS)

    async def _send(self, prediction: Prediction, url: str, waits: tuple[float, ...] = ()) -> None:
        """Tell of a prediction as it is, again after each of `waits` while nobody hears it."""
        if self._faults.hit("lost_webhook"):
            return
        body = json.dumps(prediction.as_json(), separators=(",", ":")).encode("ascii")
        message_id = f"msg_{secrets.token_hex(13)}"
        for wait in (*waits, None):
            if await self._post(url, message_id, body):
                return
            if wait is not None:
                await asyncio.sleep(wait)
        log.warning("a webhook of prediction %s was not taken", prediction.id)

    async def _post(self, url: str, message_id: str, body: bytes) -> bool:
        """Whether a receiver takes a message."""
        headers = signing.headers(self._key, message_id, body)
        try:
            answer = await self._client.post(url, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success


def wanted(webhook: Any, events: Any) -> frozenset[str] | None:
    """The events that a request wants told; all without a list of them. None where it asks for what there is not."""
    if webhook is not None and not (isinstance(webhook, str) and webhook.startswith(("http://", "https://"))):
        return None
    if not events:
        return frozenset(EVENTS)
    return frozenset(events) if isinstance(events, list) and all(event in EVENTS for event in events) else None
