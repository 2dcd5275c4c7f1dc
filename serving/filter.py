"""What stands in front of Cog's server: all goes through as it is, but for requests that Cog would mistake.

An id that no folder should be named after is refused, and so is one that is under way; a null for an input that may
have none is left out, since Cog's validator takes it for a mistake. A client that has left is told from one that only
stopped sending, which Cog takes for the same: it is sent what every client must pass over, and who has left answers
that with a reset.

Knows: requests, answers, and which of Cog's routes begin a prediction. Knows nothing of how Cog is started or ended.
"""

import asyncio
import json
import select
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from errors import Fault, PrecisError, UserError
from serving import http1
from serving.http1 import Head
from serving.predictions import Predictions, check, new_id

MAX_BODY = 100 * 1024 * 1024  # bytes: Cog's own limit
LOOK_SECONDS = 0.1  # how often one who stopped sending is looked at, and whether all have ended
SETTLE_SECONDS = 0.5  # how often Cog is asked for predictions that nobody waits for
WEBHOOK_SECONDS = 2.0  # what Cog needs to send the last word on a prediction that has ended

_ROUTES = ("predictions", "trainings")  # and /{id}, and /{id}/cancel
_STATUS = {"E3005": HTTPStatus.CONFLICT, "E5008": HTTPStatus.SERVICE_UNAVAILABLE}
_PROBE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PROBE_IN_EVENTS = b"3\r\n:\n\n\r\n"  # a comment, in a chunk of its own
_FRAMING = (b"content-length", b"transfer-encoding", b"expect")


class Filter:
    """Passes requests on to Cog's server at a port of this machine."""

    def __init__(self, port: int, nullable: frozenset[str], predictions: Predictions) -> None:
        """`nullable` are the inputs for which null stands for none."""
        self._port = port
        self._nullable = nullable
        self._predictions = predictions
        self._is_closing = False
        self._cancelled: set[str] = set()
        self._with_webhook: set[str] = set()
        self._webhook_until = 0.0  # the loop's time until which Cog may still be sending one

    def protocol(self) -> asyncio.StreamReaderProtocol:
        """Make what an asyncio server needs for one connection."""
        return asyncio.StreamReaderProtocol(_Reader(limit=http1.MAX_HEAD), self._serve)

    def close(self) -> None:
        """Refuse what would begin a prediction from now on."""
        self._is_closing = True

    async def settle(self) -> None:
        """Give back, for ever, the ids of predictions that have ended, and cancel again what was to be cancelled.

        Cog loses a cancel that reaches its worker before the prediction does, or while the worker looks at the input.
        """
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            for prediction_id in self._predictions.unwatched():
                await self._settle(prediction_id)
            for prediction_id in self._predictions.ids():
                if prediction_id in self._cancelled:
                    await self._cancel(prediction_id)

    async def drained(self) -> None:
        """Return when no prediction is under way and none has a webhook to be sent."""
        loop = asyncio.get_running_loop()
        while len(self._predictions) or loop.time() < self._webhook_until:  # noqa: ASYNC110 # Cog does not tell
            await asyncio.sleep(LOOK_SECONDS)

    async def cancel_all(self) -> None:
        """Cancel every prediction."""
        self._cancelled.update(self._predictions.ids())
        for prediction_id in self._predictions.ids():
            await self._cancel(prediction_id)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, _Reader)  # noqa: S101 # protocol() made it
        try:
            with suppress(OSError):
                while (head := await http1.read_request(reader)) and await self._exchange(head, reader, writer):
                    pass
        except http1.BadMessageError as error:
            writer.write(_answer(UserError("E3006", f"the request is not HTTP/1.1: {error}"), HTTPStatus.BAD_REQUEST))
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, head: Head, reader: "_Reader", writer: asyncio.StreamWriter) -> bool:
        """Answer one request. Returns whether another may come on this connection."""
        if head.headers.get("expect", "").lower() == "100-continue":
            writer.write(_PROBE)
        try:
            body = await http1.read_body(reader, head, MAX_BODY)
        except http1.TooLargeError:
            refusal = UserError("E3006", f"the request's body is over the limit of {MAX_BODY:,} bytes")
            writer.write(_answer(refusal, HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return False
        try:
            admitted = await self._admit(head, body)
        except PrecisError as refused:
            writer.write(_answer(refused, _STATUS.get(refused.code, HTTPStatus.UNPROCESSABLE_ENTITY)))
            return not head.is_last
        self._predictions.watch(admitted.prediction_id)
        progress = _Progress()
        try:
            return await self._pass_on(head, admitted.message, reader, writer, progress)
        finally:
            self._predictions.unwatch(admitted.prediction_id)
            if admitted.begins and not progress.is_done:
                self._cancelled.add(admitted.prediction_id)  # as Cog does

    async def _admit(self, head: Head, body: bytes) -> "_Admitted":
        """Decide on a request. Raises UserError E3004 to E3006, and Fault E5008."""
        method, target = head.start
        route, *rest = target.partition("?")[0][1:].split("/")
        if route not in _ROUTES:
            return _Admitted(_message(head, body))
        asked = unquote(rest[0]) if rest else None
        if asked is not None:
            check(asked)
        if method not in ("POST", "PUT") or len(rest) > 1:
            if asked is not None and asked in self._predictions and rest[1:] == ["cancel"]:
                self._cancelled.add(asked)
            return _Admitted(_message(head, body))
        if self._is_closing:
            raise Fault("E5008")
        request = _parse(body)
        given = request.get("id")
        if given is not None:
            check(given)
        prediction_id = asked or given or new_id()
        if prediction_id in self._predictions:
            await self._settle(prediction_id)
        begins = method == "POST" or prediction_id not in self._predictions  # else Cog lets it join
        if begins:
            self._predictions.begin(prediction_id)
        if request.get("webhook"):
            self._with_webhook.add(prediction_id)
        return _Admitted(_message(head, self._amend(body, request, prediction_id)), prediction_id, begins)

    def _amend(self, body: bytes, request: dict[str, Any], prediction_id: str) -> bytes:
        """Give a request its id, and take out what stands for nothing. It stays as it came where it can."""
        inputs: Any = request.get("input")
        nulls = {name for name, value in inputs.items() if value is None} if isinstance(inputs, dict) else set()
        nulls &= self._nullable
        if nulls or request.get("id", "") is None:
            kept = {"input": {name: value for name, value in inputs.items() if name not in nulls}} if nulls else {}
            return json.dumps(request | {"id": prediction_id} | kept).encode("ascii")
        if "id" in request:
            return body
        _, brace, rest = body.partition(b"{")
        return b'{"id":"%s"' % prediction_id.encode("ascii") + (b"," if request else b"") + (rest if brace else b"}")

    async def _settle(self, prediction_id: str) -> None:
        """Give an id back if Cog has no such prediction any more and nobody waits for it."""
        # Cog has no route that tells: but it looks for the id before it looks at the input, and this one it refuses.
        status = await self._ask("PUT", f"/predictions/{prediction_id}", b'{"input":0}')
        if status != HTTPStatus.ACCEPTED and prediction_id in self._predictions.unwatched():
            self._predictions.end(prediction_id)
            self._cancelled.discard(prediction_id)
            if prediction_id in self._with_webhook:
                self._with_webhook.remove(prediction_id)
                self._webhook_until = asyncio.get_running_loop().time() + WEBHOOK_SECONDS

    async def _cancel(self, prediction_id: str) -> None:
        await self._ask("POST", f"/predictions/{prediction_id}/cancel", b"")

    async def _ask(self, method: str, target: str, body: bytes) -> int:
        """Send Cog a request of our own and return the status of its answer; 0 if there is none."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=http1.MAX_HEAD)
        except OSError:
            return 0
        try:
            writer.write(
                f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode("ascii")
                + body
            )
            return int((await http1.read_response(reader)).start[0])
        except (OSError, http1.BadMessageError):
            return 0
        finally:
            writer.transport.abort()

    async def _pass_on(
        self, head: Head, message: bytes, reader: "_Reader", writer: asyncio.StreamWriter, progress: "_Progress"
    ) -> bool:
        """Send a request to Cog and its answer back, unless the client leaves: then Cog cancels what it was doing."""
        try:
            answers, sender = await asyncio.open_connection("127.0.0.1", self._port, limit=http1.MAX_HEAD)
        except OSError:
            writer.write(_answer(Fault("E5003"), HTTPStatus.SERVICE_UNAVAILABLE))
            return False
        sender.write(message)
        relaying = asyncio.create_task(_relay(head, answers, writer, progress))
        leaving = asyncio.create_task(_leave(head, reader, writer, progress))
        try:
            await asyncio.wait((relaying, leaving), return_when=asyncio.FIRST_COMPLETED)
            return relaying.done() and relaying.result()
        finally:
            relaying.cancel()
            leaving.cancel()
            sender.transport.abort()


class _Reader(asyncio.StreamReader):
    """A reader that can be waited for until the other side sends no more, without reading."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.ended = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.ended.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.ended.set()


@dataclass(frozen=True)
class _Admitted:
    """What goes to Cog, and the prediction that it begins or joins, if it is about one."""

    message: bytes
    prediction_id: str = ""
    begins: bool = False


@dataclass
class _Progress:
    """How much of an answer is out."""

    answer: Head | None = None
    is_between: bool = True  # two frames of the body
    is_done: bool = False


async def _relay(head: Head, answers: asyncio.StreamReader, writer: asyncio.StreamWriter, progress: _Progress) -> bool:
    """Send an answer back as it comes. Returns whether the connection can be used again."""
    try:
        answer = await http1.read_response(answers, has_body=head.start[0] != "HEAD")
        writer.write(answer.raw)
        progress.answer = answer
        async with aclosing(http1.body(answers, answer)) as pieces:  # type: ignore[type-var]  # it is a generator
            async for piece in pieces:
                progress.is_between = False
                writer.write(piece.raw)
                await writer.drain()
                progress.is_between = piece.is_whole
    except http1.BadMessageError:
        if progress.answer is None:
            writer.write(_answer(Fault("E5003", "the server ended before it answered"), HTTPStatus.BAD_GATEWAY))
        return False
    progress.is_done = True
    has_end = answer.is_chunked or answer.length is not None
    return has_end and not head.is_last and not answer.is_last


async def _leave(head: Head, reader: _Reader, writer: asyncio.StreamWriter, progress: _Progress) -> None:
    """Return when the client has left."""
    await reader.ended.wait()
    if head.is_old:  # HTTP/1.0 has nothing that could be sent to find out
        return
    if progress.answer is None:
        writer.write(_PROBE)
    elif progress.answer.is_chunked and progress.is_between:
        writer.write(
            _PROBE_IN_EVENTS if "text/event-stream" in progress.answer.headers.get("content-type", "") else b""
        )
    looked_at = select.poll()
    looked_at.register(writer.get_extra_info("socket").fileno(), 0)  # errors and resets are told always
    while not (writer.is_closing() or looked_at.poll(0)):  # noqa: ASYNC110 # asyncio does not tell of them any more
        await asyncio.sleep(LOOK_SECONDS)


def _parse(body: bytes) -> dict[str, Any]:
    """The request in a body. What Python cannot read goes no further: Cog might read it, and an id in it."""
    try:
        request = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise UserError("E3006", f"the request's body, {len(body):,} bytes, is no JSON") from None
    if not isinstance(request, dict):  # Cog takes a list for a request whose fields have no names
        raise UserError("E3006", f"the request's body, {len(body):,} bytes, is no JSON object")
    return request


def _message(head: Head, body: bytes) -> bytes:
    """A request with this body instead of what it came with."""
    first, *lines = head.raw[:-4].split(b"\r\n")
    lines = [line for line in lines if line.partition(b":")[0].lower() not in _FRAMING]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
        if "content-type" not in head.headers:
            lines.append(b"Content-Type: application/json")
    return b"\r\n".join((first, *lines, b"", body))


def _answer(error: PrecisError, status: HTTPStatus) -> bytes:
    """An answer of our own, in the form of Cog's."""
    body = json.dumps({"error": str(error), "status": "failed"}).encode("ascii")
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode("ascii")
        + body
    )
