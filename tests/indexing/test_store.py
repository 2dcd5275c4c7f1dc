"""Updates of an index: what they change, and that there is a whole one whenever the writer dies. Real LanceDB."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from errors import UserError
from indexing import store
from indexing.store import Batch, update
from retrieval import manifest
from retrieval.index import Index, verify
from tests.retrieval.small import DIMENSION, MODEL, batch, change, vectors

DIE = """
import os, signal, sys
from pathlib import Path
from indexing import store
from retrieval import manifest
from tests.retrieval.small import batch, change

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_batches():
    yield batch("b", 5000)  # enough to be written
    die()

folder, where = Path(sys.argv[1]), sys.argv[2]
if where == "in the batches":
    store.update(folder, embedding="made:0123456789abcdef", dimension=16, batches=dying_batches(), removed=["a"])
if where == "before the indices":
    store._index = die
if where == "before the rename":
    manifest.replace = die
if where == "within the rename":
    Path.replace = die
if where == "after the rename":
    sweep, calls = manifest.sweep, []
    manifest.sweep = lambda *a, **k: die() if calls else (calls.append(1), sweep(*a, **k))
change(folder, batch("b", 30), removed=("a",))
"""
READ = """
import sys
from pathlib import Path
from retrieval.index import Index
from tests.retrieval.small import vectors
folder, seen = Path(sys.argv[1]), set()
Index.open(folder)  # which imports LanceDB
print("ready", flush=True)
while not (folder / "stop").exists():
    index = Index.open(folder)
    for _ in range(3):  # also after an update came in between
        hits = index.search_vectors(vectors("stays", 3), 1)
        assert [hit.chunk.source for [hit] in hits] == ["stays"] * 3, hits
        assert index.search_text(["stays part2"], 1)[0][0].chunk.number == 2
        assert len(index.sources()) == index.manifest.sources
    seen.add(index.manifest.data)
print(len(seen))
"""


def sources(folder: Path) -> set[str]:
    return set(Index.open(folder).sources())


def data(folder: Path) -> list[str]:
    """The data that is there, finished or not."""
    return sorted(item.name for item in folder.rglob("data-*"))


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


def test_an_index_has_what_was_added_and_says_so(tmp_path: Path) -> None:
    made = change(tmp_path, batch("a", 3, "digest of a", kind="guide"), batch("b", 2, "digest of b", team="x"))
    assert (made.sources, made.chunks, made.dimension, made.embedding) == (2, 5, DIMENSION, MODEL)
    assert made.fields == ("kind", "team")
    assert Index.open(tmp_path).manifest == made == manifest.read(tmp_path)
    assert Index.open(tmp_path).sources() == {"a": "digest of a", "b": "digest of b"}
    verify(tmp_path)


def test_removed_sources_leave_and_added_ones_come(tmp_path: Path) -> None:
    change(tmp_path, batch("a", kind="guide"), batch("b"))
    made = change(tmp_path, batch("c"), removed=("a", "never there"))
    index = Index.open(tmp_path)
    assert (made.sources, made.chunks, made.fields) == (2, 6, ())
    assert set(index.sources()) == {"b", "c"}
    assert {hit.chunk.source for hit in index.search_text(["machines"], 10)[0]} == {"b", "c"}
    assert {hit.chunk.source for hit in index.search_vectors(vectors("a", 3), 10)[0]} == {"b", "c"}
    assert np.array_equal(index.vectors(batch("b").chunks), vectors("b", 3))  # copied, not changed
    verify(tmp_path)


def test_what_was_removed_is_in_no_file_any_more(tmp_path: Path) -> None:
    change(tmp_path, batch("zanzibar"), batch("b"))
    holders = [file for file in tmp_path.rglob("*") if file.is_file() and b"zanzibar" in file.read_bytes()]
    assert holders
    change(tmp_path, removed=("zanzibar",))
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"zanzibar" in file.read_bytes()]


def test_an_added_source_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    change(tmp_path, batch("a", 5, "old"), batch("b"))
    change(tmp_path, batch("a", 2, "new"))
    index = Index.open(tmp_path)
    assert index.sources() == {"a": "new", "b": "1"}
    found = [(hit.chunk.source, hit.chunk.number) for hit in index.search_text(["machines"], 10)[0]]
    assert found == [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("b", 3)]


def test_a_source_may_go_on_in_the_next_batch_and_one_without_chunks_is_known(tmp_path: Path) -> None:
    whole = batch("a", 4)
    first = Batch(whole.sources, whole.chunks[:1], whole.searchable[:1], whole.vectors[:1])
    rest = Batch({"empty": "2"}, whole.chunks[1:], whole.searchable[1:], whole.vectors[1:])
    made = change(tmp_path, first, rest)
    assert (made.sources, made.chunks) == (2, 4)
    assert Index.open(tmp_path).sources() == {"a": "1", "empty": "2"}
    verify(tmp_path)


def test_an_index_may_become_empty_and_be_filled_again(tmp_path: Path) -> None:
    change(tmp_path, batch("a"))
    assert change(tmp_path, removed=("a",)).chunks == 0
    index = Index.open(tmp_path)
    assert index.search_text(["machines"], 3) == index.search_vectors(vectors("a", 1), 3) == [[]]
    verify(tmp_path)
    assert change(tmp_path, batch("a")).chunks == 3


def test_rows_are_written_in_parts_and_end_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_ROWS", 4)
    made = change(tmp_path, *(batch(f"source {number}") for number in range(10)))
    assert made.chunks == 30
    assert len([name for name in made.files if name.startswith("chunks.lance/data/")]) == 1
    verify(tmp_path)


def test_another_embedding_model_is_refused(tmp_path: Path) -> None:
    change(tmp_path, batch("a"))
    with pytest.raises(UserError, match=r"E4003 .*made:0123456789abcdef; here is other"):
        update(tmp_path, embedding="other", dimension=DIMENSION, batches=[batch("b")])
    assert sources(tmp_path) == {"a"}


def test_a_folder_of_other_things_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match=r"E4002 .* 1 other files"):
        change(tmp_path, batch("a"))
    assert not data(tmp_path)


def test_an_error_in_the_batches_comes_out_as_it_is_and_leaves_the_old_index(tmp_path: Path) -> None:
    def broken() -> Iterator[Batch]:
        yield batch("b")
        raise UserError("E1011", "a file is broken")

    change(tmp_path, batch("a"))
    with pytest.raises(UserError, match="E1011"):
        update(tmp_path, embedding=MODEL, dimension=DIMENSION, batches=broken(), removed=["a"])
    assert sources(tmp_path) == {"a"}
    assert data(tmp_path) == ["data-1"]


@pytest.mark.parametrize("where", ["in the batches", "before the indices", "before the rename", "within the rename"])
def test_a_writer_killed_before_the_rename_leaves_the_old_index(tmp_path: Path, where: str) -> None:
    before = change(tmp_path, batch("a"))
    assert subprocess.run(python(DIE, tmp_path, where), timeout=120).returncode == -9
    assert data(tmp_path) == ["data-1", "data-2"]  # it had begun
    verify(tmp_path)
    assert Index.open(tmp_path).manifest == before
    assert change(tmp_path, batch("c")).sources == 2  # and the next one starts from there
    assert sources(tmp_path) == {"a", "c"}
    assert len(data(tmp_path)) == 1
    verify(tmp_path)


def test_a_writer_killed_after_the_rename_leaves_the_new_index(tmp_path: Path) -> None:
    change(tmp_path, batch("a"))
    assert subprocess.run(python(DIE, tmp_path, "after the rename"), timeout=120).returncode == -9
    assert sources(tmp_path) == {"b"}
    assert data(tmp_path) == ["data-1", "data-2"]
    change(tmp_path, batch("c"))
    assert sources(tmp_path) == {"b", "c"}
    assert data(tmp_path) == ["data-3"]


def test_a_first_build_that_was_killed_can_be_done_again(tmp_path: Path) -> None:
    assert subprocess.run(python(DIE, tmp_path, "before the indices"), timeout=120).returncode == -9
    with pytest.raises(UserError, match="E4002"):
        Index.open(tmp_path)
    change(tmp_path, batch("a"))
    assert sources(tmp_path) == {"a"}
    assert len(data(tmp_path)) == 1


def test_a_writer_killed_at_any_moment_leaves_a_whole_index(tmp_path: Path) -> None:
    change(tmp_path, batch("a", 30))
    for delay in np.linspace(0, 0.3, 6):
        code = "import lancedb; print(flush=True); " + "change(Path(sys.argv[1]), batch('b', 5000))"
        code = f"import sys; from pathlib import Path; from tests.retrieval.small import batch, change; {code}"
        writer = subprocess.Popen(python(code, tmp_path), stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer.stdout:
            writer.stdout.readline()
            time.sleep(delay)
            writer.kill()
            writer.wait(60)
        verify(tmp_path)
        assert "a" in sources(tmp_path)


def test_two_processes_read_while_another_updates(tmp_path: Path) -> None:
    change(tmp_path, batch("stays"))
    readers = [subprocess.Popen(python(READ, tmp_path), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for number in range(12):
            change(tmp_path, batch(f"source {number}", 40), removed=(f"source {number - 1}",))
        (tmp_path / "stop").touch()
        seen = [int(reader.communicate(timeout=120)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait(60)
    assert [reader.returncode for reader in readers] == [0, 0]
    assert max(seen) > 1  # they did read while it changed


def test_data_that_is_read_stays_and_goes_when_nobody_reads_it(tmp_path: Path) -> None:
    change(tmp_path, batch("a"))
    reader = Index.open(tmp_path)
    change(tmp_path, batch("b"), removed=("a",))
    change(tmp_path, batch("c"))
    assert data(tmp_path) == ["data-1", "data-3"]
    assert {hit.chunk.source for hit in reader.search_text(["machines"], 10)[0]} == {"a"}
    assert {hit.chunk.source for hit in reader.search_vectors(vectors("a", 1), 10)[0]} == {"a"}
    del reader
    change(tmp_path, batch("d"))
    assert data(tmp_path) == ["data-4"]


def test_two_writers_wait_for_one_another(tmp_path: Path) -> None:
    code = """
        import sys; from pathlib import Path; from tests.retrieval.small import batch, change
        for number in range(4):
            change(Path(sys.argv[1]), batch(f"{sys.argv[2]} {number}"))
    """
    writers = [subprocess.Popen(python(code, tmp_path, name)) for name in ("a", "b")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert sources(tmp_path) == {f"{name} {number}" for name in "ab" for number in range(4)}
    verify(tmp_path)


def test_the_manifest_names_no_text(tmp_path: Path) -> None:
    change(tmp_path, batch("a"))
    assert "machines" not in json.dumps((tmp_path / manifest.NAME).read_text())
