"""Cog's server-sent events, from the bytes that carry them.

Knows: that an event is a name and a line of JSON. Lines end at LF alone: what else Python takes for the end of a line
(U+0085, U+2028 and so on) stands in JSON as it is. Knows nothing of what events mean.
"""

import json
from collections.abc import Iterator
from typing import Any


class Decoder:
    """Events out of pieces of a stream, cut anywhere."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []  # of a line whose end is yet to come: joined once, for it may be megabytes
        self._name = ""

    def feed(self, piece: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events that a piece completes: each one's name and its data."""
        self._rest.append(piece)
        if b"\n" not in piece:
            return
        *lines, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        for line in lines:
            field, _, value = line.rstrip(b"\r").partition(b": ")
            if field == b"event":
                self._name = value.decode()
            elif field == b"data":
                yield self._name, json.loads(value)
