"""What Alembic runs to change a database: it is given the URL by `gateway.database`.

Knows: that PostgreSQL can be locked meanwhile, and that a change of SQLite locks itself.
"""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlalchemy.engine import URL

from gateway.tables import metadata

_LOCK = 7_301_500  # of PostgreSQL's advisory locks, ours

url: URL = context.config.attributes["url"]
is_sqlite = url.get_backend_name() == "sqlite"
engine = create_engine(url.set(drivername="sqlite") if is_sqlite else url, poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=is_sqlite)
    with context.begin_transaction():
        if not is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()
    connection.commit()
