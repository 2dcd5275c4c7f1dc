"""HTTP/1.1 messages, read as strictly as a filter must: what two readers could take for two things is refused.

Knows: heads, lengths and chunks (RFC 9112). Knows nothing of what a message says, nor to whom.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import NamedTuple

MAX_HEAD = 64 * 1024
BLOCK = 64 * 1024

_REQUEST = re.compile(rb"([A-Z]+) (/[!\"$-~]*) HTTP/1\.(?P<minor>[01])")  # no #: some would end the target there
_RESPONSE = re.compile(rb"HTTP/1\.(?P<minor>[01]) ([1-5]\d\d)(?: [^\x00-\x08\x0a-\x1f\x7f]*)?")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\x00-\x08\x0a-\x1f\x7f]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_LENGTH = re.compile(r"\d{1,18}")
_END = b"\r\n\r\n"


class BadMessageError(Exception):
    """What came is no message that everybody reads alike."""


class TooLargeError(Exception):
    """A body has more bytes than were to be read."""


@dataclass(frozen=True)
class Head:
    """What comes before a body. `raw` is all of it, with the empty line."""

    raw: bytes
    start: tuple[str, ...]  # a request's method and target, a response's status
    is_old: bool  # HTTP/1.0
    headers: dict[str, str]  # names in lower case; the values of one name joined by commas
    length: int | None  # of the body in bytes; None: it has chunks, or in a response goes on until the end
    is_chunked: bool

    @property
    def is_last(self) -> bool:
        """Whether its sender ends the connection with this message."""
        connection = self.headers.get("connection", "").lower()
        return "close" in connection or (self.is_old and "keep-alive" not in connection)


class Piece(NamedTuple):
    """A part of a body: as it was sent, what of it is content, and whether it is whole: no chunk goes on after it."""

    raw: bytes
    data: bytes
    is_whole: bool


async def read_request(reader: asyncio.StreamReader) -> Head | None:
    """Return the next request's head; None when the other side has ended. Raises BadMessageError."""
    return await _read_head(reader, _REQUEST, 0)


async def read_response(reader: asyncio.StreamReader, *, has_body: bool = True) -> Head:
    """Return the head of the answer; those that are only on the way to it, 1xx, are passed over.

    `has_body` is False for the answer to HEAD. Raises BadMessageError.
    """
    while True:
        head = await _read_head(reader, _RESPONSE, None)
        if head is None:
            raise BadMessageError("there is no answer")
        status = head.start[0]
        if status in ("204", "304") or not has_body:
            return replace(head, length=0, is_chunked=False)
        if not status.startswith("1"):
            return head


async def body(reader: asyncio.StreamReader, head: Head) -> AsyncIterator[Piece]:
    """Yield the body that follows `head`, at most BLOCK bytes and a frame at a time. Raises BadMessageError."""
    try:
        if head.is_chunked:
            async for piece in _chunks(reader):
                yield piece
        elif head.length is None:
            while data := await reader.read(BLOCK):
                yield Piece(data, data, True)
        else:
            left = head.length
            while left:
                data = await reader.read(min(left, BLOCK))
                if not data:
                    raise BadMessageError("the body ends before its end")
                left -= len(data)
                yield Piece(data, data, True)
    except asyncio.IncompleteReadError:
        raise BadMessageError("the body ends before its end") from None
    except asyncio.LimitOverrunError:
        raise BadMessageError("a line of the body is too long") from None


async def read_body(reader: asyncio.StreamReader, head: Head, most: int) -> bytes:
    """Return the content that follows `head`. Raises TooLargeError over `most` bytes, and BadMessageError."""
    if (head.length or 0) > most:
        raise TooLargeError
    content = bytearray()
    async for piece in body(reader, head):
        content += piece.data
        if len(content) > most:
            raise TooLargeError
    return bytes(content)


async def _read_head(reader: asyncio.StreamReader, start: re.Pattern[bytes], default: int | None) -> Head | None:
    try:
        raw = await reader.readuntil(_END)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadMessageError("the head ends before its end") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadMessageError(f"the head is over {MAX_HEAD:,} bytes") from None
    first, *lines = raw[: -len(_END)].split(b"\r\n")
    match = start.fullmatch(first)
    if match is None:
        raise BadMessageError("its first line is not one of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise BadMessageError("a line of its head is no header")
        name, value = header[1].decode("ascii").lower(), header[2].decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    minor = match["minor"]
    parts = tuple(part.decode("ascii") for part in match.groups() if part is not minor)
    return Head(raw, parts, minor == b"0", headers, *_framing(headers, default))


def _framing(headers: dict[str, str], default: int | None) -> tuple[int | None, bool]:
    """How long the body is, and whether it has chunks: one of the two says so, and only once."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None or coding.lower() != "chunked":
            raise BadMessageError("it does not say clearly where its body ends")
        return None, True
    if length is None:
        return default, False
    if not _LENGTH.fullmatch(length):
        raise BadMessageError("it does not say clearly where its body ends")
    return int(length), False


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[Piece]:
    while True:
        line = await reader.readuntil(b"\r\n")
        match = _CHUNK.fullmatch(line)
        if match is None:
            raise BadMessageError("a chunk has no size")
        left = int(match[1], 16)
        if not left:
            break
        while left:
            data = await reader.readexactly(min(left, BLOCK))
            left -= len(data)
            end = b"" if left else await reader.readexactly(2)
            if end not in (b"", b"\r\n"):
                raise BadMessageError("a chunk ends after its end")
            yield Piece(line + data + end, data, not left)
            line = b""
    while line != b"\r\n":
        yield Piece(line, b"", False)
        line = await reader.readuntil(b"\r\n")
    yield Piece(line, b"", False)
