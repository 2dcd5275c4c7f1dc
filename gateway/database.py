"""The gateway's database: SQLite or PostgreSQL by URL, its tables brought up to date when it is opened.

Knows: URLs, engines, migrations. Knows nothing of what is in the tables.
"""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Float, create_engine, event, make_url
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from errors import UserError

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_MIGRATIONS = Path(__file__).with_name("migrations")


def open_database(url: str) -> AsyncEngine:
    """Return the database at `url` with its tables as this version has them; blocks. Raises UserError E7105."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _bring_up_to_date(parsed)
    engine = create_async_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    _set_up(engine.sync_engine)
    return engine


def open_for_threads(url: str) -> Engine:
    """Return a database that is up to date for those who work in threads. Raises UserError E7105."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite")
    engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    _set_up(engine)
    return engine


class now(FunctionElement[float]):  # noqa: N801 (as SQLAlchemy's own functions are named)
    """The time by the database's clock, in seconds since 1970: gateways that share it need not agree on theirs."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_of_sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_of_postgresql(*_: Any, **__: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        return parsed.set(drivername=_DRIVERS[parsed.drivername])
    except (ArgumentError, KeyError):
        raise UserError("E7105", "the database is to be sqlite:///PATH or postgresql://USER@HOST/NAME") from None


def _bring_up_to_date(url: URL) -> None:
    """Run the migrations that are missing; of several gateways one does, and the others wait."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError) as error:  # which may show the URL, and so a password
        where = url.render_as_string(hide_password=True)
        raise UserError("E7105", f"{where} cannot be used ({type(error).__name__})") from None


def _set_up(engine: Engine) -> None:
    if engine.url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)


def _set_up_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DB-API connection, whichever driver's
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
