"""The API in front of a predictor that answers at once, and clients that nobody here wrote."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from replicate.client import Client

from replicate_api.serve import in_front_of
from serving.server import running_server

PREDICTORS = Path(__file__).parent / "predictors"
WORDS = Path(__file__).parent.parent / "serving" / "predictors" / "words.py"


@pytest.fixture(scope="session")
def saying_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Cog server of the saying predictor."""
    project = tmp_path_factory.mktemp("saying")
    shutil.copy(PREDICTORS / "saying.py", project / "predict.py")
    with running_server(project, timeout=60) as url:
        yield url


@pytest.fixture(scope="session")
def api_url(saying_url: str) -> Iterator[str]:
    """The address of an API in front of it."""
    with in_front_of([saying_url], "127.0.0.1", 0) as url:
        yield url


@pytest.fixture
def client(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The replicate client for Python, 1.0.7."""
    monkeypatch.setenv("REPLICATE_POLL_INTERVAL", "0.05")
    return Client("secret-token", base_url=api_url)


@pytest.fixture(scope="session")
def words_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the words predictor, which can crash."""
    project = tmp_path_factory.mktemp("words")
    shutil.copy(WORDS, project / "predict.py")
    return project
