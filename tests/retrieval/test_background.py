"""What explains a document, with a real index and the real embedding model."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from computing.processes import Processes
from retrieval import background as passages
from retrieval.background import background
from retrieval.embed import Embedder
from retrieval.index import Index

if TYPE_CHECKING:
    from retrieval.embed import Floats

REPORT = (
    "The night was quiet until two. A lorry with spinach was late again, and the crew waited in the yard. "
    "QUILL refused the permit of shuttle 31. The driver had coffee and told of his daughter's school play."
)
CHOIR = "The choir sang Brahms on Sunday. The audience applauded for minutes, and the soprano bowed twice."


def sources(index: Index, embedder: Embedder, document: str, focus: str = "", k: int = 4) -> list[str]:
    return [hit.chunk.source for hit in background(index, embedder, document, focus, k=k)]


def test_what_a_document_mentions_once_is_explained(index: Index, embedder: Embedder) -> None:
    assert sources(index, embedder, REPORT)[0] == "quill.md"


def test_another_process_loads_index_and_model_from_where_they_lie_and_finds_the_same(
    index: Index, embedder: Embedder
) -> None:
    async def elsewhere() -> list[str]:
        processes = Processes(1, 120)
        try:
            return await processes.run(sources, index, embedder, REPORT)
        finally:
            processes.close()

    assert asyncio.run(elsewhere()) == sources(index, embedder, REPORT)


def test_what_neither_way_finds_near_enough_is_left_out(index: Index, embedder: Embedder) -> None:
    assert sources(index, embedder, REPORT) == ["quill.md"]


def test_what_is_mentioned_comes_after_what_is_meant(index: Index, embedder: Embedder) -> None:
    text = "I asked my manager for holidays four weeks ahead and got no answer within the week. My QUILL said so."
    assert sources(index, embedder, text, k=2) == ["leave.md", "quill.md"]


def test_documentation_of_something_else_explains_nothing(index: Index, embedder: Embedder) -> None:
    assert sources(index, embedder, CHOIR) == []


def test_the_focus_asks_too(index: Index, embedder: Embedder) -> None:
    assert sources(index, embedder, CHOIR, "How early do employees ask their manager for holidays?")[0] in (
        "leave.md",
        "leave-old.md",
    )


def test_a_name_that_the_embedding_model_never_saw_is_found_as_it_is_written(index: Index, embedder: Embedder) -> None:
    text = "Shuttle 31 waited. The crew rang twice, and BRINE said nothing. They went home at two."
    assert sources(index, embedder, text, k=1) == ["brine.md"]


def test_a_document_of_any_length_is_searched_with_a_bounded_number_of_texts(
    index: Index, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = embedder.encode
    monkeypatch.setattr(passages, "_MOST", 40)

    def noted(texts: Sequence[str]) -> "Floats":
        encoded.extend(texts)
        return encode(texts)

    monkeypatch.setattr(embedder, "encode", noted)
    background(index, embedder, " ".join(f"They spoke about item {n} again." for n in range(1_000)), k=3)
    assert encoded[:2] == ["They spoke about item 0 again.", "They spoke about item 25 again."]
    assert len(encoded) == 40 + 10
