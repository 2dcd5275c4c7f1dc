"""What Alembic runs to change a database: it is given the URL by `gateway.database`.

Knows: how a database is locked meanwhile, so that of several gateways that begin at once one changes it and the others
find it changed.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool, text
from sqlalchemy.engine import URL

from gateway.tables import metadata

_LOCK = 7_301_500  # of PostgreSQL's advisory locks, ours
_PATIENCE = 60  # seconds, for whoever changes a SQLite file

url: URL = context.config.attributes["url"]
is_sqlite = url.get_backend_name() == "sqlite"
if is_sqlite:
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=pool.NullPool,
        connect_args={"timeout": _PATIENCE, "isolation_level": None},
    )

    @event.listens_for(engine, "begin")
    def _lock(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # by itself it would lock with the first change, after looking

else:
    engine = create_engine(url, poolclass=pool.NullPool)
settings: dict[str, Any] = {"render_as_batch": is_sqlite, "transactional_ddl": True}
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, **settings)
    with context.begin_transaction():
        if not is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()
    connection.commit()
