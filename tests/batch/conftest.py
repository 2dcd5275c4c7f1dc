"""A server of a model that answers at once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.server import running_server

PREDICTOR = Path(__file__).parent / "predictors" / "instant.py"


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
