"""A very small documentation, its index, and the model that reads both."""

import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexing import update
from indexing.library import load_embedder
from retrieval import commands
from retrieval.embed import Embedder
from weights import load

if TYPE_CHECKING:
    from retrieval.embed import Floats

DOCS = {
    "ledger.md": "---\nteam: billing\n---\n# Ledger\n\nThe ledger service listens on port 4711; billing owns it.",
    "guides/backup.md": "# Backups\n\nThe nightly backup begins at two o'clock and keeps thirty copies.",
    "guides/restore.txt": "A restore takes ten minutes and needs the key of an administrator.",
    "terms.html": "<html><title>Terms</title><p>A falcon is a worker that retries a payment thrice.</p></html>",
}


@pytest.fixture(scope="module")
def model() -> Embedder:
    return load_embedder(*load.find_embedding_model())


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", DOCS)


@pytest.fixture(scope="module")
def made(model: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of DOCS that nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    update.build(write(folder / "docs", DOCS), folder / "index", model)
    return folder / "index"


@pytest.fixture
def embedded(model: Embedder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the model is given from now on."""
    texts: list[str] = []
    encode = model.encode

    def record(given: Sequence[str]) -> "Floats":
        texts.extend(given)
        return encode(given)

    monkeypatch.setattr(model, "encode", record)
    return texts


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def tar(path: Path, folder: Path, name: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, name)
    return path


def best(model: Embedder, index: Path, question: str, **where: str) -> str:
    return commands.find(index, model, question, 1, where)[0].chunk.source
