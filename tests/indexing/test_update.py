"""The whole way from documents to an index, with the real model, over a very small documentation."""

import json
from pathlib import Path

import pytest

from contract.request import SummaryRequest
from errors import UserError
from indexing import update
from normalizers import steps
from retrieval import commands
from retrieval.embed import Embedder
from retrieval.index import Index
from tests.documentation import best, write


def test_only_what_changed_is_embedded_and_what_is_gone_leaves(
    model: Embedder, docs: Path, tmp_path: Path, embedded: list[str]
) -> None:
    index = tmp_path / "index"
    first = update.build(docs, index, model)
    assert (first.added, first.embedded, first.manifest.sources) == (4, len(embedded), 4)
    embedded.clear()
    again = update.build(docs, index, model)
    assert (again.unchanged, again.embedded, embedded) == (4, 0, [])
    assert again.manifest == first.manifest
    write(docs, {"ledger.md": "# Ledger\n\nThe ledger service moved to port 5822.", "new.md": "# New\n\nA new page."})
    (docs / "guides/backup.md").unlink()
    third = update.build(docs, index, model)
    assert (third.added, third.replaced, third.removed, third.unchanged) == (1, 1, 1, 2)
    assert len(embedded) == third.embedded == 2
    assert sorted(Index.open(index).sources()) == ["guides/restore.txt", "ledger.md", "new.md", "terms.html"]
    texts = [hit.chunk.text for hit in commands.find(index, model, "port of the ledger, and the nightly backup", 9)]
    assert not [text for text in texts if "4711" in text or "two o'clock" in text]


def test_a_document_that_cannot_be_read_is_reported_and_the_others_go_on(
    model: Embedder, docs: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    update.build(docs, index, model)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (docs / "ledger.md").write_text("")  # what was in it must not stay
    change = update.build(docs, index, model)
    assert [(name, error.code) for name, error in change.failures] == [("broken.pdf", "E1011"), ("ledger.md", "E1007")]
    assert (change.added, change.removed, change.unchanged) == (0, 1, 3)
    assert "ledger.md" not in Index.open(index).sources()


def test_a_fault_of_ours_costs_one_document(
    model: Embedder, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    normalize = steps.normalize

    def fail(request: SummaryRequest) -> object:
        if request.file_name == "ledger.md":
            raise RuntimeError("port 4711")
        return normalize(request)

    monkeypatch.setattr(steps, "normalize", fail)
    change = update.build(docs, tmp_path / "index", model)
    assert [(name, str(error)) for name, error in change.failures] == [("ledger.md", "E5000 internal fault")]
    assert change.added == 3


def test_a_bad_row_is_reported_with_its_line_and_the_others_are_indexed(model: Embedder, tmp_path: Path) -> None:
    rows = [{"id": str(number), "text": f"Fact number {number}."} for number in range(3)]
    file = tmp_path / "d.jsonl"
    file.write_text(
        "\n".join(['{"id": "\\ud83d", "text": "x"}', *map(json.dumps, rows), "{", '{"id": "1", "text": "y"}'])
    )
    change = update.build(file, tmp_path / "index", model)
    assert [(name, str(error)) for name, error in change.failures] == [
        ("d.jsonl:1", "E1013 line 1: id must be text or a whole number"),
        ("d.jsonl:5", "E1013 line 5: it is not JSON"),
        ("d.jsonl:6", "E1013 line 6: it has the id of line 3"),
    ]
    assert sorted(Index.open(tmp_path / "index").sources()) == ["0", "1", "2"]


def test_a_row_that_can_no_longer_be_read_leaves_the_index(model: Embedder, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"id": "a", "text": "A fact."}\n{"id": "b", "text": "Another."}\n')
    update.build(file, tmp_path / "index", model)
    file.write_text('{"id": "a", "text": "A fact."}\n{"id": "b", "text": 5}\n')
    change = update.build(file, tmp_path / "index", model)
    assert (change.unchanged, change.removed, len(change.failures)) == (1, 1, 1)
    assert list(Index.open(tmp_path / "index").sources()) == ["a"]


def test_a_file_of_which_no_row_can_be_read_leaves_the_index_as_it_is(
    model: Embedder, tmp_path: Path, embedded: list[str]
) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"id": "a", "text": "A fact."}\n')
    update.build(file, tmp_path / "index", model)
    embedded.clear()
    file.write_text("something else\n")
    with pytest.raises(UserError, match="E1014 not one row can be read; E1013 line 1"):
        update.build(file, tmp_path / "index", model)
    assert embedded == []
    assert list(Index.open(tmp_path / "index").sources()) == ["a"]


def test_rows_are_built_and_found_by_their_ids(model: Embedder, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"id": 7, "title": "Otters", "text": "Otters sleep in the water.", "metadata": {"year": 1999}}\n')
    assert update.build(file, tmp_path / "index", model).manifest.sources == 1
    assert best(model, tmp_path / "index", "How do otters sleep?", year="1999") == "7"


def test_many_chunks_go_in_batches_and_none_is_lost(
    model: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "_BATCH", 2)
    rows = [
        {"id": str(number), "text": f"# Part {number}\n\nWords of part {number}. " * number} for number in range(1, 6)
    ]
    rows[3]["text"] = "\n\n".join(f"# Item {n}\n\n" + f"The council met on day {n}. " * 60 for n in range(5))
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    change = update.build(tmp_path / "d.jsonl", tmp_path / "index", model)
    assert change.embedded == change.manifest.chunks > 9
    assert sorted(Index.open(tmp_path / "index").sources()) == ["1", "2", "3", "4", "5"]
    commands.verify(tmp_path / "index")


def test_add_replaces_and_removes_nothing(model: Embedder, docs: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    update.build(docs, index, model)
    more = write(tmp_path / "more", {"ledger.md": "# Ledger\n\nThe ledger is on port 9.", "x.md": "# X\n\nWords."})
    change = update.add(more, index, model)
    assert (change.added, change.replaced, change.removed, change.manifest.sources) == (1, 1, 0, 5)
    assert "port 9" in commands.find(index, model, "port of the ledger", 1)[0].chunk.text
    with pytest.raises(UserError, match="E4002"):
        update.add(more, tmp_path / "none", model)


def test_remove_takes_sources_out_and_names_one_that_is_not_there(model: Embedder, docs: Path, tmp_path: Path) -> None:
    update.build(docs, tmp_path / "index", model)
    with pytest.raises(UserError, match=r"E1004 1 of 2 are no source of the index, the first is other\.md"):
        update.remove(tmp_path / "index", ["ledger.md", "other.md"])
    left = update.remove(tmp_path / "index", ["ledger.md", "terms.html"])
    assert left.sources == 2
    assert sorted(Index.open(tmp_path / "index").sources()) == ["guides/backup.md", "guides/restore.txt"]


def test_nothing_to_index_leaves_the_index_as_it_is(model: Embedder, docs: Path, tmp_path: Path) -> None:
    update.build(docs, tmp_path / "index", model)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"E1004 .* has 0 documents"):
        update.build(tmp_path / "empty", tmp_path / "index", model)
    assert len(Index.open(tmp_path / "index").sources()) == 4


def test_an_index_of_another_model_is_refused_with_both_names(
    model: Embedder, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = model.identity
    monkeypatch.setattr(model, "identity", "other:0123")
    for act in (
        lambda: commands.find(made, model, "ledger", 1),
        lambda: update.build(made.parent / "docs", made, model),
        lambda: update.add(made.parent / "docs", made, model),
    ):
        with pytest.raises(UserError, match=f"E4003 .*{identity}.*other:0123"):
            act()
