"""A Cog server as an upstream: `http://host:port`, which `precis serve` or an image of it answers at.

Knows: Cog's HTTP. A prediction's output streams, also where the caller waits for all of it: so a server that has died
is told from one that is slow, and a connection that is closed cancels the prediction.
"""

import json
from http import HTTPStatus

import aiohttp

from batch.answers import retry_after
from batch.target import BrokenError, BusyError, DownError
from errors import Fault, PrecisError, UserError
from gateway.upstreams.upstream import Ended, Events, Log, OutputReader, Work, dumps, output_format
from serving.client import CONNECT_SECONDS, end_of, error_from, reason
from serving.events import Decoder

SILENCE_SECONDS = 60.0  # Cog sends something every 15
_MAX_BODY = 100_000_000  # that Cog takes
_NONSENSE = (ValueError, RecursionError, KeyError, TypeError, AttributeError)  # what reading it as Cog's comes to
_ASK = aiohttp.ClientTimeout(total=5.0)


class CogUpstream:
    """One server."""

    def __init__(self, url: str) -> None:
        """`url` is its address, such as http://127.0.0.1:5000."""
        self._url = url.rstrip("/")
        self.name = _without_password(self._url)  # which metrics and /readyz tell everybody
        self._client: aiohttp.ClientSession | None = None

    async def events(self, work: Work) -> Events:
        """Run a prediction."""
        inputs = {**work.inputs, "output_format": output_format(work)}
        body = dumps({"input": inputs, "context": {"request_id": work.request_id, **work.headers}})
        if len(body) > _MAX_BODY:
            raise UserError("E1005", f"the inputs are {len(body):,} bytes with their files; the limit is {_MAX_BODY:,}")
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json", **work.headers}
        # A redirect would take the document to somebody whom nobody named.
        request = self._session.post(f"{self._url}/predictions", data=body, headers=headers, allow_redirects=False)
        try:
            async with request as answer:
                if answer.status != HTTPStatus.OK:
                    raise _refusal(answer, await answer.read())
                async for event in _events(answer):
                    yield event
        except aiohttp.ClientConnectorError as error:
            raise DownError(type(error).__name__) from None
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise BrokenError(type(error).__name__) from None

    async def is_up(self) -> bool:
        """Ask its health."""
        try:
            async with self._session.get(f"{self._url}/health-check", timeout=_ASK) as answer:
                return bool((await answer.json(content_type=None))["status"] in ("READY", "BUSY"))
        except (aiohttp.ClientError, ConnectionError, TimeoutError, *_NONSENSE):
            return False

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        """The connections, which belong to the event loop that asks for them first."""
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
            self._client = aiohttp.ClientSession(
                timeout=timeout, connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._client


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


async def _events(answer: aiohttp.ClientResponse) -> Events:
    """Yield what a stream of Cog's events says. Raises as events() does."""
    reader, decoder = OutputReader(), Decoder()
    ended: Ended | None = None
    try:
        async for piece in answer.content.iter_any():  # to its end: then the connection serves again
            for event, data in decoder.feed(piece):
                if event == "output":
                    for text in reader.feed(data["chunk"]):
                        yield text
                elif event == "log":
                    for line in data["data"].splitlines():
                        yield Log(line)
                elif event == "completed":
                    ended = _ended(data, reader)
    except _NONSENSE:
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


def _refusal(answer: aiohttp.ClientResponse, content: bytes) -> PrecisError | BusyError | DownError:
    """Return what an answer means that is no prediction."""
    match answer.status:
        case HTTPStatus.CONFLICT | HTTPStatus.TOO_MANY_REQUESTS:
            return BusyError("it has no free place", retry_after(answer.headers))
        case HTTPStatus.UNPROCESSABLE_ENTITY | HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _of_inputs(content)
        case _:  # whatever stands there, it is no model that answers
            return DownError(f"it answered {answer.status}")


def _of_inputs(content: bytes) -> PrecisError:
    """Return what is wrong with the inputs, without any value: Cog's messages begin with it."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return Fault("E5012", "the inputs are refused, without a reason in JSON")
    detail = said.get("detail") if isinstance(said, dict) else None
    if isinstance(detail, list):
        return UserError("E1009", "; ".join(_problem(one) for one in detail))
    error = error_from(end_of(str((said.get("error") or detail or "") if isinstance(said, dict) else "")))
    return Fault("E5012", "the inputs are refused, without a code of a model's") if error.code == "E5000" else error


def _problem(one: object) -> str:
    if not isinstance(one, dict):
        return "an input is refused"
    place = one.get("loc")
    name = place[-1] if isinstance(place, list) and place else "an input"
    return f"{name}: {reason(str(one.get('msg', '')))}"
