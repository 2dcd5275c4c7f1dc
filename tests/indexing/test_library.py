"""What a server knows of documentation: the baked index, and archives that come with requests."""

import asyncio
import logging
import os
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest

from contract.request import SummaryRequest
from errors import Fault, UserError
from indexing import library as library_module
from indexing import update
from indexing.library import Library
from retrieval import upload
from retrieval.background import background
from retrieval.embed import Embedder
from retrieval.index import Index
from storage.folders import PARTIAL
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


def opened(library: Library, file: Path) -> Index:
    """What a request with this archive is answered with."""
    index = asyncio.run(library.index(asking(file)))
    assert index
    return index


def asking(file: Path) -> SummaryRequest:
    return SummaryRequest(text="x", knowledge=file)


def folders(uploads: Path) -> list[Path]:
    """What is kept of uploads."""
    return [item for item in uploads.iterdir() if item.is_dir() and item.name != PARTIAL]


def test_an_uploaded_index_is_unpacked_once_and_searched(
    library: Library, made: Path, tmp_path: Path, uploads: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tar(tmp_path / "a.tar.gz", made, "knowledge")
    flat = tar(tmp_path / "b.tar.gz", made, ".")
    for file in (inside, flat):
        assert opened(library, file).manifest == Index.open(made).manifest
    assert embedded == []
    monkeypatch.setattr(upload, "unpack", None)  # from here on the cache must do
    assert opened(library, inside).manifest.sources == 4
    assert len(folders(uploads)) == 2


def test_uploaded_documents_are_indexed_once(
    library: Library, docs: Path, tmp_path: Path, uploads: Path, embedded: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    (docs / "secret-name.pdf").write_bytes(b"%PDF-1.7 secret words")
    with caplog.at_level(logging.DEBUG, "precis"):
        index = opened(library, tar(tmp_path / "a.tar.gz", docs, "docs"))
    assert sorted(index.sources()) == sorted(DOCS)
    assert len(embedded) == index.manifest.chunks == 4
    opened(library, tmp_path / "a.tar.gz")
    assert len(embedded) == 4
    assert "unreadable {'E1011': 1}" in caplog.text
    assert "secret" not in caplog.text
    [kept] = folders(uploads)
    assert [item.name for item in kept.iterdir()] == ["index"]  # the documents themselves do not stay


def test_an_upload_in_use_outlives_a_full_cache(
    library: Library, made: Path, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "CACHE_BYTES", 1)
    index = opened(library, tar(tmp_path / "a.tar.gz", made, "a"))
    opened(library, tar(tmp_path / "b.tar.gz", docs, "b"))
    assert index.search_text(["backup"], 1)[0][0].chunk.source == "guides/backup.md"
    del index
    opened(library, tar(tmp_path / "c.tar.gz", made, "c"))
    assert len(folders(uploads)) == 1


def test_too_much_to_index_on_the_fly_says_both_numbers(
    library: Library, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tar(tmp_path / "a.tar.gz", docs, "docs")
    monkeypatch.setattr(update, "MAX_CHARACTERS", 100)
    with pytest.raises(UserError, match="E4005 knowledge has over 100 characters"):
        opened(library, file)
    monkeypatch.setattr(update, "MAX_DOCUMENTS", 3)
    with pytest.raises(UserError, match="E4005 knowledge has 4 documents; 3 are"):
        opened(library, file)
    assert not folders(uploads)


def test_an_upload_without_anything_to_search_is_refused(library: Library, tmp_path: Path, uploads: Path) -> None:
    pictures = write(tmp_path / "pictures", {"secret.png": "x", "secret.zip": "y"})
    with pytest.raises(UserError, match="E4002 knowledge holds neither"):
        opened(library, tar(tmp_path / "a.tar.gz", pictures, "secret"))
    broken = write(tmp_path / "broken", {"secret.pdf": "%PDF-1.7 no more"})
    with pytest.raises(UserError, match=r"E4002 none of the 1 documents in knowledge can be read \(E1011\)") as caught:
        opened(library, tar(tmp_path / "b.tar.gz", broken, "secret"))
    assert "secret" not in str(caught.value)
    assert not folders(uploads)


def test_a_damaged_or_foreign_index_in_an_upload_is_refused(
    library: Library, made: Path, tmp_path: Path, uploads: Path
) -> None:
    file = tar(tmp_path / "whole.tar.gz", made, "a")
    with tarfile.open(file) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # which Python has from 3.11.4 on
        archive.extractall(tmp_path / "copy")  # noqa: S202 - it was made above
    largest = max((path for path in (tmp_path / "copy").rglob("*.lance")), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    with pytest.raises(UserError, match="E4002"):
        opened(library, tar(tmp_path / "damaged.tar.gz", tmp_path / "copy" / "a", "a"))
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as other:
        other.writestr("k/manifest.json", '{"format": 1, "of": "somebody else"}')
    with pytest.raises(UserError, match="E4002"):
        opened(library, tmp_path / "foreign.zip")
    assert not folders(uploads)


def test_a_document_finds_what_explains_it_and_an_unrelated_one_nothing(model: Embedder, made: Path) -> None:
    index = Index.open(made)
    mentions = "The meeting was short. After lunch a falcon retried the payment of the invoice. Nobody complained."
    assert background(index, model, mentions, "", k=3)[0].chunk.source == "terms.html"
    unrelated = "Otters sleep in the water, and hold each other's paws. The river Alm has many of them."
    assert background(index, model, unrelated, "", k=3) == []
    assert background(index, model, unrelated, "When does the backup begin?", k=3)[0].chunk.source == "guides/backup.md"


def test_what_is_baked_in_is_opened_and_nothing_is_an_error(model: Embedder, made: Path) -> None:
    asked = SummaryRequest(text="x", use_knowledge=True)
    baked = asyncio.run(Library(lambda: model, made).index(asked))
    assert baked
    assert baked.manifest.sources == 4
    with pytest.raises(UserError, match=r"E4001 .* no index in none/"):
        asyncio.run(Library(lambda: model, made / "none").index(asked))
    assert asyncio.run(Library(lambda: model, made).index(SummaryRequest(text="x"))) is None


def test_whoever_asks_for_an_archive_that_is_being_opened_waits_for_the_same(
    library: Library, docs: Path, tmp_path: Path, uploads: Path, embedded: list[str]
) -> None:
    one, other = tar(tmp_path / "a.tar.gz", docs, "docs"), tmp_path / "b.tar.gz"
    other.write_bytes(one.read_bytes())

    async def ask() -> list[Index | None]:
        first = asyncio.create_task(library.index(asking(one)))
        rest = [asyncio.create_task(library.index(asking(other))) for _ in range(3)]
        await asyncio.sleep(0.05)
        first.cancel()  # the others wait on
        return await asyncio.gather(*rest)

    assert len(set(map(id, asyncio.run(ask())))) == 1
    assert len(embedded) == len(DOCS)


def test_uploads_that_take_long_keep_no_thread_from_other_requests(
    model: Embedder, docs: Path, tmp_path: Path, uploads: Path
) -> None:
    is_free = threading.Event()

    def wait() -> Embedder:
        is_free.wait(60)
        return model

    library = Library(wait, tmp_path / "none")
    files = [tar(tmp_path / f"{number}.tar.gz", docs, f"docs{number}") for number in range(40)]

    async def ask() -> None:
        waiting = [asyncio.create_task(library.index(asking(file))) for file in files]
        try:
            await asyncio.sleep(0.5)
            assert await asyncio.wait_for(asyncio.to_thread(len, "abc"), 20) == 3
        finally:
            for task in waiting[2:]:
                task.cancel()
            library._openers.shutdown(wait=False, cancel_futures=True)
            is_free.set()

    asyncio.run(ask())


def test_an_upload_stays_for_its_time_and_no_longer(
    model: Embedder, made: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRECIS_KNOWLEDGE_CACHE", "100")
    library = Library(lambda: model, tmp_path / "none")
    held = opened(library, tar(tmp_path / "a.tar.gz", made, "a"))
    [kept] = folders(uploads)

    def sweep_after(seconds: float) -> int:
        os.utime(kept, (kept.stat().st_atime, kept.stat().st_mtime - seconds))

        async def sweep() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(library.keep_swept(), 0.5)

        asyncio.run(sweep())
        return len(folders(uploads))

    assert sweep_after(90) == 1
    assert sweep_after(20) == 1  # it is in use
    del held
    assert sweep_after(0) == 0


def test_without_a_cache_nothing_stays(
    model: Embedder, docs: Path, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("PRECIS_KNOWLEDGE_CACHE", "off")
    index = opened(Library(lambda: model, tmp_path / "none"), tar(tmp_path / "a.tar.gz", docs, "a"))
    assert index.search_text(["backup"], 1)[0][0].chunk.source == "guides/backup.md"
    del index
    assert not uploads.exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("given", ["on", "-1", "1h"])
def test_a_time_that_is_none_is_named(given: str, model: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_KNOWLEDGE_CACHE", given)
    with pytest.raises(UserError, match=f"E1009 PRECIS_KNOWLEDGE_CACHE is '{given}'; it must be off or a number"):
        Library(lambda: model)


def test_a_cache_that_cannot_be_written_is_said(
    library: Library, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(Fault, match="E5006 the cache of knowledge cannot be written: not a directory"):
        opened(library, tar(tmp_path / "a.tar.gz", made, "a"))
