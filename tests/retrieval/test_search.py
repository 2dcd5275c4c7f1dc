"""What a search finds, with a real index and the real embedding model."""

from pathlib import Path

import pytest

from errors import UserError
from indexing import store
from indexing.chunk import chunks, embedded_text
from retrieval.embed import Embedder
from retrieval.index import Index
from retrieval.records import Source
from retrieval.search import first_of_each, search


def found(index: Index, embedder: Embedder, *texts: str, k: int = 4, **options: object) -> list[str]:
    return [hit.chunk.source for hit in search(index, texts, embedder.encode(texts), k=k, **options)]  # type: ignore[arg-type]


def test_a_question_is_answered_by_its_meaning_and_by_its_words(index: Index, embedder: Embedder) -> None:
    assert found(index, embedder, "How do I apply for vacation?")[0].startswith("leave")
    assert found(index, embedder, "BRINE")[0] == "brine.md"


def test_a_filter_holds_for_words_and_for_vectors(index: Index, embedder: Embedder) -> None:
    hits = found(index, embedder, "QUILL grants a permit to a shuttle", where={"team": "people"})
    assert set(hits) == {"leave.md", "leave-old.md"}
    with pytest.raises(UserError) as raised:
        found(index, embedder, "QUILL", where={"tame": "people"})
    assert raised.value.code == "E4006"


def test_the_best_come_first_and_no_more_than_asked_for(index: Index, embedder: Embedder) -> None:
    texts = ["The temperature of a cold room"]
    hits = search(index, texts, embedder.encode(texts), k=2)
    assert len(hits) == 2
    assert 1 >= hits[0].score >= hits[1].score > 0
    assert search(index, [], embedder.encode([]), k=2) == []


def test_a_source_may_be_asked_for_once(embedder: Embedder, tmp_path: Path) -> None:
    rules = " ".join(f"Rule {n}: a shuttle without its permit stops at gate {n} of the aisle." for n in range(60))
    sources = [Source("rules.md", "Rules", rules, "1"), Source("bread.md", "Bread", "Dough rests for an hour.", "2")]
    of_all = [chunk for source in sources for chunk in chunks(source, embedder.count)]
    searchable = [embedded_text(chunk) for chunk in of_all]
    batch = store.Batch({"rules.md": "1", "bread.md": "2"}, of_all, searchable, embedder.encode(searchable))
    store.update(tmp_path / "index", embedding=embedder.identity, dimension=embedder.dimension, batches=[batch])
    index = Index.open(tmp_path / "index")
    assert found(index, embedder, "shuttle without a permit", k=2, one_per_source=True) == ["rules.md", "bread.md"]
    assert found(index, embedder, "shuttle without a permit", k=2) == ["rules.md", "rules.md"]


def test_a_source_stands_where_its_best_passage_does() -> None:
    order = [("a", 2), ("b", 1), ("c", 1), ("b", 3), ("a", 1)]
    assert first_of_each(order) == [("a", 2), ("b", 1), ("c", 1)]
