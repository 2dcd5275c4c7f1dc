"""A Cog server as a target: `http://host:port`, which `precis serve` or an image of it answers at.

Knows: Cog's HTTP. A shard is one prediction whose id is ours and whose output streams. When this process dies its
connection does, and the server cancels the prediction; sent again under its id it joins what may still be under way.
"""

import asyncio
import base64
import hashlib
from typing import Any
from uuid import uuid4

import httpx

from batch.answers import failure, retry_after
from batch.shards import Shard
from batch.target import BrokenError, BusyError, DownError, Items, LineReader, Note, Seconds, StopError
from errors import UserError
from serving.client import CONNECT_SECONDS, end_of, reason
from serving.events import Decoder

_STARTING = 600.0  # seconds that a server may start
_SILENCE = 60.0  # seconds; the server sends something every 15
_TABLE = "data:application/jsonl;base64,"
_BODY_BYTES = 100_000_000  # that Cog takes, which base64 fills by three quarters


class CogTarget:
    """One server."""

    places = sure_places = 2  # one shard fills a server, the next is there when it ends
    most_bytes = _BODY_BYTES * 3 // 4 - 1_000_000

    def __init__(self, url: str) -> None:
        """`url` is its address, such as http://127.0.0.1:5000."""
        self.name = url.rstrip("/")
        timeout = httpx.Timeout(_SILENCE, connect=CONNECT_SECONDS, pool=None)
        # A proxy from the environment would not know this machine's loopback address.
        self._client = httpx.AsyncClient(base_url=self.name, timeout=timeout, trust_env=False, limits=httpx.Limits())

    async def identity(self) -> str:
        """The schema's digest: the package that is served. Which model that has, only its container knows.

        A server that starts is waited for.
        """
        try:
            async with asyncio.timeout(_STARTING):
                while await self._status() == "STARTING":  # noqa: ASYNC110 # another process
                    await asyncio.sleep(1)
            answer = await self._client.get("/openapi.json")
        except (httpx.HTTPError, TimeoutError) as error:
            raise DownError(_say(error)) from None
        if not answer.is_success:
            raise DownError(f"it answered {answer.status_code}")
        return hashlib.sha256(answer.content).hexdigest()

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        """Send a shard and yield its lines."""
        ticket = (shard.open and shard.open.ticket) or f"batch-{uuid4().hex}"
        await note(ticket)
        table = _TABLE + base64.b64encode(shard.table()).decode()
        request = self._client.build_request(
            "PUT",
            f"/predictions/{ticket}",
            json={"input": {**options, "documents": table}},
            headers={"Accept": "text/event-stream"},
        )
        try:
            answer = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DownError(_say(error)) from None
        except httpx.HTTPError as error:
            raise BrokenError(_say(error)) from None
        try:
            if answer.status_code != httpx.codes.OK:
                await answer.aread()
                raise _refusal(answer)
            async for item in _items(answer):
                yield item
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise BrokenError(_say(error)) from None
        finally:
            await answer.aclose()

    async def cancel(self, ticket: str) -> None:
        """End a prediction."""
        try:
            await self._client.post(f"/predictions/{ticket}/cancel")
        except httpx.HTTPError:
            return

    async def is_up(self) -> bool:
        """Ask its health."""
        return await self._status() in ("READY", "BUSY")

    async def _status(self) -> str:
        """What it says of itself, nothing when it says nothing."""
        try:
            return str((await self._client.get("/health-check")).json()["status"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _items(answer: httpx.Response) -> Items:
    """Yield what a stream of events says, to its end. Raises BrokenError and StopError."""
    reader, decoder = LineReader(), Decoder()
    async for piece in answer.aiter_bytes():
        for event, data in decoder.feed(piece):
            if event == "output" and (lines := reader.feed(data["chunk"])):
                yield lines
            elif event == "completed":
                yield _ended(data)
                return
    raise BrokenError("the stream ended before the prediction did")


def _ended(prediction: dict[str, Any]) -> Seconds:
    seconds = float((prediction.get("metrics") or {}).get("predict_time") or 0.0)
    if prediction["status"] == "succeeded":
        return Seconds(seconds)
    raise failure(prediction.get("status"), prediction.get("error"), seconds)


def _refusal(answer: httpx.Response) -> BusyError | BrokenError | DownError | StopError:
    """Return what an answer means that is no prediction."""
    match answer.status_code:
        case httpx.codes.CONFLICT | httpx.codes.TOO_MANY_REQUESTS:
            return BusyError("it has no free place", retry_after(answer.headers))
        case httpx.codes.UNPROCESSABLE_ENTITY | httpx.codes.BAD_REQUEST | httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return StopError(UserError("E6007", f"the model refuses what is asked of all documents: {_detail(answer)}"))
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return StopError(UserError("E6005", f"it answered {answer.status_code}; nothing was tried again"))
        case httpx.codes.NOT_FOUND:
            return StopError(UserError("E6006", "it answered 404: there is no such model, version or deployment"))
        case httpx.codes.SERVICE_UNAVAILABLE | httpx.codes.BAD_GATEWAY | httpx.codes.GATEWAY_TIMEOUT:
            return DownError(f"it answered {answer.status_code}")
        case _:
            return BrokenError(f"it answered {answer.status_code}")


def _detail(answer: httpx.Response) -> str:
    """Return which inputs are refused and why, without any value: Cog's messages begin with it."""
    try:
        said = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    if isinstance(said, dict) and isinstance(said.get("detail"), list):
        return "; ".join(f"{problem['loc'][-1]}: {reason(str(problem['msg']))}" for problem in said["detail"])
    return end_of(str(said.get("error") or said.get("detail") or "")) if isinstance(said, dict) else ""


def _say(error: Exception) -> str:
    name = type(error).__name__
    return f"nothing answers ({name})" if isinstance(error, httpx.ConnectError) else name
