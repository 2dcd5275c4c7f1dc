"""What a driver writes down while it works, wherever it is kept: beside OUT, or in a database of several gateways.

Knows: what is asked of whoever keeps it, and how a result is written. Each call is whole when it returns, and they come
from one thread, one after the other. Knows nothing of files or tables.
"""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from batch.documents import Document
from batch.shards import Shard

Line = dict[str, Any]


class Journal(Protocol):
    """What one batch has done so far."""

    @property
    def seconds(self) -> float:
        """Predict time of all predictions that have ended."""

    @property
    def to_do(self) -> int:
        """How many documents are neither done nor have failed."""

    def begin(self, target: str, shard: Shard) -> int:
        """Enter a prediction before it is begun, and return its number."""

    def note_ticket(self, prediction: int, ticket: str) -> None:
        """Enter by what the target finds a prediction again, before it is waited for."""

    def end(self, prediction: int, seconds: float, tried: Sequence[int] = ()) -> None:
        """Enter that a prediction has ended, after so much predict time; those of its documents that it did not do."""

    def write(self, results: Sequence[tuple[Document, Line]]) -> None:
        """Write what has become of documents, and enter it."""


def result(document: Document, line: Line) -> str:
    """Return what has become of a document as a line of results."""
    identity = {"id": None if document.is_duplicate else document.id, "line": document.line}
    rest = {name: value for name, value in line.items() if name not in identity}
    return json.dumps(identity | rest, ensure_ascii=False) + "\n"


def given_back(document: Document, error: dict[str, Any]) -> str:
    """Return a row of a table that can be sent again, with what was wrong beside it."""
    return document.written(id=document.id, line=document.line, error=error) + "\n"
