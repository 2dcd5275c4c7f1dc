"""What is kept for a time and no longer: jobs that have ended, files of no job, answers that may be asked for again.

Knows: when it is looked for. Knows nothing of how any of it is kept.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from errors import public
from gateway.answers import Answers
from gateway.files import Files
from gateway.jobs.table import Jobs, age_of, folder_of

EVERY_SECONDS = 3_600.0


@asynccontextmanager
async def running(jobs: Jobs, files: Files, keep: float, answers: Answers) -> AsyncIterator[None]:
    """What is too old is removed, for as long as the block; of jobs what ended over `keep` seconds ago."""
    sweeping = asyncio.create_task(_sweep(jobs, files, keep, answers))
    try:
        yield
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)


async def _sweep(jobs: Jobs, files: Files, keep: float, answers: Answers) -> None:
    while True:
        try:
            await asyncio.to_thread(sweep_jobs, jobs, files, keep)
            await answers.sweep()
        except Exception as error:
            public(error)  # which logs where it comes from: the database may be back in an hour
        await asyncio.sleep(EVERY_SECONDS)


def sweep_jobs(jobs: Jobs, files: Files, keep: float) -> None:
    """Remove jobs that ended over `keep` seconds ago with their files, and files of no job that are as old."""
    jobs.sweep(keep)
    for name in files.names("jobs"):
        if age_of(name) > keep and not jobs.is_kept(name):
            files.remove(folder_of(name))
