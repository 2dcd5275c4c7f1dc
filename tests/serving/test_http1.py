"""What a message is, and what is none: each of the refused is read in two ways by some two servers."""

import asyncio

import pytest

from serving import http1
from serving.http1 import BadMessageError, Head, TooLargeError


def request(raw: bytes, most: int = 1_000) -> tuple[Head | None, bytes]:
    """The head and the content of a request that comes as `raw`, and then no more."""

    async def read() -> tuple[Head | None, bytes]:
        reader = asyncio.StreamReader(limit=http1.MAX_HEAD)
        reader.feed_data(raw)
        reader.feed_eof()
        head = await http1.read_request(reader)
        return head, await http1.read_body(reader, head, most) if head else b""

    return asyncio.run(read())


def response(raw: bytes, *, has_body: bool = True) -> tuple[Head, bytes, bytes]:
    """The head of an answer, its body as it came, and what it holds."""

    async def read() -> tuple[Head, bytes, bytes]:
        reader = asyncio.StreamReader(limit=http1.MAX_HEAD)
        reader.feed_data(raw)
        reader.feed_eof()
        head = await http1.read_response(reader, has_body=has_body)
        pieces = [piece async for piece in http1.body(reader, head)]
        return head, b"".join(piece.raw for piece in pieces), b"".join(piece.data for piece in pieces)

    return asyncio.run(read())


def test_a_request_with_a_length_is_read_to_there() -> None:
    head, content = request(b"POST /x?y=1 HTTP/1.1\r\nContent-Length: 3\r\nHost: a\r\n\r\nabcdef")
    assert head is not None
    assert (head.start, head.headers["host"], content) == (("POST", "/x?y=1"), "a", b"abc")
    assert not head.is_last


def test_a_request_in_chunks_is_put_together() -> None:
    chunks = b"3\r\nabc\r\n0a;x=1\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
    assert request(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)[1] == b"abc0123456789"


def test_nothing_is_no_request() -> None:
    assert request(b"") == (None, b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\n\r\n",
        b"GET http://a/b HTTP/1.1\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"GET / HTTP/1.1\r\nName : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nContent-Length: 3\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"a" * http1.MAX_HEAD + b"\r\n\r\n",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMessageError):
        request(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"a" * 1_001 + b"\r\n0\r\n\r\n",
    ],
)
def test_a_body_over_the_limit_is_not_read(raw: bytes) -> None:
    with pytest.raises(TooLargeError):
        request(raw)


def test_answers_on_the_way_are_passed_over() -> None:
    head, _, content = response(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
    assert (head.start, content) == (("200",), b"a")


def test_an_answer_in_chunks_passes_as_it_came() -> None:
    chunks = b"3;x\r\nabc\r\n186A0\r\n" + b"d" * 100_000 + b"\r\n0\r\nA: b\r\n\r\n"
    _, raw, content = response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert (raw, content) == (chunks, b"abc" + b"d" * 100_000)


def test_an_answer_without_a_length_lasts_until_the_end() -> None:
    head, raw, _ = response(b"HTTP/1.0 200 OK\r\n\r\nabc")
    assert (raw, head.length, head.is_last) == (b"abc", None, True)


def test_some_answers_have_no_body_whatever_they_say() -> None:
    assert response(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n")[1] == b""
    assert response(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", has_body=False)[1] == b""


def test_no_answer_is_a_bad_one() -> None:
    with pytest.raises(BadMessageError):
        response(b"")
