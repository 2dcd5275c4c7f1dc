"""Any text as server-sent events, read back by the replicate client's own reader."""

import asyncio

import httpx
from hypothesis import given
from hypothesis import strategies as st
from replicate.client import Client
from replicate.stream import EventSource

from replicate_api import events
from replicate_api.prediction import Prediction

LINE_ENDS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
PIECES = st.lists(st.text(st.sampled_from("ab :\n" + LINE_ENDS)) | st.sampled_from(["https:a", "data:a"]) | st.text())


async def written(pieces: list[str]) -> bytes:
    prediction = Prediction("acme/precis", "0", {}, "http://localhost")
    for piece in pieces:
        prediction.add("output", piece)
    prediction.end("succeeded")
    return b"".join([event async for event in events.stream(prediction, 0)])


@given(PIECES)
def test_what_is_read_is_what_was_written_its_lines_ending_at_lf(pieces: list[str]) -> None:
    headers = {"content-type": "text/event-stream"}
    response = httpx.Response(200, headers=headers, content=asyncio.run(written(pieces)))
    *read, done = EventSource(Client("x"), response)
    assert all(isinstance(event.data, str) for event in read)
    assert "".join(event.data for event in read) == "".join(map(lines, pieces))
    assert (done.event.value, done.data) == ("done", "{}")


def lines(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return "".join("\n" if character in LINE_ENDS else character for character in text)
