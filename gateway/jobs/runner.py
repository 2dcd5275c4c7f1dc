"""The process that works on jobs: it takes what nobody has a lease of, drives it, and tells of its end.

    python -m gateway.jobs.runner < settings

It is a process of its own since cutting and writing tables takes a core for as long as it goes on, and requests that
wait for an answer would wait for that too. It begins with its settings on its standard input, ends when that does
(whatever ended the gateway), and when it has had nothing to do for a while.

Knows: in which order a job is done, and what becomes of one that is stopped. Knows nothing of routes.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from batch import documents, targets
from batch.documents import Document
from batch.driver import Driver, Limits
from batch.lane import Lane
from batch.shards import Cutter
from errors import PrecisError, UserError, public
from gateway import options
from gateway.database import open_for_threads
from gateway.files import Files
from gateway.jobs import asked as job_asked
from gateway.jobs import webhooks as job_webhooks
from gateway.jobs.ledger import PART_SECONDS, JobLedger
from gateway.jobs.table import LEASE_SECONDS, Job, Jobs
from gateway.policy import Policy
from gateway.settings import Settings, read
from gateway.telemetry import audit, logs
from rows import tables
from serving import core_dumps
from storage import temporary

log = logging.getLogger("precis.gateway")
_thread = asyncio.to_thread

MOST_STARTS = 5  # that nothing came of
AGAIN_SECONDS = 30.0  # after a start that nothing came of
IDLE_SECONDS = 30.0  # after which the process ends
_LOOK_SECONDS = 0.5
_SOURCES = ("text", "html", "file", "file_name")  # of a row, which are no options


class Runner:
    """All jobs of one process."""

    def __init__(self, table: Jobs, files: Files, settings: Settings) -> None:
        self.owner = uuid4().hex
        self._table = table
        self._files = files
        self._settings = settings
        self._audit = audit.opened(settings.audit)

    async def run(self, idle: float = float("inf")) -> None:
        """Work until there was nothing to do for `idle` seconds. When it is cancelled, others go on with the jobs."""
        clock = asyncio.get_running_loop().time
        busy_at = clock()
        doing: set[asyncio.Task[None]] = set()
        telling: set[asyncio.Task[None]] = set()
        try:
            while doing or telling or clock() - busy_at < idle:
                try:
                    while len(doing) < self._settings.jobs and (job := await _thread(self._table.take, self.owner)):
                        _start(self._do(job), doing)
                    while job := await _thread(self._table.take_telling):
                        _start(job_webhooks.tell(self._table, self._files, self._settings, job), telling)
                except Exception as error:
                    public(error)  # which logs where it comes from: the database may be back in a moment
                if doing or telling:
                    busy_at = clock()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            for task in (*doing, *telling):
                task.cancel()
            await asyncio.gather(*doing, *telling, return_exceptions=True)

    async def _do(self, job: Job) -> None:
        """Do a job, and enter what became of it."""
        log.info("job %s is taken; it was begun %d times since anything came of it", job.id, job.starts - 1)
        try:
            await self._drive(job)
        except asyncio.CancelledError:
            await _thread(self._table.leave, job.id, self.owner, is_no_try=True)
            raise
        except Exception as error:
            await self._stopped(job, _without_values(public(error)))
        else:
            log.info("job %s is done", job.id)
            await _thread(self._account, job)

    async def _stopped(self, job: Job, error: PrecisError) -> None:
        """Leave a job to another try, unless none will mend it."""
        log.warning("job %s was stopped: %s", job.id, error)
        if error.code == "E6001":  # it is another's, or was canceled
            if not await _thread(self._table.is_kept, job.id):
                await _thread(self._files.remove, job.folder)
        elif _is_final(error) or job.starts >= MOST_STARTS:
            await _thread(self._table.finish, job.id, self.owner, error)
            await _thread(self._account, job)
        else:
            await _thread(self._table.leave, job.id, self.owner, wait=AGAIN_SECONDS)

    def _account(self, job: Job) -> None:
        """Enter in the audit log how a job ended, and how much it was."""
        ended = self._table.get(job.id, job.token)
        self._audit(
            {
                "job": ended.id,
                "token": ended.token,
                "status": ended.status,
                "code": ended.error["code"] if ended.error else None,
                "options": ended.options,
                "documents": ended.done + ended.failed,
                "failed": ended.failed,
                "codes": ended.codes,
            }
        )

    async def _drive(self, job: Job) -> None:
        ledger = await _thread(JobLedger, self._table, self._files, job, self.owner)
        with temporary.folder() as folder:
            await _first(self._summarize(job, ledger, folder / "upload"), _keep(ledger), _write(ledger))
        await _thread(ledger.finish)

    async def _summarize(self, job: Job, ledger: JobLedger, source: Path) -> None:
        """Take the documents of a job through the upstreams."""
        asked = await _thread(job_asked.read, self._files, job.folder)
        await _thread(job_asked.get_upload, self._files, job.folder, source)
        if not ledger.is_counted:
            await _thread(ledger.count, tables.records(source, most_bytes=None))
        to = [targets.parse(written) for written in self._settings.upstreams]
        open_ones = await _thread(ledger.open_predictions, [target.name for target in to])
        cutter = Cutter(_documents(source, asked.policy), ledger.find, open_ones)
        lanes = [Lane(target, self._settings.job_places) for target in to]
        await Driver(ledger, cutter, lanes, asked.options, Limits()).run()


def _documents(source: Path, policy: Policy) -> Iterator[Document]:
    for document in documents.read(source):
        yield document if document.error else _held_to(policy, document)


def _held_to(policy: Policy, document: Document) -> Document:
    """Return a document with its own options as its token may have them, or with its error E7003."""
    asked = {name: value for name, value in document.inputs.items() if name not in _SOURCES}
    try:
        policy.apply(asked)
    except UserError as error:
        return replace(document, error=error)
    required = {name: policy.required[name] for name in asked if name in policy.required}
    return replace(document, inputs=document.inputs | required) if required else document


async def _keep(ledger: JobLedger) -> None:
    """Renew the lease for ever. Raises UserError E6001 when it is lost."""
    while True:
        await asyncio.sleep(LEASE_SECONDS / 5)
        await _thread(ledger.renew)


async def _write(ledger: JobLedger) -> None:
    """Have results seen soon, for ever."""
    while True:
        await asyncio.sleep(PART_SECONDS)
        await _thread(ledger.flush_if_old)


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Return when one of them has come to its end, which ends the others. Raises what that one does."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _start(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Begin a task, of whose error the log has the place."""

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            public(error)

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(ended)


def _without_values(error: PrecisError) -> PrecisError:
    """Return an error as the database and the log may have it: a model that refuses an option quotes its value."""
    if error.code != "E6007":
        return error
    names = [name for name in options.fields() if f": {name}: " in str(error) or f"; {name}: " in str(error)]
    return UserError("E6007", f"the model refuses {' and '.join(names) or 'the options'} as asked of all documents")


def _is_final(error: PrecisError) -> bool:
    """Whether the job would meet it again: all that is not ours, but that nobody answers."""
    return isinstance(error, UserError) and error.code != "E3001"


async def main() -> None:
    """Work for the gateway whose settings come on the standard input, until it closes that."""
    core_dumps.forbid()  # documents pass through here
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    settings = read(**json.loads(await reader.readline()))
    table = Jobs(open_for_threads(settings.database.get_secret_value()))
    running = asyncio.create_task(Runner(table, Files(settings.files), settings).run(IDLE_SECONDS))
    loop.add_signal_handler(signal.SIGTERM, running.cancel)
    gone = asyncio.create_task(reader.read())
    await asyncio.wait({running, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, gone):
        task.cancel()
    await asyncio.gather(running, gone, return_exceptions=True)


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(main())
