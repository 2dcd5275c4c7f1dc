"""The tables that migrations make are those that the code knows, on each database."""

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.jobs.table import Jobs
from gateway.tables import metadata
from serving.server import ROOT


def test_what_the_migrations_make_is_what_the_code_knows(jobs: Jobs) -> None:
    with jobs.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_two_gateways_may_bring_a_database_up_to_date_at_once(database: str) -> None:
    script = "import sys; from gateway.database import open_database; open_database(sys.argv[1])"
    command = [sys.executable, "-c", script, database]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
