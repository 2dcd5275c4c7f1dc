"""Takes what is to be done of INPUT through the targets, and writes what comes.

    cut a shard → enter it in the ledger → a target runs it → its lines into OUT → into the ledger
                        └──────────────── what did not come: halves, later, to whoever has a place ◄─┘

Knows: shards, lanes, what an error means for a document. Knows nothing of HTTP, of files' formats, or of a terminal.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any, ParamSpec, TypeVar

from batch.journal import Journal
from batch.lane import FIRST_WAIT, LONGEST_WAIT, Lane
from batch.shards import Cutter, Row, Shard
from batch.target import BrokenError, BusyError, DownError, Line, Seconds, StopError
from errors import FAULTS, Fault, PrecisError, UserError, as_json, public

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

TRIES = 4  # of a document alone, and of one whose error is the server's
PATIENCE = 900.0  # seconds for which all targets may be silent
_LOOK_SECONDS = 0.5  # between two looks at the clock
_OWN_FAULTS = {"E5007"}  # that the same document would meet again


class End(StrEnum):
    """Why a run ended."""

    ALL_DONE = "done"
    DEADLINE = "deadline"
    COST = "cost"
    INTERRUPTED = "interrupted"


@dataclass
class Limits:
    """What stops a run before its end."""

    deadline: float | None = None  # of time.time()
    most_cost: float | None = None  # in US dollars
    price: float = 0.0  # of a second of predict time


@dataclass
class Progress:
    """How far a run is. Of this run only; the ledger has the whole."""

    to_do: int
    done: int = 0
    failed: int = 0
    began: float = field(default_factory=time.monotonic)


class Driver:
    """One run."""

    def __init__(
        self, journal: Journal, cutter: Cutter, lanes: Iterable[Lane], options: dict[str, Any], limits: Limits
    ) -> None:
        self.lanes = list(lanes)
        self.progress = Progress(journal.to_do)
        self._journal = journal
        self._cutter = cutter
        self._options = options
        self._limits = limits
        self._later: list[Shard] = []  # what did not come through, and waits
        self._under_way: dict[int, float] = {}  # predictions, and since when
        self._all_cut = False
        self._taken = 0  # shards that somebody has
        self._changed = asyncio.Condition()
        self._finished = asyncio.Event()
        self._end: End | None = None
        self._answered = time.monotonic()
        self._spent = journal.seconds  # of predict time, in all runs
        # One thread for the files: what it does is done in order, and the event loop does not wait for a disk.
        self._files = ThreadPoolExecutor(1, thread_name_prefix="files")

    @property
    def cost(self) -> float:
        """US dollars so far, in all runs, with what is under way."""
        now = time.monotonic()
        return (self._spent + sum(now - began for began in self._under_way.values())) * self._limits.price

    def drain(self) -> None:
        """Take nothing more, and end when what is under way has ended."""
        self._end = End.INTERRUPTED

    async def run(self) -> End:
        """Run to the end, or to what stops it. Raises UserError E3001, E6004 to E6007, and Fault E5006."""
        workers = [asyncio.create_task(self._work(lane)) for lane in self.lanes for _ in range(lane.most)]
        tasks = waits = {asyncio.create_task(self._finished.wait()), *workers}
        try:
            while not self._finished.is_set():
                done, waits = await asyncio.wait(waits, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if self._is_over():
                    break
        except StopError as stop:
            raise stop.error from None
        except Exception as error:
            raise public(error) from None  # of others than ours the log has the place, and nobody a document
        finally:
            await _cancel(tasks)
            for lane in self.lanes:
                await lane.target.close()
            self._files.shutdown()
        return self._end or End.ALL_DONE

    def _is_over(self) -> bool:
        """Whether to stop here. Raises UserError E3001 when nobody has answered for long."""
        if self._limits.deadline is not None and time.time() >= self._limits.deadline:
            self._end = End.DEADLINE
            return True
        if self._limits.most_cost is not None and self.cost >= self._limits.most_cost:
            self._end = End.COST
            return True
        if all(lane.is_down for lane in self.lanes) and time.monotonic() - self._answered > PATIENCE:
            names = ", ".join(lane.name for lane in self.lanes)
            raise UserError("E3001", f"nobody answered for {PATIENCE:,.0f} s: {names}")
        return False

    async def _work(self, lane: Lane) -> None:
        """Be one of a lane's places, to the end."""
        while True:
            async with lane.place():
                shard = await self._take(lane)
                if shard is None:
                    return
                try:
                    async with lane.sending(alone=shard.is_suspect):
                        await self._send(lane, shard)
                finally:
                    async with self._changed:
                        self._taken -= 1
                        self._changed.notify_all()

    async def _take(self, lane: Lane) -> Shard | None:
        """Return a shard as soon as there is one, None when there will be none."""
        async with self._changed:
            while True:
                if self._end is None and (shard := self._due(lane) or await self._cut(lane)) is not None:
                    self._taken += 1
                    return shard
                if not self._taken and (self._end is not None or (self._all_cut and not self._later)):
                    self._finished.set()
                    return None
                if self._end is None and not self._all_cut:
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._changed.wait()

    def _due(self, lane: Lane) -> Shard | None:
        """Take a shard whose time has come. One that a silent target has is anybody's."""
        now = asyncio.get_running_loop().time()
        silent = {lane.name for lane in self.lanes if lane.is_down}
        for place, shard in enumerate(self._later):
            is_for_lane = shard.open is None or shard.open.target == lane.name or shard.open.target in silent
            if shard.not_before <= now and is_for_lane:
                return self._later.pop(place)
        return None

    async def _cut(self, lane: Lane) -> Shard | None:
        """Return a new shard for the lane; None for now, or because all is cut."""
        if self._all_cut:
            return None
        shard, failed = await self._with_files(self._cut_and_write_failed, lane)
        self._all_cut = shard is None
        self.progress.failed += failed
        if shard is None or not shard.rows:
            return None
        if shard.open is None or shard.open.target == lane.name:
            return shard
        self._later.append(shard)
        return None

    def _cut_and_write_failed(self, lane: Lane) -> tuple[Shard | None, int]:
        shard = self._cutter.cut(lane.size())
        failed = self._cutter.failed()
        self._journal.write([(document, _failure(document.error)) for document in failed if document.error])
        return shard, len(failed)

    async def _send(self, lane: Lane, shard: Shard) -> None:
        """Have a target run a shard; what does not come of it is put aside for later."""
        began = time.monotonic()
        number = await self._with_files(self._journal.begin, lane.name, shard)
        sending = _Sending(dict(shard.rows))
        self._under_way[number] = began
        try:
            await lane.confirm()
            await self._receive(lane, shard, number, sending)
            lane.did(len(shard.rows) - len(sending.left), sending.seconds or time.monotonic() - began)
            await self._put_aside(lane, sending, FIRST_WAIT)
        except BusyError as error:
            lane.was_full(error.retry_after)
            self._again([replace(shard, rows=sending.left, open=None)], FIRST_WAIT)
        except DownError:
            lane.was_down()
            self._again([replace(shard, rows=sending.left, open=None)], FIRST_WAIT)
        except BrokenError as error:
            sending.seconds = error.seconds
            lane.broke()
            await self._broke(lane, shard, sending.left)
        except asyncio.CancelledError:
            if sending.ticket:
                await lane.target.cancel(sending.ticket)
            raise
        finally:
            del self._under_way[number]
            seconds = sending.seconds or (time.monotonic() - began if sending.ticket else 0.0)
            self._spent += seconds
            await self._with_files(self._journal.end, number, seconds, sending.tried)

    async def _receive(self, lane: Lane, shard: Shard, number: int, sending: "_Sending") -> None:
        """Write what comes of a shard as it comes."""

        async def note(ticket: str) -> None:
            sending.ticket = ticket
            await self._with_files(self._journal.note_ticket, number, ticket)

        async with aclosing(lane.target.run(shard, self._options, note)) as items:
            async for item in items:
                self._answered = time.monotonic()
                if isinstance(item, Seconds):
                    sending.seconds = item.predict_time
                else:
                    await self._write(lane, sending.taken(item))

    async def _write(self, lane: Lane, results: list[tuple[Row, Line]]) -> None:
        if not results:
            return
        await self._with_files(self._journal.write, [(row.document, line) for row, line in results])
        succeeded = sum(line["status"] == "succeeded" for _, line in results)
        self.progress.done += succeeded
        self.progress.failed += len(results) - succeeded
        lane.rows_done += len(results)

    async def _put_aside(self, lane: Lane, sending: "_Sending", wait: float) -> None:
        """Have what did not come tried again, together, unless it was often enough."""
        final = [(row, sending.errors.get(n) or silence()) for n, row in sending.left.items() if is_last(row)]
        await self._write(lane, final)
        left = {n: row for n, row in sending.left.items() if not is_last(row)}
        sending.tried = list(left)
        lane.retries += len(left)
        self._again([Shard({n: replace(row, tries=row.tries + 1) for n, row in left.items()})], wait)

    async def _broke(self, lane: Lane, shard: Shard, left: dict[int, Row]) -> None:
        """Have what a shard broke on tried in halves; of one document alone, not for ever."""
        lane.retries += len(left)
        failures = shard.failures + 1
        if len(shard.rows) == 1 and failures >= TRIES:
            error = Fault("E5009", f"every prediction that had this document alone broke off, {failures} of them")
            await self._write(lane, [(row, _failure(error)) for row in left.values()])
            return
        self._again(shard.after_breaking(left), FIRST_WAIT * 2**failures)

    def _again(self, shards: list[Shard], wait: float) -> None:
        due = asyncio.get_running_loop().time() + min(wait, LONGEST_WAIT) * random.uniform(0.5, 1.0)
        for shard in shards:
            if shard.rows:
                shard.not_before = due
                self._later.append(shard)

    async def _with_files(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Run what touches files, to its end also when this is cancelled meanwhile."""
        work = asyncio.get_running_loop().run_in_executor(self._files, partial(function, *arguments, **named))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            if isinstance(error := work.exception(), Exception):
                public(error)  # which nobody else will say
            raise


class _Sending:
    """A shard on its way: what has not come of it, and why."""

    def __init__(self, left: dict[int, Row]) -> None:
        self.left = left
        self.errors: dict[int, Line] = {}  # of rows that are to be tried again
        self.seconds = 0.0
        self.ticket = ""
        self.tried: list[int] = []

    def taken(self, lines: list[Line]) -> list[tuple[Row, Line]]:
        """Take what the model says of rows, each once; return what is final. Raises BrokenError for nonsense."""
        try:
            return self._taken(lines)
        except (KeyError, TypeError, ValueError):
            raise BrokenError("what came is no line of the model's") from None

    def _taken(self, lines: list[Line]) -> list[tuple[Row, Line]]:
        final: list[tuple[Row, Line]] = []
        for line in lines:
            number = int(line["id"]) if line["id"] is not None else 0  # 0: of the table, not of a row
            row = self.left.get(number)
            if row is None:
                continue
            if line["status"] != "succeeded" and may_go_next_time(line["error"]):
                self.errors[number] = line
                continue
            del self.left[number]
            final.append((row, line))
        return final


def may_go_next_time(error: dict[str, Any]) -> bool:
    """Whether an error is the server's doing, and not the document's own."""
    return error.get("code") in FAULTS.keys() - _OWN_FAULTS


def is_last(row: Row) -> bool:
    """Whether a document is not tried again after this time."""
    return row.tries + 1 >= TRIES


def silence() -> Line:
    """What is said of a document that the model never says anything of."""
    return _failure(Fault("E5009", f"{TRIES} predictions said nothing of this document"))


def _failure(error: PrecisError) -> Line:
    return {"status": "failed", "error": as_json(error)}


async def _cancel(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel tasks and wait for their ends."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
