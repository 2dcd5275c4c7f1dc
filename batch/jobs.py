"""A batch in the background, as a library: `submit` and `get` as Modal's `.spawn()` and `.get()`, and `map`.

    job = submit(rows, to="http://10.0.0.5:5000", style="legal")    # at once; it goes on when this process ends
    for result in get(job.id).results():                            # as they come, here or in another process
        print(result["id"], result["status"])

Knows: what a caller gives and sees. A row is one of a table, `{"id": …, "text" | "html" | "file": …, any option}`, or
a text; a result is a line of OUT. What is done in between is `background.py`'s, in a folder that stays: it has the
documents and the summaries, and is the caller's to remove.
"""

import base64
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from batch import background, commands, targets
from errors import PrecisError, UserError
from serving import inputs
from serving.client import error_from
from storage import places, temporary
from storage.writing import writing

Row = Mapping[str, Any] | str
Result = dict[str, Any]  # `line` (of the row, from 1), `id`, `status`, and `summary` and more, or `error`

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Job:
    """A batch in the background."""

    id: str  # by which get() finds it again: a name, or the folder that was given
    folder: Path

    def done(self) -> bool:
        """Whether its process has ended, well or not; results() says which."""
        return not background.is_running(self.folder)

    def results(self) -> Iterator[Result]:
        """Yield the result of each row once, as it comes; those that are there already first.

        Raises, after the last, UserError or Fault for what stopped the whole job, E5010 when it was killed or canceled.
        """
        lines, seen = _Lines(self.folder / background.OUT), set[int]()
        while True:
            is_last = self.done()  # asked before it is read: all that is written then is seen
            for result in lines.new():
                if result["line"] not in seen:
                    seen.add(result["line"])
                    yield result
            if is_last:
                return background.raise_end(self.folder)
            time.sleep(_LOOK_SECONDS)

    def cancel(self) -> None:
        """End it, and the predictions that are under way; return when it has ended. What has come stays."""
        background.stop(self.folder)

    def resume(self) -> None:
        """Go on with what is not done. Raises UserError E6001 when it runs."""
        background.start(self.folder)


def submit(rows: Iterable[Row], *, to: str | Iterable[str], folder: Path | None = None, **options: Any) -> Job:
    """Begin a job and return at once.

    `to` is a target as of `precis batch run --to`, or several. `options` are inputs of the model for all rows; a file
    is a Path. Without `folder` one is made under XDG_STATE_HOME. Raises UserError E1009 for what is no input, E1013 for
    a row that is none, E6002 when `folder` has a job already, E6005 and E6006 for a target; Fault E5006.
    """
    asked = {"to": _targets(to), "options": _options(options)}
    job_id = str(folder.absolute()) if folder else f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    folder = _folder(job_id)
    if (folder / background.ASKED).exists():
        raise UserError("E6002", f"{folder} has a job already, with which get(…).resume() goes on")
    with writing(str(folder)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(rows, folder / background.INPUT)
        (folder / background.ASKED).write_text(json.dumps(asked), encoding="utf-8")
    background.start(folder)
    return Job(job_id, folder)


def get(id: str) -> Job:  # noqa: A002 (as Modal says it)
    """Return the job that has this id, from whatever process. Raises UserError E6002 when there is none."""
    folder = _folder(id)
    if not (folder / background.ASKED).is_file():
        raise UserError("E6002", f"there is no job at {folder}")
    return Job(id, folder)


def map(  # noqa: A001 (as Modal says it)
    rows: Iterable[Row], *, to: str | Iterable[str], order: bool = True, return_exceptions: bool = False, **options: Any
) -> Iterator[Result | PrecisError]:
    """Yield a result for each row, in the order of the rows or, without `order`, as they come.

    A row that failed raises its UserError or Fault, or is yielded as one with `return_exceptions`. Ending the loop
    cancels what is under way; nothing stays on the disk. Raises as submit() and results() do.
    """
    with temporary.folder() as folder:
        job = submit(rows, to=to, folder=folder, **options)
        try:
            for result in _in_order(job.results()) if order else job.results():
                outcome = result if result["status"] == "succeeded" else error_from(result["error"]["message"])
                if isinstance(outcome, PrecisError) and not return_exceptions:
                    raise outcome
                yield outcome
        finally:
            job.cancel()


def _in_order(results: Iterator[Result]) -> Iterator[Result]:
    early: dict[int, Result] = {}
    line = 1
    for result in results:
        early[result["line"]] = result
        while line in early:
            yield early.pop(line)
            line += 1


def _folder(job_id: str) -> Path:
    return Path(job_id) if Path(job_id).is_absolute() else places.state() / "jobs" / job_id


def _targets(to: str | Iterable[str]) -> list[str]:
    written = [to] if isinstance(to, str) else list(to)
    for one in written:
        targets.parse(one)  # so that a bad one is said here
    return written


def _options(options: dict[str, Any]) -> dict[str, Any]:
    known = [field.name for field in commands.fields()]
    written: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known:
            raise UserError("E1009", f"{name!r} is no input; an input is one of {', '.join(known)}")
        written[name] = inputs.data_url(value, name) if isinstance(value, Path) else value
        try:
            json.dumps(written[name], allow_nan=False)
        except (TypeError, ValueError):
            raise UserError("E1009", f"{name} is a {type(value).__name__} that cannot be written as JSON") from None
    return written


def _write(rows: Iterable[Row], to: Path) -> None:
    """Write rows as a table, a line each; nothing stays when one is none."""
    try:
        with to.open("w", encoding="utf-8") as file:
            for number, row in enumerate(rows, start=1):
                file.write(_written(number, row) + "\n")
    except BaseException:
        to.unlink()
        raise


def _written(number: int, row: Row) -> str:
    if not isinstance(row, str | Mapping):
        raise UserError("E1013", f"row {number:,} is a {type(row).__name__}; it must be a text or a dict")
    try:
        return json.dumps({"text": row} if isinstance(row, str) else dict(row), default=_base64)
    except (TypeError, ValueError) as error:
        raise UserError("E1013", f"row {number:,} cannot be written as JSON ({type(error).__name__})") from None


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError


class _Lines:
    """The whole lines of a file that grows, and that may be cut off or go on as another: then from its beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0  # bytes
        self._inode = 0

    def new(self) -> Iterator[Result]:
        """Yield what was not yet read."""
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_ino != self._inode or status.st_size < self._read:
                self._inode, self._read = status.st_ino, 0
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                yield json.loads(line)
