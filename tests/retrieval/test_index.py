"""Searching an index, and refusing what is none. Real LanceDB at small size, exact and with a graph."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import UserError
from indexing import store
from indexing.store import Batch
from retrieval import columns, manifest
from retrieval.index import Index, verify
from tests.retrieval.small import DIMENSION, batch, change, vectors

ODD = "o'clock \"; DROP TABLE chunks; -- é 日本 = \\ %_ \n\0"
Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("index")
    change(
        made,
        batch("apple", 40, language="en", team="fruit"),
        batch("pear", 40, language="de", team="fruit", a="x"),
        batch("stone", 40, **{"language": "en", ODD: ODD, "a=b": "c"}),
    )
    return made


@pytest.fixture(scope="module")
def index(folder: Path) -> Index:
    return Index.open(folder)


@pytest.fixture(params=["exact", "graph"])
def either(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index of 600 chunks whose vectors are compared one by one, or searched by a graph."""
    if request.param == "graph":
        monkeypatch.setattr(store, "EXACT", 100)
    change(tmp_path, *(batch(f"source {number}", 30, odd=str(number % 2), rare=str(number)) for number in range(20)))
    made = list((tmp_path / "data-1/chunks.lance/_indices").iterdir())
    assert len(made) == (4 if request.param == "graph" else 3)
    verify(tmp_path)
    return Index.open(tmp_path)


def names(index: Index, query: str, **where: str) -> set[str]:
    return {hit.chunk.source for hit in index.search_text([query], 200, where)[0]}


def test_a_hit_is_the_chunk_that_was_stored(index: Index) -> None:
    [[hit]] = index.search_text(["apple part7"], 1)
    assert hit.chunk == batch("apple", 40, language="en", team="fruit").chunks[6]
    assert hit.score > 0


def test_words_are_found_in_any_form_and_the_rarer_count_more(index: Index) -> None:
    assert names(index, "machine that RUNS") == {"apple", "pear", "stone"}
    hits = index.search_text(["running part3 pear"], 5)[0]
    assert (hits[0].chunk.source, hits[0].chunk.number) == ("pear", 3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_each_query_has_its_own_hits_in_the_order_asked(index: Index) -> None:
    queries = ["stone part9", "!?", "apple part1", "nowhere"]
    found = index.search_text(queries, 1)
    assert [[(hit.chunk.source, hit.chunk.number) for hit in hits] for hits in found] == [
        [("stone", 9)],
        [],
        [("apple", 1)],
        [],
    ]
    assert index.search_text([], 3) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(st.characters(), max_size=60), padding=st.sampled_from(["", "AND ", '"', "pear:", "(", "~9 ^"]))
def test_any_characters_are_words_and_nothing_else(index: Index, text: str, padding: str) -> None:
    alone = index.search_text([text, padding + text], 3)
    assert [len(hits) <= 3 for hits in alone] == [True, True]
    assert index.search_text([f"{padding} {text} part17"], 3)[0]  # the word is found whatever is about it


def test_a_query_may_be_a_whole_document(index: Index) -> None:
    text = " ".join(f"word{number} of the document" for number in range(5_000))
    assert index.search_text([f"{text} part5 {text}"], 3)[0][0].chunk.number == 5


def test_vectors_find_the_nearest_by_cosine(either: Index) -> None:
    queries = vectors("another", 20)
    everything = np.concatenate([vectors(f"source {number}", 30) for number in range(20)])
    exact = -np.sort(-queries @ everything.T, axis=1)[:, :10]
    found = np.array([[hit.score for hit in hits] for hits in either.search_vectors(queries, 10)])
    assert found.shape == (20, 10)
    assert np.isclose(found, exact, atol=1e-5).mean() >= 0.98
    assert either.search_vectors(queries[:1], 10)[0] == either.search_vectors(queries, 10)[0]
    assert either.search_vectors(queries[:0], 10) == []


@pytest.mark.parametrize(("where", "count"), [({"odd": "1"}, 300), ({"rare": "7"}, 30), ({"odd": "1", "rare": "6"}, 0)])
def test_a_filter_comes_before_the_ranking(either: Index, where: dict[str, str], count: int) -> None:
    [near] = either.search_vectors(vectors("source 2", 1), 20, where)  # nearest is one that does not meet it
    [said] = either.search_text(["machines source 2"], 20, where)
    assert len(near) == len(said) == min(20, count)
    assert all(hit.chunk.metadata.items() >= where.items() for hit in near + said)


def test_stored_vectors_come_in_the_order_of_the_chunks(either: Index) -> None:
    hits = either.search_vectors(vectors("another", 1), 25)[0]
    chunks = [hit.chunk for hit in hits]
    stored = either.vectors(chunks)
    assert stored.dtype == np.float32
    assert np.allclose(stored @ vectors("another", 1)[0], [hit.score for hit in hits], atol=1e-5)
    assert np.array_equal(either.vectors(chunks[::-1]), stored[::-1])
    assert either.vectors([]).shape == (0, DIMENSION)


def test_chunks_are_looked_up_by_source_and_number(either: Index) -> None:
    hits = either.search_vectors(vectors("engine", 1), 3)[0]
    first, second = hits[0].chunk, hits[1].chunk
    found = either.chunks([first.key, second.key, (first.source, 99), ("no such", 1)])
    assert found == {first.key: first, second.key: second}
    assert either.chunks([]) == {}


def test_filters_are_compared_character_by_character(index: Index) -> None:
    assert names(index, "machines", language="en") == {"apple", "stone"}
    assert names(index, "machines", language="en", team="fruit") == {"apple"}
    assert names(index, "machines", **{ODD: ODD}) == {"stone"}
    assert names(index, "machines", **{ODD: ODD[:-1]}) == set()
    assert names(index, "machines", **{"a=b": "c"}) == {"stone"}
    assert names(index, "machines", a="b=c") == set()
    assert names(index, "machines", language="EN") == set()
    assert names(index, "machines", language="x' OR '1'='1") == set()


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), min_size=1, max_size=3))
def test_no_character_of_a_filter_is_in_the_condition(where: dict[str, str]) -> None:
    condition = columns.condition(where)
    for part in condition.split(" AND "):
        head, mark, tail = part.partition("array_has(filters, '")[2], part[-34:-2], part[-2:]
        assert head == mark + tail
        assert set(mark) <= set("0123456789abcdef")
        assert tail == "')"


def test_a_field_that_no_passage_has_is_said(index: Index) -> None:
    with pytest.raises(UserError, match="E4006 no passage has the field 'colour'"):
        index.search_text(["x"], 1, {"colour": "red"})
    with pytest.raises(UserError, match="E4006"):
        index.search_vectors(vectors("x", 1), 1, {"colour": "red"})


def test_a_moved_folder_that_cannot_be_written_is_searched_and_stays_as_it_was(folder: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(folder, tmp_path / "elsewhere" / "knowledge")
    for path in (moved, *moved.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    before = snapshot(moved)
    index = Index.open(moved)
    assert names(index, "part3", language="de") == {"pear"}
    assert len(index.search_vectors(vectors("pear", 1), 5)[0]) == 5
    assert len(index.sources()) == 3
    verify(moved)
    assert snapshot(moved) == before  # even as root, whom the modes do not stop
    for path in (moved, *moved.rglob("*")):
        path.chmod(0o755)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in (folder, *folder.rglob("*"))}


def a_file(folder: Path, below: str) -> Path:
    return max(
        (file for file in (folder / "data-1" / below).rglob("*") if file.is_file()), key=lambda f: f.stat().st_size
    )


def edit(folder: Path, **fields: object) -> None:
    file = folder / manifest.NAME
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def a_folder_for(file: Path) -> None:
    file.unlink()
    file.mkdir()


BROKEN: dict[str, tuple[Break, str]] = {
    "no manifest": (lambda f: (f / manifest.NAME).unlink(), "there is no manifest.json"),
    "a truncated manifest": (lambda f: os.truncate(f / manifest.NAME, 100), "manifest.json cannot be read"),
    "a binary manifest": (lambda f: (f / manifest.NAME).write_bytes(b"\xff\0\x9f"), "manifest.json cannot be read"),
    "a deep manifest": (lambda f: (f / manifest.NAME).write_text("[" * 99_999), "manifest.json cannot be read"),
    "a folder for a manifest": (lambda f: a_folder_for(f / manifest.NAME), "manifest.json"),
    "somebody else's manifest": (lambda f: (f / manifest.NAME).write_text('{"name": "app"}'), "is not ours"),
    "a list for a manifest": (lambda f: (f / manifest.NAME).write_text("[1]"), "is not ours"),
    "another format": (lambda f: edit(f, format=7), "has format 7; this program reads format 1"),
    "data elsewhere": (lambda f: edit(f, data="../data-1"), "is not ours: 1 of its fields"),
    "no data": (lambda f: shutil.rmtree(f / "data-1"), "files are missing"),
    "no rows": (lambda f: a_file(f, "chunks.lance/data").unlink(), "1 of the index's .* files are missing"),
    "no text index": (lambda f: a_file(f, "chunks.lance/_indices").unlink(), "1 of the index's .* files are missing"),
    "a short file": (
        lambda f: os.truncate(a_file(f, "chunks.lance/data"), 50),
        "1 of the index's .* are missing or cut",
    ),
    "other counts": (lambda f: edit(f, chunks=7), "there are 120 chunks of 3 sources; the manifest says 7 of 3"),
    "another dimension": (lambda f: edit(f, dimension=8), "has other columns than the manifest says"),
    "a spoilt version": (
        lambda f: a_file(f, "chunks.lance/_versions").write_bytes(
            b"x" * a_file(f, "chunks.lance/_versions").stat().st_size
        ),
        "cannot be opened",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_foreign_or_damaged_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    spoil, message = BROKEN[name]
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    spoil(spoilt)
    for reads in (Index.open, verify):
        with pytest.raises(UserError, match=f"E4002 .*{message}") as raised:
            reads(spoilt)
        assert raised.value.__cause__ is None


def test_a_folder_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E4002"):
        Index.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_changed_byte_is_noticed_by_verify(folder: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    file = a_file(spoilt, "chunks.lance/data")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"E4002 1 of the index's \d+ files are not what was written"):
        verify(spoilt)


def test_rows_that_no_index_has_are_refused(tmp_path: Path) -> None:
    import lancedb

    made = change(tmp_path, batch("a"))
    table = lancedb.connect(tmp_path / made.data).open_table("chunks")
    more = batch("b")
    table.add(columns.to_table(more.chunks, more.searchable, more.vectors))
    edit(tmp_path, chunks=6)
    with pytest.raises(UserError, match="E4002 3 of 6 rows are in no index"):
        Index.open(tmp_path)


@pytest.mark.parametrize("length", [0.0, 2.0, float("inf")])
def test_vectors_that_are_not_of_length_1_are_found_by_verify(tmp_path: Path, length: float) -> None:
    good = batch("a", 5)
    spoilt = good.vectors.copy()
    spoilt[3] *= length
    change(tmp_path, Batch(good.sources, good.chunks, good.searchable, spoilt))
    with pytest.raises(UserError, match="E4002 1 of 5 vectors are not of length 1"):
        verify(tmp_path)


def test_refusing_and_opening_leave_no_file_open(folder: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    edit(spoilt, chunks=7)
    change(tmp_path / "other", batch("a"))
    for _ in range(20):
        with pytest.raises(UserError, match="E4002"):
            Index.open(spoilt)
        Index.open(tmp_path / "other")
    change(tmp_path / "other", batch("b"))
    assert not (tmp_path / "other" / "data-1").exists()  # nobody holds it any more


def test_a_damaged_index_is_not_updated(folder: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    shutil.rmtree(spoilt / "data-1" / "sources.lance")
    with pytest.raises(UserError, match=r"E4002 .* missing"):
        change(spoilt, batch("b"))
