"""What the routes share while the gateway runs.

Knows: the parts, and in which order they begin and end.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import UserError
from gateway import audit
from gateway.audit import Audit
from gateway.cog import CogUpstream
from gateway.database import open_database
from gateway.metrics import Metrics
from gateway.pool import Pool
from gateway.rates import Rates
from gateway.replicate import ReplicateUpstream
from gateway.settings import Settings
from gateway.tokens import Tokens
from gateway.upstream import Upstream


@dataclass(frozen=True)
class Gateway:
    """All parts."""

    settings: Settings
    engine: AsyncEngine
    tokens: Tokens
    rates: Rates
    pool: Pool
    metrics: Metrics
    audit: Audit


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Gateway]:
    """The parts, for as long as the block. Raises UserError E7101, E7105, E6005 and E6006."""
    engine = await asyncio.to_thread(open_database, settings.database.get_secret_value())
    metrics = Metrics()
    upstreams = _upstreams(settings.upstreams, settings.places)
    pool = Pool(upstreams, settings.places, settings.queue, metrics.observe_wait)
    metrics.look_at(pool)
    pool.start()
    entries = audit.opened(settings.audit)
    try:
        yield Gateway(settings, engine, Tokens(engine), Rates(settings.rate_storage), pool, metrics, entries)
    finally:
        await pool.close()
        await engine.dispose()


def gateway(request: Request) -> Gateway:
    """Return the parts, in a route."""
    found = request.app.state.gateway
    assert isinstance(found, Gateway)  # noqa: S101
    return found


def _upstreams(names: Iterable[str], places: int) -> Iterable[Upstream]:
    for name in names:
        if name.startswith(("http://", "https://")):
            yield CogUpstream(name, places)
        elif name.startswith("replicate:"):
            yield ReplicateUpstream(name)
        else:
            raise UserError(
                "E6006", f"{name[:80]!r} is no upstream: it must be http://HOST:PORT or replicate:OWNER/NAME"
            )
