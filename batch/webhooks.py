"""News of predictions by webhook: who listens for it, and what is believed.

An event is news and no more: what has become of the prediction is then asked for, and of one that never comes the
polling tells, only later. So a webhook that is lost, forged or repeated costs a request at most.

Knows: Standard Webhooks (https://www.standardwebhooks.com) and just enough HTTP to be posted to. Knows nothing of what
a prediction is of.
"""

import asyncio
import binascii
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from batch.target import StopError
from errors import UserError
from serving import http1, signing

log = logging.getLogger("precis.batch")

SKEW_SECONDS = 300.0  # between the sender's clock and ours
_MOST_BYTES = 64_000_000  # of an event, which has the whole output; of a larger one the polling tells
_AT_ONCE = 4  # events whose body is held
_SECONDS = 30.0  # in which one must have come whole
_UNCLAIMED = 1_000  # ids whose events came before anybody waited for them

Listener = Callable[[str], None]  # takes the status


class RefusedError(Exception):
    """A webhook that is not believed."""


class Verifier:
    """Tells webhooks that are signed, of now and new from all others."""

    def __init__(self, secret: str) -> None:
        """`secret` is as `webhooks/default/secret` has it: whsec_ and base64. Raises ValueError for any other."""
        self._key = signing.key_of(secret)
        self._seen: dict[str, float] = {}  # ids, for as long as their timestamps would be taken

    def check(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Raise RefusedError unless the webhook is to be believed. Names of `headers` are in lower case."""
        message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not (message_id and timestamp.isdecimal() and timestamp.isascii()):
            raise RefusedError("it has no id or no timestamp")
        skew = now - int(timestamp)
        if abs(skew) > SKEW_SECONDS:
            raise RefusedError(f"its clock and ours are {abs(skew):,.0f} s apart; {SKEW_SECONDS:,.0f} s are taken")
        expected = signing.signature(self._key, message_id, timestamp, body).encode()
        given = headers.get("webhook-signature", "").split()  # several while one secret replaces another
        if not any(hmac.compare_digest(expected, one.encode()) for one in given):
            raise RefusedError("its signature is wrong")
        if message_id in self._seen:
            raise RefusedError("it came before")
        self._seen = {seen: at for seen, at in self._seen.items() if now - at <= 2 * SKEW_SECONDS}
        self._seen[message_id] = now


class Webhooks:
    """Listens at a port, once it is opened, for all targets of a run."""

    def __init__(self, url: str, port: int | None = None) -> None:
        """`url` is where they are sent; `port` where they arrive, when something passes them on from there.

        Raises UserError E1009.
        """
        try:
            parts = urlsplit(url)
            own = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError):
            raise UserError("E1009", f"webhook is {url[:80]!r}; it must be an http or https URL") from None
        self.url = url
        self._port = own if port is None else port
        self._listeners: dict[str, Listener] = {}
        self._unclaimed: dict[str, str] = {}  # statuses
        self._opening = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def open(self, secret: Callable[[], Awaitable[str]]) -> None:
        """Listen, unless it does already; `secret` is asked once. Raises StopError E3003, E6005, and as `secret`."""
        async with self._opening:
            if self._server is not None:
                return
            try:
                self._verifier = Verifier(await secret())
            except (ValueError, binascii.Error):
                raise StopError(UserError("E6005", "the secret of webhooks is none of Standard Webhooks")) from None
            try:
                self._server = await asyncio.start_server(self._serve, None, self._port, limit=http1.MAX_HEAD)
            except (OSError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise StopError(UserError("E3003", f"port {self._port} cannot be listened on: {reason}")) from None

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def listen(self, prediction_id: str, listener: Listener) -> None:
        """Have `listener` told when there is news of a prediction: at once, when there was some."""
        self._listeners[prediction_id] = listener
        if prediction_id in self._unclaimed:
            listener(self._unclaimed.pop(prediction_id))

    def forget(self, prediction_id: str) -> None:
        """Have nobody told of this prediction any more."""
        self._listeners.pop(prediction_id, None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one event from a connection, and end it."""
        try:
            async with asyncio.timeout(_SECONDS), self._places:
                status = await self._take(reader)
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _take(self, reader: asyncio.StreamReader) -> str:
        """Take an event; return the status that is answered."""
        try:
            head = await http1.read_request(reader)
            if head is None or head.start[0] != "POST":
                return "405 Method Not Allowed"
            body = await http1.read_body(reader, head, _MOST_BYTES)
            self._verifier.check(head.headers, body, time.time())
            prediction = json.loads(body)
            self._tell(str(prediction["id"]), str(prediction["status"]))
        except http1.TooLargeError:
            return "413 Content Too Large"
        except RefusedError as error:
            log.warning("a webhook was refused: %s", error)
            return "403 Forbidden"
        except (http1.BadMessageError, ValueError, KeyError, TypeError):
            return "400 Bad Request"
        return "204 No Content"

    def _tell(self, prediction_id: str, status: str) -> None:
        if listener := self._listeners.get(prediction_id):
            listener(status)
            return
        self._unclaimed[prediction_id] = status
        while len(self._unclaimed) > _UNCLAIMED:
            del self._unclaimed[next(iter(self._unclaimed))]
