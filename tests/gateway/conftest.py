"""A server of a model that answers at once, and a gateway before it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from gateway.jobs.table import Jobs
from serving.server import running_server
from tests.gateway import databases
from tests.gateway.browser import chromium
from tests.gateway.running import Running, gateway

PREDICTOR = Path(__file__).parent / "predictors" / "instant.py"
OF_TABLES = Path(__file__).parent.parent / "batch" / "predictors" / "instant.py"


@pytest.fixture(scope="session")
def instant_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that holds nothing but the instant predictor."""
    project = tmp_path_factory.mktemp("instant")
    shutil.copy(PREDICTOR, project / "predict.py")
    return project


@pytest.fixture(scope="session")
def instant_url(instant_project: Path) -> Iterator[str]:
    """The address of a server for it."""
    with running_server(instant_project, timeout=60) as url:
        yield url


@pytest.fixture(scope="session")
def open_gateway(instant_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway without tokens."""
    with gateway(tmp_path_factory.mktemp("gateway"), instant_url, max_body=100_000) as running:
        yield running


@pytest.fixture
def client(open_gateway: Running) -> Iterator[httpx.Client]:
    """Who calls it."""
    with httpx.Client(base_url=open_gateway.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def tables_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers each row of a table at once."""
    project = tmp_path_factory.mktemp("tables")
    shutil.copy(OF_TABLES, project / "predict.py")
    with running_server(project, timeout=60) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL."""
    with databases.postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gateway.db'}"
    return databases.new_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def jobs(database: str) -> Iterator[Jobs]:
    """The jobs of a database that has none."""
    found = databases.jobs_in(database)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Of one module: Playwright's event loop runs as long, and no other can beside it."""
    with chromium() as browser:
        yield browser
