import json

import pytest

from serving.events import Decoder

TEXT = "a\u2028b\x85c\r\n"
STREAM = (
    f"event: output\ndata: {json.dumps({'chunk': TEXT}, ensure_ascii=False)}\n\n: comment\n\nevent: completed\r\n"
    'data: {"status": "succeeded"}\r\n\r\n'
).encode()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_come_whole_however_the_stream_is_cut(size: int) -> None:
    decoder = Decoder()
    events = [event for at in range(0, len(STREAM), size) for event in decoder.feed(STREAM[at : at + size])]
    assert events == [("output", {"chunk": TEXT}), ("completed", {"status": "succeeded"})]
