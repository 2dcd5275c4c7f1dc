"""`precis batch run`: from INPUT, OUT and targets to a run and its exit code.

Knows: the order of things. Plans first, so that what is wrong with INPUT, OUT or a target is said before anything is
sent; what was done before stays done.
"""

import asyncio
import hashlib
import json
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from batch import documents, export
from batch.driver import Driver, End, Limits
from batch.lane import SHARD_SECONDS, Lane
from batch.ledger import State
from batch.shards import Cutter
from batch.store import Store
from batch.target import StopError, Target, TargetError
from errors import UserError

ALL_DONE, SOME_FAILED, STOPPED, INTERRUPTED = 0, 3, 4, 130  # exit codes
TOKENS_A_SECOND = 2_000  # read and written by one machine, where nobody has measured it

TELL_SECONDS = 2.0

Tell = Callable[[str, dict[str, Any]], None]  # a sentence, and the same as facts


@dataclass(frozen=True)
class Asked:
    """What a run is asked to do."""

    source: Path
    out: Path
    targets: Sequence[Target]
    options: dict[str, Any] = field(default_factory=dict)  # inputs of all documents
    shard_rows: int | None = None
    concurrency: int | None = None  # of each target
    limits: Limits = field(default_factory=Limits)
    is_strict: bool = False


def run(asked: Asked, tell: Tell) -> int:
    """Run a batch to its end, or on from where it was left, and return the exit code. Raises the errors of a batch."""
    with closing(Store(asked.out)) as opened:
        return asyncio.run(_run(asked, opened, tell))


async def _run(asked: Asked, opened: Store, tell: Tell) -> int:
    work = await _work(asked, opened)
    _read(asked, opened, work, tell)
    if asked.is_strict and (bad := int(opened.ledger["bad"] or 0)):
        raise UserError("E1013", f"bad documents: {bad:,}; strict was asked for, so nothing was sent")
    names = [target.name for target in asked.targets]
    cutter = Cutter(documents.read(asked.source), partial(opened.find, work), opened.open_predictions(names))
    lanes = [Lane(target, asked.concurrency, asked.shard_rows) for target in asked.targets]
    driver = Driver(opened, cutter, lanes, asked.options, asked.limits)
    _drain_on_signals(driver, tell)
    telling = asyncio.create_task(_tell(driver, tell))
    try:
        end = await driver.run()
    except asyncio.CancelledError:  # by a second signal
        end = End.INTERRUPTED
    finally:
        telling.cancel()
        tell(*describe(driver))
    return _finish(end, asked, opened, tell)


async def _work(asked: Asked, opened: Store) -> bytes:
    """Return what all documents have in common: options, and the model of the first target as it is or last was."""
    ledger = opened.ledger
    first = asked.targets[0]
    try:
        identity = await first.identity()
        ledger[f"identity of {first.name}"] = identity
    except TargetError as error:
        identity = ledger[f"identity of {first.name}"]
        if not identity:
            raise UserError("E3001", f"{first.name}: {error.reason}") from None
    except StopError as stop:
        raise stop.error from None
    said = json.dumps([asked.options, identity], sort_keys=True)
    return hashlib.sha256(said.encode()).digest()


def _read(asked: Asked, opened: Store, work: bytes, tell: Tell) -> None:
    """Enter INPUT in the ledger, unless it is the one that was entered last."""
    fingerprint = f"{work.hex()} {documents.fingerprint(asked.source)}"
    if asked.source.is_file() and opened.ledger["input"] == fingerprint:
        return
    opened.ledger["input"] = ""
    reading = opened.read(documents.read(asked.source), work)
    opened.ledger["input"] = fingerprint
    tell(
        f"{reading.documents:,} documents, some {reading.tokens:,} tokens; {reading.bad:,} are bad, "
        f"{reading.to_do:,} to do",
        {"event": "read", **reading._asdict()},
    )
    if asked.limits.price:
        tell(*estimate(reading.tokens * reading.to_do // max(reading.documents, 1), asked.limits))
    if reading.changed:
        tell(
            f"{reading.changed:,} that were done are new work: they have changed, or the options or the model have",
            {"event": "changed", "documents": reading.changed},
        )


def dry_run(source: Path, limits: Limits, tell: Tell) -> int:
    """Say what there is to do in INPUT, with no target asked and no ledger made."""
    count = tokens = bad = shards = in_shard = 0
    for document in documents.read(source):
        count += 1
        bad += document.error is not None
        tokens += document.tokens
        in_shard += document.tokens
        if in_shard > SHARD_SECONDS * TOKENS_A_SECOND:
            shards, in_shard = shards + 1, 0
    shards += in_shard > 0
    said, expected = estimate(tokens, limits)
    facts = {"event": "dry run", "documents": count, "bad": bad, "tokens": tokens, "shards": shards}
    tell(
        f"{count:,} documents, {bad:,} of them bad, some {tokens:,} tokens, {shards:,} shards; {said}",
        {**expected, **facts},
    )
    return SOME_FAILED if bad else ALL_DONE


def estimate(tokens: int, limits: Limits) -> tuple[str, dict[str, Any]]:
    """Time and cost of so many tokens, before anybody has measured them."""
    seconds = tokens / TOKENS_A_SECOND
    usd = seconds * limits.price
    machine = f"{seconds / 3600:,.1f} hours of one machine, ${usd:,.2f}"
    return (
        f"at {TOKENS_A_SECOND:,} tokens a second, which is assumed, {machine}",
        {"event": "estimate", "seconds": round(seconds), "usd": round(usd, 2)},
    )


def _drain_on_signals(driver: Driver, tell: Tell) -> None:
    """The first signal lets what is under way end; the second ends it."""
    loop = asyncio.get_running_loop()
    running = asyncio.current_task()
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked > 1 and running is not None:
            running.cancel()
            return
        tell("no more is sent; waiting for what is under way (a second signal ends it)", {"event": "draining"})
        driver.drain()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


async def _tell(driver: Driver, tell: Tell) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        tell(*describe(driver))


def describe(driver: Driver) -> tuple[str, dict[str, Any]]:
    """How far a run is, in one line and as facts."""
    progress = driver.progress
    rows = progress.done + progress.failed
    a_minute = 60 * rows / max(time.monotonic() - progress.began, 1e-9)
    left = progress.to_do - rows
    facts = {
        "event": "progress",
        "done": progress.done,
        "failed": progress.failed,
        "left": left,
        "rows_a_minute": round(a_minute, 1),
        "retries": sum(lane.retries for lane in driver.lanes),
        "usd": round(driver.cost, 4),
        "targets": {
            lane.name: {"rows": lane.rows_done, "retries": lane.retries, "is_down": lane.is_down}
            for lane in driver.lanes
        },
    }
    lanes = ", ".join(f"{lane.name} {lane.rows_done:,}{' (silent)' * lane.is_down}" for lane in driver.lanes)
    eta = f", {left / a_minute:,.0f} minutes left" if a_minute and left else ""
    return (
        f"{rows:,} of {progress.to_do:,}, {a_minute:,.0f} a minute{eta}, {progress.failed:,} failed, "
        f"{facts['retries']:,} tried again, ${driver.cost:.2f}; {lanes}",
        facts,
    )


def _finish(end: End, asked: Asked, opened: Store, tell: Tell) -> int:
    done, failed, left = (opened.ledger.count(state) for state in (State.DONE, State.FAILED, State.TO_DO))
    usd = opened.seconds * asked.limits.price
    cost = f", ${usd:,.2f} so far" if asked.limits.price else ""
    tell(
        f"{done:,} done, {failed:,} failed, {left:,} left{cost}",
        {"event": str(end), "done": done, "failed": failed, "usd": round(usd, 4)},
    )
    if left:
        tell(f"stopped ({end}); the same command goes on from here", {"event": "stopped", "left": left})
        return INTERRUPTED if end == End.INTERRUPTED else STOPPED
    if asked.out.suffix == ".parquet":
        export.write(opened, asked.out)
    return SOME_FAILED if failed else ALL_DONE
