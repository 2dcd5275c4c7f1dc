"""What a server knows of documentation: the baked index, and archives that come with requests."""

import logging
import tarfile
import zipfile
from pathlib import Path

import pytest

from contract.request import SummaryRequest
from errors import UserError
from indexing import library as library_module
from indexing import update
from indexing.library import Library
from retrieval import upload
from retrieval.background import background
from retrieval.embed import Embedder
from retrieval.index import Index
from tests.documentation import DOCS, tar, write


@pytest.fixture
def library(model: Embedder, tmp_path: Path) -> Library:
    """One that has only what is uploaded."""
    return Library(lambda: model, tmp_path / "none")


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of uploads, of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "precis" / "knowledge"


def test_an_uploaded_index_is_unpacked_once_and_searched(
    library: Library, made: Path, tmp_path: Path, uploads: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tar(tmp_path / "a.tar.gz", made, "knowledge")
    flat = tar(tmp_path / "b.tar.gz", made, ".")
    for file in (inside, flat):
        assert library.open_upload(file).manifest == Index.open(made).manifest
    assert embedded == []
    monkeypatch.setattr(upload, "unpack", None)  # from here on the cache must do
    assert library.open_upload(inside).manifest.sources == 4
    assert len([item for item in uploads.iterdir() if item.is_dir()]) == 2


def test_uploaded_documents_are_indexed_once(
    library: Library, docs: Path, tmp_path: Path, uploads: Path, embedded: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    (docs / "secret-name.pdf").write_bytes(b"%PDF-1.7 secret words")
    with caplog.at_level(logging.DEBUG, "precis"):
        index = library.open_upload(tar(tmp_path / "a.tar.gz", docs, "docs"))
    assert sorted(index.sources()) == sorted(DOCS)
    assert len(embedded) == index.manifest.chunks == 4
    library.open_upload(tmp_path / "a.tar.gz")
    assert len(embedded) == 4
    assert "unreadable {'E1011': 1}" in caplog.text
    assert "secret" not in caplog.text
    [kept] = (item for item in uploads.iterdir() if item.is_dir())
    assert [item.name for item in kept.iterdir()] == ["index"]  # the documents themselves do not stay


def test_an_upload_in_use_outlives_a_full_cache(
    library: Library, made: Path, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "CACHE_BYTES", 1)
    index = library.open_upload(tar(tmp_path / "a.tar.gz", made, "a"))
    library.open_upload(tar(tmp_path / "b.tar.gz", docs, "b"))
    assert index.search_text(["backup"], 1)[0][0].chunk.source == "guides/backup.md"
    del index
    library.open_upload(tar(tmp_path / "c.tar.gz", made, "c"))
    assert len([item for item in uploads.iterdir() if item.is_dir()]) == 1


def test_too_much_to_index_on_the_fly_says_both_numbers(
    library: Library, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tar(tmp_path / "a.tar.gz", docs, "docs")
    monkeypatch.setattr(update, "MAX_CHARACTERS", 100)
    with pytest.raises(UserError, match="E4005 knowledge has over 100 characters"):
        library.open_upload(file)
    monkeypatch.setattr(update, "MAX_DOCUMENTS", 3)
    with pytest.raises(UserError, match="E4005 knowledge has 4 documents; 3 are"):
        library.open_upload(file)
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_an_upload_without_anything_to_search_is_refused(library: Library, tmp_path: Path, uploads: Path) -> None:
    pictures = write(tmp_path / "pictures", {"secret.png": "x", "secret.zip": "y"})
    with pytest.raises(UserError, match="E4002 knowledge holds neither"):
        library.open_upload(tar(tmp_path / "a.tar.gz", pictures, "secret"))
    broken = write(tmp_path / "broken", {"secret.pdf": "%PDF-1.7 no more"})
    with pytest.raises(UserError, match=r"E4002 none of the 1 documents in knowledge can be read \(E1011\)") as caught:
        library.open_upload(tar(tmp_path / "b.tar.gz", broken, "secret"))
    assert "secret" not in str(caught.value)
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_a_damaged_or_foreign_index_in_an_upload_is_refused(
    library: Library, made: Path, tmp_path: Path, uploads: Path
) -> None:
    file = tar(tmp_path / "whole.tar.gz", made, "a")
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "copy", filter="data")
    largest = max((path for path in (tmp_path / "copy").rglob("*.lance")), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    with pytest.raises(UserError, match="E4002"):
        library.open_upload(tar(tmp_path / "damaged.tar.gz", tmp_path / "copy" / "a", "a"))
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as other:
        other.writestr("k/manifest.json", '{"format": 1, "of": "somebody else"}')
    with pytest.raises(UserError, match="E4002"):
        library.open_upload(tmp_path / "foreign.zip")
    assert not [item for item in uploads.iterdir() if item.is_dir()]


def test_a_document_finds_what_explains_it_and_an_unrelated_one_nothing(model: Embedder, made: Path) -> None:
    index = Index.open(made)
    mentions = "The meeting was short. After lunch a falcon retried the payment of the invoice. Nobody complained."
    assert background(index, model, mentions, "", k=3)[0].chunk.source == "terms.html"
    unrelated = "Otters sleep in the water, and hold each other's paws. The river Alm has many of them."
    assert background(index, model, unrelated, "", k=3) == []
    assert background(index, model, unrelated, "When does the backup begin?", k=3)[0].chunk.source == "guides/backup.md"


def test_what_is_baked_in_is_opened_and_nothing_is_an_error(model: Embedder, made: Path) -> None:
    asked = SummaryRequest(text="x", use_knowledge=True)
    baked = Library(lambda: model, made).index(asked)
    assert baked
    assert baked.manifest.sources == 4
    with pytest.raises(UserError, match=r"E4001 .* no index in none/"):
        Library(lambda: model, made / "none").index(asked)
    assert Library(lambda: model, made).index(SummaryRequest(text="x")) is None
