"""A server of a predictor that needs no model."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.server import running_server

PREDICTORS = Path(__file__).parent / "predictors"


@pytest.fixture(scope="session")
def words_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that holds nothing but the words predictor."""
    project = tmp_path_factory.mktemp("words")
    shutil.copy(PREDICTORS / "words.py", project / "predict.py")
    return project


@pytest.fixture(scope="session")
def words_url(words_project: Path) -> Iterator[str]:
    """The address of a server for it."""
    with running_server(words_project, timeout=60) as url:
        yield url
