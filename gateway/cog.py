"""A Cog server as an upstream: `http://host:port`, which `precis serve` or an image of it answers at.

Knows: Cog's HTTP. A prediction's output streams, also where the caller waits for all of it: so a server that has died
is told from one that is slow, and a connection that is closed cancels the prediction.
"""

import httpx

from batch.answers import retry_after
from batch.target import BrokenError, BusyError, DownError
from errors import Fault, PrecisError, UserError
from gateway.upstream import Ended, Events, Log, OutputReader, Work, dumps, output_format
from serving.client import CONNECT_SECONDS, end_of, error_from
from serving.events import Decoder

SILENCE_SECONDS = 60.0  # Cog sends something every 15
_MAX_BODY = 100_000_000  # that Cog takes
_ASK_SECONDS = 5.0


class CogUpstream:
    """One server."""

    def __init__(self, url: str, most: int) -> None:
        """`most` predictions at once are sent to `url`, such as http://127.0.0.1:5000."""
        self.name = url.rstrip("/")
        timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=most)
        # A proxy from the environment would not know this machine's loopback address.
        self._client = httpx.AsyncClient(base_url=self.name, timeout=timeout, trust_env=False, limits=limits)

    async def events(self, work: Work) -> Events:
        """Run a prediction."""
        inputs = {**work.inputs, "output_format": output_format(work)}
        body = dumps({"input": inputs, "context": {"request_id": work.request_id, **work.headers}})
        if len(body) > _MAX_BODY:
            raise UserError("E1005", f"the inputs are {len(body):,} bytes with their files; the limit is {_MAX_BODY:,}")
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json", **work.headers}
        request = self._client.build_request("POST", "/predictions", content=body, headers=headers)
        try:
            answer = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DownError(type(error).__name__) from None
        except httpx.TransportError as error:
            raise BrokenError(type(error).__name__) from None
        try:
            if answer.status_code != httpx.codes.OK:
                await answer.aread()
                raise _refusal(answer)
            async for event in _events(answer):
                yield event
        except httpx.TransportError as error:
            raise BrokenError(type(error).__name__) from None
        finally:
            await answer.aclose()

    async def is_up(self) -> bool:
        """Ask its health."""
        try:
            answer = await self._client.get("/health-check", timeout=_ASK_SECONDS)
            return bool(answer.json()["status"] in ("READY", "BUSY"))
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _events(answer: httpx.Response) -> Events:
    """Yield what a stream of Cog's events says. Raises as events() does."""
    reader, decoder = OutputReader(), Decoder()
    ended: Ended | None = None
    try:
        async for piece in answer.aiter_raw():  # to its end: then the connection serves again
            for event, data in decoder.feed(piece):
                if event == "output":
                    for text in reader.feed(data["chunk"]):
                        yield text
                elif event == "log":
                    for line in data["data"].splitlines():
                        yield Log(line)
                elif event == "completed":
                    ended = _ended(data, reader)
    except (ValueError, KeyError, TypeError):
        raise Fault("E5012", "its events are none of Cog's") from None
    if ended is None:
        raise BrokenError("the stream ended before the prediction did")
    yield ended


def _ended(prediction: dict[str, object], reader: OutputReader) -> Ended:
    match prediction.get("status"):
        case "succeeded":
            metrics = prediction.get("metrics")
            return Ended(reader.whole(), metrics if isinstance(metrics, dict) else {})
        case "failed":
            raise failed(str(prediction.get("error") or ""))
        case status:
            raise BrokenError(f"the prediction ended as {status}")


def failed(message: str) -> PrecisError | BrokenError:
    """Return what a failed prediction means: the caller's mistake, ours, or a worker that died under it."""
    error = error_from(message)
    is_lost = error.code in ("E5000", "E5001", "E5003", "E5008")
    return BrokenError(f"the prediction failed ({error.code})") if is_lost else error


def _refusal(answer: httpx.Response) -> PrecisError | BusyError | DownError:
    """Return what an answer means that is no prediction."""
    match answer.status_code:
        case httpx.codes.CONFLICT | httpx.codes.TOO_MANY_REQUESTS:
            return BusyError("it has no free place", retry_after(answer))
        case httpx.codes.UNPROCESSABLE_ENTITY | httpx.codes.BAD_REQUEST | httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return _of_inputs(answer)
        case _:  # whatever stands there, it is no model that answers
            return DownError(f"it answered {answer.status_code}")


def _of_inputs(answer: httpx.Response) -> PrecisError:
    """Return what is wrong with the inputs, without any value: Cog's messages begin with it."""
    try:
        said = answer.json()
    except ValueError:
        return Fault("E5012", f"it answered {answer.status_code} and no JSON")
    detail = said.get("detail") if isinstance(said, dict) else None
    if isinstance(detail, list):
        return UserError("E1009", "; ".join(_problem(one) for one in detail))
    return error_from(end_of(str((said.get("error") or detail or "") if isinstance(said, dict) else "")))


def _problem(one: object) -> str:
    if not isinstance(one, dict):
        return "an input is refused"
    place = one.get("loc")
    name = place[-1] if isinstance(place, list) and place else "an input"
    return f"{name}: {end_of(str(one.get('msg', 'is refused')))}"
