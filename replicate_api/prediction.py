"""One prediction: what was asked, what came of it so far, and how the API shows it.

Knows: its states, the order of its events. What it shows is fit for clients that nobody here wrote: output is a list,
never null, and no piece of it begins as a URL. Knows nothing of who runs it or who looks on.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from replicate_api.store import new_id, now

Status = Literal["starting", "processing", "succeeded", "failed", "canceled", "aborted"]

_SCHEMES = ("https:", "data:")  # what begins with one is a file to replicate's client for Python and no text


@dataclass(eq=False)
class Prediction:
    """A prediction, changed only by what happens to it."""

    model: str
    version: str
    inputs: dict[str, Any] = field(repr=False)
    base: str  # where the API was reached
    deployment: str | None = None
    webhook: str | None = None
    webhook_events: frozenset[str] = frozenset()
    id: str = field(default_factory=new_id)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)  # of its stream
    status: Status = "starting"
    history: list[tuple[str, str]] = field(default_factory=list, repr=False)  # ("output" or "logs", text)
    error: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    created_at: str = field(default_factory=now)
    started_at: str | None = None
    completed_at: str | None = None
    kept_since: float | None = None  # monotonic
    is_expired: bool = False  # its input and output are gone before their time

    def __post_init__(self) -> None:
        self._created = time.monotonic()
        self._changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.completed_at is not None

    async def changed(self) -> None:
        """Return when something has happened after the call."""
        await self._changed.wait()

    async def ended(self, seconds: float) -> bool:
        """Whether it is over, or becomes so within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_over:
                    await self.changed()
        except TimeoutError:
            return False
        return True

    def begin(self) -> None:
        """Run from now on."""
        self.status, self.started_at = "processing", now()
        self._tell()

    def add(self, name: Literal["output", "logs"], text: str) -> None:
        """Add a piece of output or logs."""
        pieces = _cut(text) if name == "output" else [text]
        self.history += [(name, piece) for piece in pieces]
        self._tell()

    def end(self, status: Status, error: str | None = None, metrics: dict[str, Any] | None = None) -> None:
        """Be over, once."""
        if self.is_over:
            return
        self.kept_since = time.monotonic()
        self.status, self.error, self.completed_at = status, error, now()
        self.metrics = (metrics or {}) | {"total_time": round(self.kept_since - self._created, 6)}
        self._tell()

    def as_created(self) -> dict[str, Any]:
        """What a create answers of one that was not waited for, or not long enough.

        It says `starting`, whatever is true: any other status ends the waiting of `run()`, and output that is here
        already is passed over by its iterator.
        """
        return self.as_json() | {
            "status": "starting", "output": [], "logs": "", "metrics": {}, "error": None,
            "started_at": None, "completed_at": None,
        }  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        url = f"{self.base}/v1/predictions/{self.id}"
        shown = {
            "id": self.id,
            "model": self.model,
            "version": self.version,
            "status": self.status,
            "input": self.inputs,
            "output": [text for name, text in self.history if name == "output"],
            "logs": "".join(text for name, text in self.history if name == "logs"),
            "error": self.error,
            "metrics": self.metrics,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
            "data_removed": self.is_expired,
            "source": "api",
            "urls": {
                "get": url,
                "cancel": f"{url}/cancel",
                "stream": f"{self.base}/streams/{self.id}/{self.secret}",
                "web": url,
            },
        }
        if self.deployment:
            shown["deployment"] = self.deployment
        return shown | ({"input": None, "output": None, "logs": None} if self.is_expired else {})

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _cut(text: str) -> list[str]:
    """Cut a piece that begins as a URL, within its scheme."""
    return [text[:2], text[2:]] if text.startswith(_SCHEMES) else [text]
