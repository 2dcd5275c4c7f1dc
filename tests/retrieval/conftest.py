"""A real index of a few pages, and the real embedding model."""

import pytest

from indexing import store
from indexing.chunk import chunks, embedded_text
from retrieval import embed
from retrieval.embed import Embedder
from retrieval.index import Index
from retrieval.records import Source
from weights import load

PAGES = {
    "quill.md": ("Quill", "QUILL is the service that grants a shuttle its permit to enter an aisle of the warehouse."),
    "brine.md": ("Brine", "BRINE records the temperature of every cold room and warns when a door stays open."),
    "leave.md": ("Leave", "Employees request holidays four weeks ahead, and their manager answers within a week."),
    "leave-old.md": ("Leave", "Employees request holidays four weeks ahead and their manager answers within a week."),
}


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    folder, alias = load.find_embedding_model()
    return embed.load(folder, alias)


@pytest.fixture(scope="module")
def index(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("search") / "index"
    sources = [
        Source(name, title, text, name, {"team": "people" if title == "Leave" else "controls"})
        for name, (title, text) in PAGES.items()
    ]
    of_all = [chunk for source in sources for chunk in chunks(source, embedder.count)]
    searchable = [embedded_text(chunk) for chunk in of_all]
    batch = store.Batch(
        {source.id: source.digest for source in sources}, of_all, searchable, embedder.encode(searchable)
    )
    store.update(folder, embedding=embedder.identity, dimension=embedder.dimension, batches=[batch])
    return Index.open(folder)
