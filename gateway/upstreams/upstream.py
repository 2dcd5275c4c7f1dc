"""A model that is being served somewhere, asked for one summary: what all kinds have in common.

Knows: what is asked, what comes, and in how many ways it can fail, which are those of `batch.target`. Knows nothing of
HTTP.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Protocol

from batch.target import BrokenError, LineReader
from errors import Fault


@dataclass(frozen=True)
class Work:
    """One summary that is wanted."""

    request_id: str
    inputs: dict[str, Any] = field(repr=False)
    seconds: float  # that it may take
    headers: dict[str, str] = field(default_factory=dict)  # of a trace
    is_streamed: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of the summary, as it was generated."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Log:
    """A line that says how far it is, such as "part 3 of 12"."""

    line: str


@dataclass(frozen=True)
class Ended:
    """The whole: what the model says in JSON, and the metrics of the prediction."""

    summary: dict[str, Any] = field(repr=False)
    metrics: dict[str, Any]


Event = Piece | Log | Ended
Events = AsyncGenerator[Event, None]


class Upstream(Protocol):
    """A model that is being served somewhere."""

    name: str

    def events(self, work: Work) -> Events:
        """Yield Pieces, when they are wanted, and Logs, then Ended. Closing it cancels the prediction.

        Raises BusyError, DownError and BrokenError of `batch.target`; and what no other try will mend: UserError for
        what the model refuses, Fault for what it could not do.
        """

    async def is_up(self) -> bool:
        """Return whether it would take a prediction now."""

    async def close(self) -> None:
        """Let go of its connections."""


def output_format(work: Work) -> str:
    """Return which of the model's formats is asked for."""
    return "json_stream" if work.is_streamed else "json"


class OutputReader:
    """The model's output, in pieces cut anywhere: lines with a piece of text each, then one that is the whole."""

    def __init__(self) -> None:
        self._lines = LineReader()
        self._last: dict[str, Any] = {}

    def feed(self, output: str) -> list[Piece]:
        """Return the pieces of text that are whole with this. Raises Fault E5012 for what is no output of ours."""
        pieces = []
        try:
            lines = self._lines.feed(output)
        except BrokenError as error:
            raise Fault("E5012", error.reason) from None
        for line in lines:
            if not isinstance(line, dict):
                raise Fault("E5012", "what came is no summary")
            if line.keys() == {"text"}:
                pieces.append(Piece(str(line["text"])))
            else:
                self._last = line
        return pieces

    def whole(self) -> dict[str, Any]:
        """Return the whole, at the end. Raises Fault E5012 when it never came."""
        self.feed("\n")
        if not isinstance(self._last.get("summary"), str):
            raise Fault("E5012", "the prediction succeeded without a summary")
        return self._last


def dumps(value: Any) -> bytes:
    """Return a body of JSON, in which also a text that is no valid Unicode can be sent."""
    return json.dumps(value, ensure_ascii=True).encode("ascii")
