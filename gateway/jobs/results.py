"""A job's results as one file that grows: from its beginning, from a cursor, or a range of its bytes.

Knows: parts, which are only ever added. A cursor is the name of the last part that was read. Knows nothing of who works
on the job, and nothing of HTTP but what a range is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from errors import UserError
from gateway.files import Files
from gateway.jobs.ledger import ERRORS, RESULTS
from gateway.jobs.table import Job, Jobs
from gateway.tables import parts

START = "0"  # a cursor, before all parts
_SIZES = {RESULTS: parts.c.size, ERRORS: parts.c.errors_size}
_NAME = re.compile(r"\d+-[0-9a-f]+\.jsonl")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Results:
    """What there was when it was asked for."""

    files: Files
    folder: str
    parts: list[tuple[str, int]]  # names and bytes
    cursor: str  # after the last

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(size for _, size in self.parts)

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to before `end`."""
        for name, size in self.parts:
            if start < min(size, end):
                yield from self.files.blocks(f"{self.folder}/{name}", start, min(size, end))
            start, end = max(0, start - size), end - size


def find(table: Jobs, files: Files, job: Job, kind: str, cursor: str | None) -> Results:
    """Return a job's results, or its errors, that come after a cursor. Raises UserError E7012 for one of elsewhere."""
    query = select(parts.c.name, _SIZES[kind]).where(parts.c.job == job.id).order_by(parts.c.number)
    with table.engine.connect() as connection:
        if cursor is not None and cursor != START:
            last = select(parts.c.number).where(parts.c.job == job.id, parts.c.name == cursor)
            number = connection.execute(last).scalar() if _NAME.fullmatch(cursor) else None
            if number is None:
                raise UserError("E7012", "the cursor is no place in this job's results")
            query = query.where(parts.c.number > number)
        found = connection.execute(query).all()
    new = found[-1].name if found else cursor or START
    return Results(files, f"{job.folder}/{kind}", [(name, size) for name, size in found], new)


def range_of(written: str, size: int) -> tuple[int, int] | None:
    """Return from where to before where a `Range` header goes; None for one that is none, which is passed over.

    Raises IndexError when nothing of it is there.
    """
    match = _RANGE.fullmatch(written.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise IndexError
    return start, end
