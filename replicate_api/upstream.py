"""The Cog servers behind the API, all of the same model: its schema, and predictions as streams of events.

Knows: Cog's HTTP. A server that is full (409) or not ready yet (503) is asked again, and the others before it: that is
not the caller's concern. A prediction whose events nobody reads any more is cancelled, since its connection is closed.
Knows nothing of Replicate but how it refuses inputs.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from errors import Fault
from replicate_api.answers import Refused, invalid
from serving.client import end_of
from serving.events import Decoder

FIRST_WAIT_SECONDS = 0.05  # after every server was full; doubles each time, up to
LONGEST_WAIT_SECONDS = 2.0
MAX_BODY = 100 * 1024 * 1024  # Cog's own limit
PATIENCE_SECONDS = 300.0  # with servers that are down: as long as a setup may take
SILENCE_SECONDS = 60.0  # Cog says something every 15
CONNECT_SECONDS = 5.0
SCHEMA_SECONDS = 5.0  # after which it may be another: `--reload` starts a server anew

Event = tuple[str, dict[str, Any]]


@dataclass(eq=False)
class _Server:
    """One of them."""

    url: str
    in_flight: int = 0


class Upstream:
    """One or more Cog servers."""

    def __init__(self, urls: list[str], client: httpx.AsyncClient) -> None:
        """`client` must use no proxy: it would not know this machine's loopback address."""
        self._servers = [_Server(url.rstrip("/")) for url in urls]
        self._client = client
        self._schema: dict[str, Any] | None = None
        self._asked_at = float("-inf")  # monotonic

    async def schema(self) -> dict[str, Any]:
        """The model's OpenAPI document. Raises Fault E5003 when no server answers and none ever did."""
        if time.monotonic() - self._asked_at > SCHEMA_SECONDS:
            for server in self._servers:
                with suppress(httpx.HTTPError, ValueError):
                    answer = await self._client.get(f"{server.url}/openapi.json", timeout=CONNECT_SECONDS)
                    self._schema, self._asked_at = answer.raise_for_status().json(), time.monotonic()
                    break
        if self._schema is None:
            raise Fault("E5003", f"none of {len(self._servers)} Cog servers answers")
        return self._schema

    async def events(self, prediction_id: str, inputs: dict[str, Any]) -> AsyncGenerator[Event, None]:
        """Run a prediction and yield Cog's events: accepted, start, output, log, completed; waiting where it must.

        Raises Refused, 413 and 422, when the inputs are wrong, and Fault E5001 and E5003.
        """
        body = json.dumps({"id": prediction_id, "input": inputs}).encode("ascii")
        if len(body) > MAX_BODY:
            raise Refused(413, f"The inputs, {len(body):,} bytes with their files, are over the limit of {MAX_BODY:,}.")
        wait, down_since = FIRST_WAIT_SECONDS, time.monotonic()
        while True:
            for server in sorted(self._servers, key=lambda server: server.in_flight):
                async with self._post(server, body) as response:
                    if response is not None and response.status_code == HTTPStatus.OK:
                        yield "accepted", {}
                        async with aclosing(_read(response)) as events:
                            async for event in events:
                                yield event
                        return
                    if response is not None and response.status_code == HTTPStatus.CONFLICT:
                        down_since = time.monotonic()
                    elif response is not None and response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                        raise await _refusal(response)
            if time.monotonic() - down_since > PATIENCE_SECONDS:
                raise Fault("E5003", f"no Cog server was ready for {PATIENCE_SECONDS:g} s")
            yield "waiting", {}
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # apart from others that were refused with us
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    @asynccontextmanager
    async def _post(self, server: _Server, body: bytes) -> AsyncIterator[httpx.Response | None]:
        """Begin a prediction; None when nobody answers. Raises Fault E5001."""
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
        request = self._client.build_request("POST", f"{server.url}/predictions", content=body, headers=headers)
        server.in_flight += 1
        response = None
        try:
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                pass  # a server that ends; if it had begun, it has cancelled
            except httpx.TransportError as error:
                raise _broken(error) from None
            yield response
        finally:
            server.in_flight -= 1
            if response is not None:
                await response.aclose()


async def _read(response: httpx.Response) -> AsyncGenerator[Event, None]:
    """Yield the events of a response, and read it to its end: then its connection serves again.

    Raises Fault E5001 when there is no last event.
    """
    decoder = Decoder()
    is_completed = False
    try:
        async for piece in response.aiter_raw():
            for event in decoder.feed(piece):
                is_completed = is_completed or event[0] == "completed"
                yield event
    except (httpx.TransportError, ValueError) as error:
        if not is_completed:
            raise _broken(error) from None
    if not is_completed:
        raise Fault("E5001", "the server closed the stream before the output was complete")


async def _refusal(response: httpx.Response) -> Exception:
    """Turn Cog's answer into Replicate's: 422 with the fields' names, or a fault of ours."""
    try:
        answer = json.loads(await response.aread())
    except (httpx.TransportError, ValueError):
        answer = {}
    detail = answer.get("detail") if isinstance(answer, dict) else None
    if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and isinstance(detail, list):
        return invalid({".".join(map(str, problem["loc"][1:])): end_of(str(problem["msg"])) for problem in detail})
    if response.is_client_error:
        text = end_of(str(answer.get("error", ""))) if isinstance(answer, dict) else ""
        too_large = response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return Refused(413 if too_large else 422, text or f"the inputs were refused with {response.status_code}")
    return Fault("E5000", f"the Cog server answered {response.status_code}")


def _broken(error: Exception) -> Fault:
    return Fault("E5001", f"the connection to the Cog server broke ({type(error).__name__})")
