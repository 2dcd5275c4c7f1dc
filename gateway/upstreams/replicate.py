"""Replicate as an upstream: `replicate:owner/name[:version]` or `replicate:deployments/owner/name`.

Knows: predictions, files and streams of Replicate, or of a local API in its place. Its stream is there for the pieces;
what counts is the prediction itself, asked for at the end. Closing a stream does not cancel there: that is asked for.
"""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from batch.replicate_http import ENDS, Replicate, raise_for
from batch.target import BrokenError, DownError, StopError
from contract import data_url
from contract.request import MAX_FILE_BYTES
from errors import Fault, UserError
from gateway.upstreams.cog import failed
from gateway.upstreams.upstream import Ended, Event, Events, Log, OutputReader, Work, output_format

_FILES = ("document", "knowledge")
_LARGEST_DATA_URL = 250_000  # that Replicate takes in an input; what is larger is uploaded
_SHORTEST_CANCEL_AFTER = 5.0
_LOOK_SECONDS = 1.0


class ReplicateUpstream:
    """A model, one version of it, or a deployment."""

    def __init__(self, name: str) -> None:
        """`name` begins with `replicate:`. Raises UserError E6006, and E6005 without a REPLICATE_API_TOKEN."""
        self.name = name
        reference = name.removeprefix("replicate:")
        is_deployment = reference.startswith("deployments/")
        model, _, self._version = reference.removeprefix("deployments/").partition(":")
        if model.count("/") != 1 or not all(model.split("/")):
            raise UserError("E6006", f"{name[:80]!r} must be replicate:[deployments/]OWNER/NAME[:VERSION]")
        owner = f"/{'deployments' if is_deployment else 'models'}/{model}"
        self._path = "/predictions" if self._version else f"{owner}/predictions"
        self._replicate = Replicate()

    async def events(self, work: Work) -> Events:
        """Run a prediction."""
        try:
            prediction = await self._create(work)
        except StopError as stop:
            raise stop.error from None
        ended = False
        try:
            reader = OutputReader()
            stream_url = (prediction.get("urls") or {}).get("stream")
            if stream_url and work.is_streamed:
                async for event in self._stream(stream_url, reader):
                    yield event
            prediction = await self._end_of(prediction["id"])
            ended = True
            yield _ended(prediction)
        except StopError as stop:
            raise stop.error from None
        finally:
            if not ended:
                await asyncio.shield(self._cancel(str(prediction["id"])))

    async def is_up(self) -> bool:
        """Ask for the account."""
        try:
            return (await self._replicate.client.get("/account")).is_success
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self._replicate.aclose()

    async def _create(self, work: Work) -> dict[str, Any]:
        inputs = {name: await self._uploaded(name, value) for name, value in work.inputs.items()}
        body: dict[str, Any] = {"input": {**inputs, "output_format": output_format(work)}, "stream": work.is_streamed}
        if self._version:
            body["version"] = self._version
        headers = {"Cancel-After": f"{max(_SHORTEST_CANCEL_AFTER, work.seconds):.0f}s", **work.headers}
        try:
            answer = await self._replicate.client.post(self._path, json=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DownError(type(error).__name__) from None
        except httpx.HTTPError as error:  # it may have been made, and is cancelled after its time at the latest
            raise BrokenError(type(error).__name__) from None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise DownError(f"it answered {answer.status_code}")
        raise_for(answer)
        made: dict[str, Any] = answer.json()
        return made

    async def _uploaded(self, name: str, value: Any) -> Any:
        """Return an input as it can be sent: a file's large data URL becomes the URL of it.

        Raises UserError E1005 and E1103.
        """
        is_file = name in _FILES and isinstance(value, str) and value[:5].lower() == "data:"
        if not is_file or len(value) <= _LARGEST_DATA_URL:
            return value
        content = data_url.read(value, name, MAX_FILE_BYTES[name])
        files = {"content": ("document", content.data, content.media_type)}
        return str((await self._replicate.request("POST", "/files", files=files)).json()["urls"]["get"])

    async def _stream(self, url: str, reader: OutputReader) -> Events:
        """Yield what is streamed, until that ends in whatever way."""
        with suppress(httpx.HTTPError, Fault):
            headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
            async with self._replicate.client.stream("GET", url, headers=headers) as answer:
                name, data = "", list[str]()
                async for line in answer.aiter_lines():
                    field, _, value = line.partition(":")
                    value = value.removeprefix(" ")
                    if field == "event":
                        name = value
                    elif field == "data":
                        data.append(value)
                    elif not line and name:
                        for event in _events(name, "\n".join(data), reader):
                            yield event
                        if name in ("done", "error"):
                            return
                        name, data = "", []

    async def _end_of(self, prediction_id: str) -> dict[str, Any]:
        while True:
            prediction = await self._replicate.read(f"/predictions/{prediction_id}")
            if prediction["status"] in ENDS:
                return prediction
            await asyncio.sleep(_LOOK_SECONDS)

    async def _cancel(self, prediction_id: str) -> None:
        with suppress(httpx.HTTPError):
            await self._replicate.client.post(f"/predictions/{prediction_id}/cancel")


def _events(name: str, data: str, reader: OutputReader) -> list[Event]:
    if name == "output":
        return list(reader.feed(data))
    return [Log(line) for line in data.splitlines()] if name == "logs" else []


def _ended(prediction: dict[str, Any]) -> Ended:
    if prediction["status"] == "failed":
        raise failed(str(prediction.get("error") or ""))
    if prediction["status"] != "succeeded" or prediction.get("output") is None:
        raise BrokenError(f"the prediction ended as {prediction['status']}")
    reader = OutputReader()
    output = prediction["output"]
    reader.feed(output if isinstance(output, str) else "".join(map(str, output)))
    return Ended(reader.whole(), prediction.get("metrics") or {})
