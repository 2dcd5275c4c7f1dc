"""What lives an hour: things by their ids, in the order in which they came.

Knows: ids, ages. Knows nothing of what it holds.
"""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from replicate_api.answers import not_found

SECONDS = 3600.0

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Stored(Protocol):
    """What can be kept for a while."""

    id: str

    @property
    def kept_since(self) -> float | None:
        """The monotonic time from which its hour counts; None while it must stay."""


T = TypeVar("T", bound=Stored)


class Store(Generic[T]):
    """Things by id."""

    def __init__(self) -> None:
        self._things: dict[str, T] = {}

    def __iter__(self) -> Iterator[T]:
        """All of them, the newest first."""
        return iter([*reversed(self._things.values())])

    def add(self, thing: T) -> None:
        """Keep one."""
        self._things[thing.id] = thing

    def get(self, thing_id: str) -> T:
        """Find one. Raises Refused, 404."""
        thing = self._things.get(thing_id)
        if thing is None:
            raise not_found()
        return thing

    def remove(self, thing_id: str) -> T:
        """Take one out. Raises Refused, 404."""
        thing = self.get(thing_id)
        del self._things[thing_id]
        return thing

    def sweep(self) -> list[T]:
        """Take out those whose hour is over."""
        before = time.monotonic() - SECONDS
        old = [thing for thing in self._things.values() if thing.kept_since is not None and thing.kept_since <= before]
        return [self.remove(thing.id) for thing in old]


def new_id() -> str:
    """An id in the form of Replicate's: 26 letters and digits that nobody guesses."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(26))


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
