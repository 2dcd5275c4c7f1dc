"""The whole way from documents to passages, with the real model and a real index, over a very small documentation."""

import json
import logging
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import indexing
import knowledge
from contract import SummaryRequest
from errors import UserError
from retrieval import upload
from retrieval.embed import Embedder
from retrieval.index import Index

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
    return knowledge.embedder()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", DOCS)


@pytest.fixture(scope="module")
def made(model: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of DOCS that nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    indexing.build(write(folder / "docs", DOCS), folder / "index", model)
    return folder / "index"


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of uploads, of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "precis" / "knowledge"


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
    return knowledge.find(index, model, question, 1, where)[0].chunk.source


def test_what_was_built_is_found_with_where_it_stands(model: Embedder, made: Path) -> None:
    [hit] = knowledge.find(made, model, "When does the nightly backup begin?", 1)
    assert (hit.chunk.source, hit.chunk.title, hit.chunk.headings) == ("guides/backup.md", "Backups", ("Backups",))
    assert "two o'clock" in hit.chunk.text
    assert best(model, made, "what is a falcon?") == "terms.html"


def test_a_filter_keeps_to_the_metadata(model: Embedder, made: Path) -> None:
    hits = knowledge.find(made, model, "Which port does the ledger listen on?", 5, {"path": "guides"})
    assert {hit.chunk.source for hit in hits} <= {"guides/backup.md", "guides/restore.txt"}
    assert best(model, made, "Which port does the ledger listen on?", team="billing") == "ledger.md"
    with pytest.raises(UserError, match="E4006"):
        knowledge.find(made, model, "ledger", 1, {"colour": "red"})


def test_only_what_changed_is_embedded_and_what_is_gone_leaves(
    model: Embedder, docs: Path, tmp_path: Path, embedded: list[str]
) -> None:
    index = tmp_path / "index"
    first = indexing.build(docs, index, model)
    assert (first.added, first.embedded, first.manifest.sources) == (4, len(embedded), 4)
    embedded.clear()
    again = indexing.build(docs, index, model)
    assert (again.unchanged, again.embedded, embedded) == (4, 0, [])
    assert again.manifest == first.manifest
    write(docs, {"ledger.md": "# Ledger\n\nThe ledger service moved to port 5822.", "new.md": "# New\n\nA new page."})
    (docs / "guides/backup.md").unlink()
    third = indexing.build(docs, index, model)
    assert (third.added, third.replaced, third.removed, third.unchanged) == (1, 1, 1, 2)
    assert len(embedded) == third.embedded == 2
    assert sorted(Index.open(index).sources()) == ["guides/restore.txt", "ledger.md", "new.md", "terms.html"]
    texts = [hit.chunk.text for hit in knowledge.find(index, model, "port of the ledger, and the nightly backup", 9)]
    assert not [text for text in texts if "4711" in text or "two o'clock" in text]


def test_a_document_that_cannot_be_read_is_reported_and_the_others_go_on(
    model: Embedder, docs: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    indexing.build(docs, index, model)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (docs / "ledger.md").write_text("")  # what was in it must not stay
    change = indexing.build(docs, index, model)
    assert [(name, error.code) for name, error in change.failures] == [("broken.pdf", "E1011"), ("ledger.md", "E1007")]
    assert (change.added, change.removed, change.unchanged) == (0, 1, 3)
    assert "ledger.md" not in Index.open(index).sources()


def test_a_fault_of_ours_costs_one_document(
    model: Embedder, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import normalizers

    normalize = normalizers.normalize

    def fail(request: SummaryRequest) -> object:
        if request.file_name == "ledger.md":
            raise RuntimeError("port 4711")
        return normalize(request)

    monkeypatch.setattr(normalizers, "normalize", fail)
    change = indexing.build(docs, tmp_path / "index", model)
    assert [(name, str(error)) for name, error in change.failures] == [("ledger.md", "E5000 internal fault")]
    assert change.added == 3


def test_a_bad_row_ends_a_build_before_anything_is_embedded(
    model: Embedder, tmp_path: Path, embedded: list[str]
) -> None:
    rows = [{"id": str(number), "text": f"Fact number {number}."} for number in range(3)]
    file = tmp_path / "d.jsonl"
    file.write_text("\n".join([*map(json.dumps, rows), "{"]))
    with pytest.raises(UserError, match="E1014 line 4"):
        indexing.build(file, tmp_path / "index", model)
    assert embedded == []
    assert not (tmp_path / "index").exists()


def test_rows_are_built_and_found_by_their_ids(model: Embedder, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"id": 7, "title": "Otters", "text": "Otters sleep in the water.", "metadata": {"year": 1999}}\n')
    assert indexing.build(file, tmp_path / "index", model).manifest.sources == 1
    assert best(model, tmp_path / "index", "How do otters sleep?", year="1999") == "7"


def test_many_chunks_go_in_batches_and_none_is_lost(
    model: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_BATCH", 2)
    rows = [
        {"id": str(number), "text": f"# Part {number}\n\nWords of part {number}. " * number} for number in range(1, 6)
    ]
    rows[3]["text"] = "\n\n".join(f"# Item {n}\n\n" + f"The council met on day {n}. " * 60 for n in range(5))
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    change = indexing.build(tmp_path / "d.jsonl", tmp_path / "index", model)
    assert change.embedded == change.manifest.chunks > 9
    assert sorted(Index.open(tmp_path / "index").sources()) == ["1", "2", "3", "4", "5"]
    knowledge.verify(tmp_path / "index")


def test_add_replaces_and_removes_nothing(model: Embedder, docs: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    indexing.build(docs, index, model)
    more = write(tmp_path / "more", {"ledger.md": "# Ledger\n\nThe ledger is on port 9.", "x.md": "# X\n\nWords."})
    change = indexing.add(more, index, model)
    assert (change.added, change.replaced, change.removed, change.manifest.sources) == (1, 1, 0, 5)
    assert "port 9" in knowledge.find(index, model, "port of the ledger", 1)[0].chunk.text
    with pytest.raises(UserError, match="E4002"):
        indexing.add(more, tmp_path / "none", model)


def test_remove_takes_sources_out_and_names_one_that_is_not_there(model: Embedder, docs: Path, tmp_path: Path) -> None:
    indexing.build(docs, tmp_path / "index", model)
    with pytest.raises(UserError, match=r"E1004 1 of 2 are no source of the index, the first is other\.md"):
        indexing.remove(tmp_path / "index", ["ledger.md", "other.md"])
    left = indexing.remove(tmp_path / "index", ["ledger.md", "terms.html"])
    assert left.sources == 2
    assert sorted(Index.open(tmp_path / "index").sources()) == ["guides/backup.md", "guides/restore.txt"]


def test_nothing_to_index_leaves_the_index_as_it_is(model: Embedder, docs: Path, tmp_path: Path) -> None:
    indexing.build(docs, tmp_path / "index", model)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"E1004 .* has 0 documents"):
        indexing.build(tmp_path / "empty", tmp_path / "index", model)
    assert len(Index.open(tmp_path / "index").sources()) == 4


def test_an_index_of_another_model_is_refused_with_both_names(
    model: Embedder, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = model.identity
    monkeypatch.setattr(model, "identity", "other:0123")
    for act in (
        lambda: knowledge.find(made, model, "ledger", 1),
        lambda: indexing.build(made.parent / "docs", made, model),
        lambda: indexing.add(made.parent / "docs", made, model),
    ):
        with pytest.raises(UserError, match=f"E4003 .*{identity}.*other:0123"):
            act()


def test_lines_are_searched_in_order_and_chunks_are_distinct(model: Embedder, made: Path) -> None:
    lines = ['{"id": "q1", "text": "nightly backup"}\n', "\n", '{"id": 2, "text": "what is a falcon"}\n']
    found = [json.loads(line) for line in knowledge.find_lines(made, model, lines, 3)]
    assert [line["id"] for line in found] == ["q1", 2]
    assert [line["hits"][0]["source"] for line in found] == ["guides/backup.md", "terms.html"]
    for line in found:
        assert [set(hit) for hit in line["hits"]] == [{"source", "chunk", "score"}] * len(line["hits"])
        scores = [hit["score"] for hit in line["hits"]]
        assert scores == sorted(scores, reverse=True)
        chunks = [(hit["source"], hit["chunk"]) for hit in line["hits"]]
        assert len(set(chunks)) == len(chunks) <= 3


def test_lines_find_what_one_question_finds(model: Embedder, made: Path) -> None:
    question = "Who owns the ledger service?"
    [line] = knowledge.find_lines(made, model, [json.dumps({"id": 1, "text": question})], 3)
    one = [(hit.chunk.source, hit.chunk.number) for hit in knowledge.find(made, model, question, 3)]
    many = [(hit["source"], hit["chunk"]) for hit in json.loads(line)["hits"]]
    assert many[: len(one)] == one


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "text": 3}', '{"text": "secret"}'])
def test_a_bad_query_is_named_by_its_line(model: Embedder, made: Path, line: str) -> None:
    with pytest.raises(UserError, match="E1014 line 2 ") as caught:
        list(knowledge.find_lines(made, model, ['{"id": 1, "text": "x"}\n', line], 3))
    assert "secret" not in str(caught.value)


def test_an_uploaded_index_is_unpacked_once_and_searched(
    made: Path, tmp_path: Path, uploads: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tar(tmp_path / "a.tar.gz", made, "knowledge")
    flat = tar(tmp_path / "b.tar.gz", made, ".")
    for file in (inside, flat):
        assert knowledge.open_upload(file).manifest == Index.open(made).manifest
    assert embedded == []
    monkeypatch.setattr(upload, "unpack", None)  # from here on the cache must do
    assert knowledge.open_upload(inside).manifest.sources == 4
    assert len([item for item in uploads.iterdir() if item.is_dir()]) == 2


def test_uploaded_documents_are_indexed_once(
    docs: Path, tmp_path: Path, uploads: Path, embedded: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    (docs / "secret-name.pdf").write_bytes(b"%PDF-1.7 secret words")
    with caplog.at_level(logging.DEBUG, "precis"):
        index = knowledge.open_upload(tar(tmp_path / "a.tar.gz", docs, "docs"))
    assert sorted(index.sources()) == sorted(DOCS)
    assert len(embedded) == index.manifest.chunks == 4
    knowledge.open_upload(tmp_path / "a.tar.gz")
    assert len(embedded) == 4
    assert "unreadable {'E1011': 1}" in caplog.text
    assert "secret" not in caplog.text
    [kept] = (item for item in uploads.iterdir() if item.is_dir())
    assert [item.name for item in kept.iterdir()] == ["index"]  # the documents themselves do not stay


def test_an_upload_in_use_outlives_a_full_cache(
    made: Path, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "CACHE_BYTES", 1)
    index = knowledge.open_upload(tar(tmp_path / "a.tar.gz", made, "a"))
    knowledge.open_upload(tar(tmp_path / "b.tar.gz", docs, "b"))
    assert index.search_text(["backup"], 1)[0][0].chunk.source == "guides/backup.md"
    del index
    knowledge.open_upload(tar(tmp_path / "c.tar.gz", made, "c"))
    assert len([item for item in uploads.iterdir() if item.is_dir()]) == 1


def test_too_much_to_index_on_the_fly_says_both_numbers(
    docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tar(tmp_path / "a.tar.gz", docs, "docs")
    monkeypatch.setattr(indexing, "MAX_CHARACTERS", 100)
    with pytest.raises(UserError, match="E4005 knowledge has over 100 characters"):
        knowledge.open_upload(file)
    monkeypatch.setattr(indexing, "MAX_DOCUMENTS", 3)
    with pytest.raises(UserError, match="E4005 knowledge has 4 documents; 3 are"):
        knowledge.open_upload(file)
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_an_upload_without_anything_to_search_is_refused(tmp_path: Path, uploads: Path) -> None:
    pictures = write(tmp_path / "pictures", {"secret.png": "x", "secret.zip": "y"})
    with pytest.raises(UserError, match="E4002 knowledge holds neither"):
        knowledge.open_upload(tar(tmp_path / "a.tar.gz", pictures, "secret"))
    broken = write(tmp_path / "broken", {"secret.pdf": "%PDF-1.7 no more"})
    with pytest.raises(UserError, match=r"E4002 none of the 1 documents in knowledge can be read \(E1011\)") as caught:
        knowledge.open_upload(tar(tmp_path / "b.tar.gz", broken, "secret"))
    assert "secret" not in str(caught.value)
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_a_damaged_or_foreign_index_in_an_upload_is_refused(made: Path, tmp_path: Path, uploads: Path) -> None:
    file = tar(tmp_path / "whole.tar.gz", made, "a")
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "copy", filter="data")
    largest = max((path for path in (tmp_path / "copy").rglob("*.lance")), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    with pytest.raises(UserError, match="E4002"):
        knowledge.open_upload(tar(tmp_path / "damaged.tar.gz", tmp_path / "copy" / "a", "a"))
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as other:
        other.writestr("k/manifest.json", '{"format": 1, "of": "somebody else"}')
    with pytest.raises(UserError, match="E4002"):
        knowledge.open_upload(tmp_path / "foreign.zip")
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_stats_say_what_the_index_is(model: Embedder, made: Path) -> None:
    found = knowledge.stats(made)
    assert (found["sources"], found["chunks"]) == ("4", "4")
    assert found["embedding"] == f"{model.identity}, {model.dimension} dimensions"
    assert found["fields"] == "path, team, type"


def test_a_document_finds_what_explains_it_and_an_unrelated_one_nothing(made: Path) -> None:
    index = Index.open(made)
    mentions = "The meeting was short. After lunch a falcon retried the payment of the invoice. Nobody complained."
    assert knowledge.background(index, mentions, "", 3)[0].chunk.source == "terms.html"
    unrelated = "Otters sleep in the water, and hold each other's paws. The river Alm has many of them."
    assert knowledge.background(index, unrelated, "", 3) == []
    assert (
        knowledge.background(index, unrelated, "When does the backup begin?", 3)[0].chunk.source == "guides/backup.md"
    )


def test_texts_that_the_model_cannot_read_to_their_end_are_searched_in_parts(made: Path) -> None:
    index, model = Index.open(made), knowledge.embedder()
    long = "水獭睡在水里" * 300 + " x1y2z3" * 200
    assert knowledge.background(index, long, long[:1_000], 3) == []
    question = "x1y2z3 " * 300 + "When does the nightly backup begin?"
    assert best(model, made, question) == "guides/backup.md"
    [line] = knowledge.find_lines(made, model, [json.dumps({"id": 1, "text": question})], 1)
    assert json.loads(line)["hits"][0]["source"] == "guides/backup.md"


def test_what_is_baked_in_is_opened_and_nothing_is_none(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "BAKED", made)
    baked = knowledge.open_baked()
    assert baked
    assert baked.manifest.sources == 4
    monkeypatch.setattr(knowledge, "BAKED", made / "none")
    assert knowledge.open_baked() is None


@pytest.mark.parametrize("text", ["", "=x", "team"])
def test_a_filter_has_two_sides(text: str) -> None:
    with pytest.raises(UserError, match="E4006"):
        knowledge.pair(text)
    assert knowledge.pair("a=b=c") == ("a", "b=c")
