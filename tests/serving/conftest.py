"""A server of a predictor that needs no model."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
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


@pytest.fixture(scope="session")
def echo_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that holds nothing but the echo predictor."""
    project = tmp_path_factory.mktemp("echo")
    shutil.copy(PREDICTORS / "echo.py", project / "predict.py")
    return project


@pytest.fixture(scope="session")
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TMPDIR of the server at echo_url."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="session")
def echo_url(echo_project: Path, temporary_files: Path) -> Iterator[str]:
    """The address of a server for it, which may fetch from this machine."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as environment:  # of this server alone
            environment.setitem(os.environ, "TMPDIR", str(temporary_files))
            environment.setitem(os.environ, "PRECIS_ALLOW_PRIVATE_URLS", "1")
            url = stack.enter_context(running_server(echo_project, timeout=60))
        yield url
