"""Documents are cut into shards: a table of rows that travels in one prediction.

Knows: how many rows, tokens and bytes a shard may have. Knows nothing of who takes it, or what becomes of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from batch.documents import Document
from batch.ledger import OpenPrediction, State


@dataclass(frozen=True)
class Row:
    """A document that is to be done, with the number by which predictions call it."""

    number: int
    tries: int
    document: Document
    prediction: int | None = None  # that has it

    def written(self) -> str:
        """Return it as the line of a table."""
        return self.document.written(id=str(self.number)) + "\n"


@dataclass
class Shard:
    """Rows that travel together, and the prediction that has them already, if one was begun before this process was."""

    rows: dict[int, Row]
    open: OpenPrediction | None = None
    not_before: float = 0.0  # of the event loop's clock
    failures: int = 0  # predictions of just this one row that broke off
    is_of_broken: bool = False  # whether one broke off that had other rows beside these

    @property
    def is_suspect(self) -> bool:
        """Whether it is one document, which may be what predictions break of."""
        return len(self.rows) == 1 and (self.is_of_broken or self.failures > 1)

    def table(self) -> bytes:
        """Return it as JSON Lines."""
        return "".join(row.written() for row in self.rows.values()).encode()

    def after_breaking(self, left: dict[int, Row]) -> "list[Shard]":
        """Return what to send after it broke off with `left`: halves, so that what breaks shards ends up alone."""
        if len(self.rows) == 1:
            return [replace(self, rows=left, open=None, failures=self.failures + 1)]
        numbers = list(left)
        middle = (len(numbers) + 1) // 2
        parts: list[Sequence[int]] = [part for part in (numbers[:middle], numbers[middle:]) if part]
        return [Shard({n: left[n] for n in part}, is_of_broken=True) for part in parts]


class Found(NamedTuple):
    """What is known of a document of INPUT."""

    document: Document  # itself, or what it is as the second with its id
    number: int
    state: State
    tries: int
    prediction: int | None


@dataclass(frozen=True)
class Size:
    """What a shard may have."""

    rows: int
    tokens: int
    bytes: int


class Cutter:
    """Cuts what is to be done of INPUT into shards, one after the other as they are asked for."""

    def __init__(
        self,
        documents: Iterator[Document],
        find: Callable[[Document], Found],
        open_ones: Iterable[OpenPrediction],
    ) -> None:
        """Documents that a prediction in `open_ones` has are not cut anew: they come as the shard that they are."""
        self._documents = documents
        self._find = find
        self._open = {one.number: Shard({}, one) for one in open_ones}
        self._whole: list[Shard] = []  # of those
        self._left_over: Row | None = None
        self._failed: list[Document] = []

    def failed(self) -> list[Document]:
        """Take the documents that were met and cannot be sent."""
        failed, self._failed = self._failed, []
        return failed

    def cut(self, size: Size) -> Shard | None:
        """Return the next shard, None when all is cut. One without rows is there for what failed() has.

        Raises what `find` does, and the errors of reading INPUT.
        """
        shard = Shard({})
        tokens = length = 0
        while not self._whole and (row := self._next()) is not None:
            row_bytes = len(row.written().encode())
            if shard.rows and (tokens + row.document.tokens > size.tokens or length + row_bytes > size.bytes):
                self._left_over = row
                return shard
            shard.rows[row.number] = row
            tokens += row.document.tokens
            length += row_bytes
            if len(shard.rows) + len(self._failed) >= size.rows:
                return shard
        if shard.rows or self._failed:
            return shard
        return self._whole.pop() if self._whole else None

    def _next(self) -> Row | None:
        """Return the next document that no prediction has; None at the end, or when an open shard has become whole."""
        if self._left_over is not None:
            left_over, self._left_over = self._left_over, None
            return left_over
        for document in self._documents:
            row = self._to_do(document)
            if row is None:
                continue
            shard = self._open.get(row.prediction or 0)
            if shard is None:
                return row
            shard.rows[row.number] = row
            if shard.open and len(shard.rows) == shard.open.documents:
                self._whole.append(self._open.pop(shard.open.number))
                return None
        self._whole += [shard for shard in self._open.values() if shard.rows]
        self._open = {}
        return None

    def _to_do(self, document: Document) -> Row | None:
        found = self._find(document)
        if found.state != State.TO_DO:
            return None
        if found.document.error is not None:
            self._failed.append(found.document)
            return None
        return Row(found.number, found.tries, found.document, found.prediction)
