"""Many documents in one prediction: the rows of a table side by side, a line of JSON for each as it is done.

Knows: rows, how many are under way, what a line says. Knows nothing of how a document is summarized.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from contract.request import SOURCES, SummaryRequest
from contract.results import Summary, Totals
from errors import UserError, as_json
from rows import tables
from rows.row import Row

WINDOW = 40  # rows under way: as many as the engine takes of bulk work, and some whose text is still being cleaned

Summarize = Callable[[SummaryRequest], Awaitable[Summary]]


async def stream(path: Path, request: SummaryRequest, summarize: Summarize) -> AsyncGenerator[str | Totals, None]:
    """Yield a line of JSON for each row of the table in `path` in the order in which they are done, then the Totals.

    A row's own options go before the request's. A row that fails has a line, too, and stops no other; so has a table
    that breaks off, the last and without an id: Cog drops the output of a prediction that fails. Raises UserError
    E1004, E1005 and E1014 when no row of the table can be read.
    """
    options = request.model_dump(exclude={*SOURCES, "file_name", "output_format"})
    lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    reader = _Reader(tables.read(path))

    async def work() -> None:
        while (row := await reader.next()) is not None:
            lines.put_nowait(await _line(row, options, summarize))

    async def work_through() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(WINDOW):
                    group.create_task(work())
        finally:
            lines.put_nowait(None)

    totals = Counter[str]()
    working = asyncio.create_task(work_through())
    try:
        while (line := await lines.get()) is not None:
            totals[line["status"]] += 1
            totals.update(line.get("usage", {}))
            yield _written(line)
    finally:
        working.cancel()
    await working
    if reader.error is not None:
        if not totals:
            raise reader.error
        totals["failed"] += 1
        yield _written({"id": None, "line": None, "status": "failed", "error": as_json(reader.error)})
    yield Totals(**totals)


class _Reader:
    """The rows of a table for many takers. One at a time reads, off the event loop."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._reading = asyncio.Lock()
        self.error: UserError | None = None  # that ended the table before its end

    async def next(self) -> Row | None:
        async with self._reading:
            if self.error is not None:
                return None
            try:
                return await asyncio.to_thread(next, self._rows, None)
            except UserError as error:
                self.error = error
                return None


async def _line(row: Row, options: dict[str, Any], summarize: Summarize) -> dict[str, Any]:
    """Summarize one row and return its line."""
    line: dict[str, Any] = {"id": row.id, "line": row.line}
    try:
        if row.error is not None:
            raise row.error
        request = await asyncio.to_thread(SummaryRequest, **options | row.inputs)  # large data URLs take seconds
        summary = await summarize(request)
    except Exception as error:  # also one of ours: a row must not cost the others
        return line | {"status": "failed", "error": as_json(error)}
    line |= {"status": "succeeded", **summary.model_dump(include={"summary", "style", "finish_reason", "usage"})}
    if summary.placeholders is not None:
        line["redactions"] = Counter(redaction.type for redaction in summary.redactions)
    if summary.passages is not None:
        line["passages"] = [passage.model_dump(exclude={"text"}) for passage in summary.passages]
    if summary.verification is not None:
        line["unsupported"] = [place.model_dump() for place in summary.verification.unsupported]
        line["sentences"] = [one.model_dump(exclude={"evidence"}) for one in summary.verification.sentences]
    return line


def _written(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
