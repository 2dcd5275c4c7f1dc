"""The gateway's other process, which works on jobs: it is there whenever there is something to do.

Knows: how it is begun and ended. Knows nothing of what it does.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from errors import public
from gateway.jobs.table import Jobs
from gateway.settings import Settings
from serving.server import ROOT

log = logging.getLogger("precis.gateway")

_LOOK_SECONDS = 1.0
_PATIENCE = 20.0  # seconds that it has to cancel its predictions


@asynccontextmanager
async def running(table: Jobs, settings: Settings) -> AsyncIterator[None]:
    """Have jobs worked on, for as long as the block."""
    watching = asyncio.create_task(_watch(table, settings))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(table: Jobs, settings: Settings) -> None:
    while True:
        try:
            if await asyncio.to_thread(table.is_waiting):
                code = await _work(settings)
                log.log(logging.WARNING if code else logging.DEBUG, "the process of jobs ended with %d", code)
        except Exception as error:
            public(error)  # which logs where it comes from: the database may be back in a moment
        await asyncio.sleep(_LOOK_SECONDS)


async def _work(settings: Settings) -> int:
    """Have a process work until it has nothing to do; return its exit code."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway.jobs.runner"),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # a signal from the terminal is the gateway's
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert process.stdin is not None  # noqa: S101 # for the type: it is a pipe
    try:
        process.stdin.write(json.dumps(settings.revealed()).encode() + b"\n")  # no argument: it has secrets
        return await process.wait()
    finally:
        process.stdin.close()
        with suppress(TimeoutError, ProcessLookupError):
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
