"""What the routes share while the gateway runs.

Knows: the parts, in which order they are made, begin and end. What is wrong with a setting is said when they are made.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import UserError
from gateway import sweeping
from gateway.answers import Answers
from gateway.database import open_database, open_for_threads
from gateway.files import Files
from gateway.jobs import process as job_process
from gateway.jobs.table import Jobs
from gateway.rates import Rates
from gateway.settings import Settings
from gateway.telemetry import audit
from gateway.telemetry.audit import Audit
from gateway.telemetry.metrics import Metrics
from gateway.tokens import Tokens
from gateway.upstreams.cog import CogUpstream
from gateway.upstreams.pool import Pool
from gateway.upstreams.replicate import ReplicateUpstream
from gateway.upstreams.upstream import Upstream


@dataclass(frozen=True)
class Gateway:
    """All parts."""

    settings: Settings
    engine: AsyncEngine
    tokens: Tokens
    rates: Rates
    pool: Pool
    answers: Answers
    jobs: Jobs
    files: Files
    metrics: Metrics
    audit: Audit


def make(settings: Settings) -> Gateway:
    """Return the parts, which begin nothing yet. Raises UserError E6005, E6006, E7101 and E7105."""
    database = settings.database.get_secret_value()
    upstreams = list(_upstreams(settings.upstreams))
    files, rates, entries = Files(settings.files), Rates(settings.rate_storage), audit.opened(settings.audit)
    engine, metrics = open_database(database), Metrics()
    pool = Pool(upstreams, settings.places, settings.queue, metrics.observe_wait)
    metrics.look_at(pool)
    jobs = Jobs(open_for_threads(database))
    answers = Answers(engine, files, settings.timeout)
    return Gateway(settings, engine, Tokens(engine), rates, pool, answers, jobs, files, metrics, entries)


@asynccontextmanager
async def running(parts: Gateway) -> AsyncIterator[None]:
    """The parts run for as long as the block."""
    parts.pool.start()
    try:
        async with (
            job_process.running(parts.jobs, parts.settings),
            sweeping.running(parts.jobs, parts.files, parts.settings.keep, parts.answers),
        ):
            yield
    finally:
        await parts.pool.close()
        await parts.engine.dispose()
        parts.jobs.engine.dispose()


def gateway(request: Request) -> Gateway:
    """Return the parts, in a route."""
    found = request.app.state.gateway
    assert isinstance(found, Gateway)  # noqa: S101 # for the type: nothing else is ever put there
    return found


def _upstreams(names: Iterable[str]) -> Iterable[Upstream]:
    for name in names:
        if name.startswith(("http://", "https://")):
            yield CogUpstream(name)
        elif name.startswith("replicate:"):
            yield ReplicateUpstream(name)
        else:
            raise UserError("E6006", f"{name[:80]!r} is no upstream: http://HOST:PORT or replicate:OWNER/NAME is one")
