"""Whoever takes shards: what all targets have in common, and in how many ways one can fail.

Knows: what a target is asked, and what each of its errors means for the documents of a shard. Knows nothing of HTTP.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from batch.shards import Shard
from errors import PrecisError

Line = dict[str, Any]  # what the model says of one row: its `id`, its `status`, and a summary or an error
Note = Callable[[str], Awaitable[None]]  # enters in the ledger by what a prediction is found again


@dataclass(frozen=True)
class Seconds:
    """The end of a prediction: its predict time."""

    predict_time: float


Items = AsyncGenerator[list[Line] | Seconds, None]


class Target(Protocol):
    """A model that is being served somewhere."""

    name: str
    most_bytes: int  # of a shard's table
    places: int  # predictions at once, when nothing else is said
    sure_places: int  # of them: it begins with these, and finds out by trying whether there are more

    async def identity(self) -> str:
        """Return what tells this model and version from others. Raises as run() does."""

    def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        """Yield what the model says of the shard's rows as it comes, then Seconds.

        What `note` is given finds the prediction again, in `shard.open`, when this process has died. Raises the errors
        below, and StopError for what no other try will mend.
        """

    async def cancel(self, ticket: str) -> None:
        """End a prediction. Raises nothing."""

    async def is_up(self) -> bool:
        """Return whether it would take a prediction now."""

    async def close(self) -> None:
        """Let go of its connections."""


class TargetError(Exception):
    """A prediction that did not come through; `seconds` of predict time were spent on it."""

    def __init__(self, reason: str, seconds: float = 0.0) -> None:
        """`reason` names no document: it is shown."""
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class BusyError(TargetError):
    """It has no place now. Nothing was begun; after `retry_after` seconds it may have one."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class DownError(TargetError):
    """Nobody answers. Nothing is known against the documents."""


class BrokenError(TargetError):
    """The prediction was begun and broke off, which one of its documents may be the cause of."""


class StopError(Exception):
    """What no other try and no other document will mend; `error` says it."""

    def __init__(self, error: PrecisError) -> None:
        super().__init__(str(error))
        self.error = error


class LineReader:
    """Puts lines together from pieces of text."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[Line]:
        """Return what the lines say that are whole with this piece. Raises BrokenError when one is no JSON."""
        *whole, self._rest = (self._rest + piece).split("\n")
        try:
            return [json.loads(line) for line in whole if line]
        except (ValueError, RecursionError):
            raise BrokenError("what came is no line of the model's") from None
