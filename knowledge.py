"""The user's own documentation: from documents to an index, and from a question or an upload to passages.

Knows: which room does what, and in which order. Knows nothing of how a document is parsed, cut, embedded or stored.
Nothing here logs or raises what a document says; files of the user's own folder are named, members of an upload never.
"""

import hashlib
import json
import logging
import os
import shutil
import threading
import weakref
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import documentation
from documentation import Entry
from errors import PrecisError, UserError, public
from retrieval import background as passages
from retrieval import chunk, manifest, search, upload
from retrieval.background import readable
from retrieval.cache import Cache
from retrieval.manifest import Manifest
from retrieval.records import Chunk, Hit, Source
from retrieval.search import ANYTHING

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from retrieval.index import Index
    from retrieval.store import Batch

log = logging.getLogger("precis.knowledge")

# Of a server: what was copied into its image.
BAKED = Path(os.environ.get("PRECIS_KNOWLEDGE") or Path(__file__).parent / "knowledge")

MAX_DOCUMENTS = 500  # of an upload that are indexed on the fly; each PDF is a process
MAX_CHARACTERS = 1_000_000  # of their text: about 1,200 chunks, half a minute of embedding on two cores
CACHE_BYTES = 4_000_000_000  # of uploads, unpacked; the largest takes a quarter of it

_BATCH = 512  # chunks embedded at once: sorted by length, they fill their batches
_QUERIES = 256  # embedded at once
_SEARCHES = 4  # at once
_INDEX = "index"  # the folder's name in the cache


@dataclass(frozen=True)
class Change:
    """What became of an index."""

    added: int
    replaced: int
    removed: int
    unchanged: int
    embedded: int  # chunks
    failures: tuple[tuple[str, PrecisError], ...]  # id of a source that could not be read, and why
    manifest: Manifest

    def __str__(self) -> str:
        """What a person reads of it."""
        changed = f"{self.added:,} sources added, {self.replaced:,} replaced, {self.removed:,} removed"
        kept = f"{self.unchanged:,} unchanged, {len(self.failures):,} unreadable"
        total = f"{self.manifest.sources:,} sources, {self.manifest.chunks:,} chunks"
        return f"{changed}, {kept}; {self.embedded:,} chunks embedded; the index has {total}"


def embedder() -> "Embedder":
    """The embedding model of this process, on one thread. Raises UserError E2001 to E2004."""
    with _loading:  # two first requests would load two
        return _embedder()


_loading = threading.Lock()


@cache
def _embedder() -> "Embedder":
    return load_embedder(threads=1)


def load_embedder(threads: int) -> "Embedder":
    """Load the embedding model; `threads` as in embed.load. Raises UserError E2001 to E2004."""
    from retrieval import embed
    from weights import load

    folder, spec = load.find_embedding_model()
    model = embed.load(folder, spec.alias, threads)
    if model.max_tokens < chunk.EMBEDDED:
        raise UserError("E2001", f"{spec.alias} reads {model.max_tokens} tokens; an index needs {chunk.EMBEDDED}")
    return model


def _open(folder: Path, model: "Embedder") -> "Index":
    """Open an index that `model` can search. Raises UserError E4002 and E4003."""
    from retrieval.index import Index

    index = Index.open(folder)
    _require_same_model(index.manifest, model)
    return index


def _require_same_model(made: Manifest, model: "Embedder") -> None:
    if made.embedding != model.identity:
        raise UserError("E4003", f"the index was made with {made.embedding}; here is {model.identity}")


# --- Build and change ---


def build(origin: Path, out: Path, model: "Embedder") -> Change:
    """Make the index in `out` that of `origin`: a folder of documents, one document, or JSON Lines.

    Only sources whose digest is another are embedded, those that are gone are removed, and so are those that can no
    longer be read, which `failures` has. Until the end the old index is the valid one. Memory does not depend on how
    much there is. Raises UserError E1004 when there is nothing to index, E1014 for a bad row, E4002 and E4003.
    """
    return _update(origin, out, model, removes=True)


def add(origin: Path, index: Path, model: "Embedder") -> Change:
    """Add the sources of `origin` to an index; one with the id of another takes its place. Raises as `build`."""
    manifest.read(index)  # there must be one
    return _update(origin, index, model, removes=False)


def remove(index: Path, ids: Sequence[str]) -> Manifest:
    """Remove sources by their ids. Raises UserError E1004 when the index lacks one of them, E4002."""
    from retrieval import store
    from retrieval.index import Index

    opened = Index.open(index)
    known = opened.sources()
    missing = [name for name in ids if name not in known]
    if missing:
        raise UserError("E1004", f"{len(missing)} of {len(ids)} are no source of the index, the first is {missing[0]}")
    made = opened.manifest
    return store.update(index, embedding=made.embedding, dimension=made.dimension, removed=set(ids))


def _update(origin: Path, folder: Path, model: "Embedder", *, removes: bool) -> Change:
    from retrieval import store

    old = _open(folder, model) if manifest.exists(folder) else None
    known = old.sources() if old else {}
    # All are looked at before the first is embedded: a bad row ends this at once, and the bar knows its end.
    found = {entry.id: entry.digest for entry in documentation.entries(origin)}
    if not found:
        raise UserError("E1004", f"{origin} has 0 documents; {', '.join(sorted(documentation.SUFFIXES))} are read")
    fresh = {name for name, digest in found.items() if known.get(name) != digest}
    gone = set(known.keys() - found.keys()) if removes else set[str]()
    if old and not fresh and not gone:
        return Change(0, 0, 0, len(found), 0, (), old.manifest)
    work = _Work(model)

    def batches() -> Iterator["Batch"]:
        yield from work.batches(_progress(documentation.entries(origin), fresh))
        if removes:  # the store asks what to remove when all is added
            gone.update(work.failures.keys() & known.keys())

    made = store.update(folder, embedding=model.identity, dimension=model.dimension, batches=batches(), removed=gone)
    read = fresh - work.failures.keys()
    return Change(
        added=len(read - known.keys()),
        replaced=len(read & known.keys()),
        removed=len(gone),
        unchanged=len(found) - len(fresh),
        embedded=work.chunks,
        failures=tuple(work.failures.items()),
        manifest=made,
    )


def _progress(entries: Iterable[Entry], fresh: Collection[str]) -> Iterator[Entry]:
    """Yield the entries that are fresh, with a bar on stderr when that is a terminal."""
    from huggingface_hub.utils.tqdm import tqdm

    bar = tqdm(total=len(fresh), unit=" sources", desc="knowledge", disable=None)  # type: ignore[no-untyped-call] # it has no types
    with bar:
        for entry in entries:
            if entry.id in fresh:
                yield entry
                bar.update()


class _Work:
    """Sources on their way to chunks with vectors, and what came of it."""

    def __init__(self, model: "Embedder", most_characters: int | None = None) -> None:
        self._model = model
        self._most_characters = most_characters
        self.characters = 0
        self.chunks = 0
        self.failures: dict[str, PrecisError] = {}

    def batches(self, entries: Iterable[Entry]) -> Iterator["Batch"]:
        """Yield all that can be read, a bounded number of chunks at a time. Raises UserError E4005 over the limit."""
        sources: dict[str, str] = {}
        waiting: list[Chunk] = []
        for source in self._read(entries):
            sources[source.id] = source.digest
            waiting += chunk.chunks(source, self._model.count)
            while len(waiting) >= _BATCH:
                yield self._embed(sources, waiting[:_BATCH])
                sources, waiting = {}, waiting[_BATCH:]
        yield self._embed(sources, waiting)

    def _read(self, entries: Iterable[Entry]) -> Iterator[Source]:
        for entry in entries:
            try:
                source = entry.read()
            except Exception as error:  # also one of ours: a document must not cost the others
                self.failures[entry.id] = public(error)
                continue
            self.characters += len(source.text)
            if self._most_characters is not None and self.characters > self._most_characters:
                raise UserError(
                    "E4005", f"knowledge has over {self._most_characters:,} characters of text, which is the limit"
                )
            yield source

    def _embed(self, sources: Mapping[str, str], chunks: Sequence[Chunk]) -> "Batch":
        from retrieval.store import Batch

        texts = [chunk.embedded_text(one) for one in chunks]
        self.chunks += len(chunks)
        return Batch(sources, chunks, texts, self._model.encode(texts))


# --- Look ---


def stats(folder: Path) -> dict[str, str]:
    """Return what an index holds and was made with, as a person reads it. Raises UserError E4002."""
    made = manifest.read(folder)
    return {
        "sources": f"{made.sources:,}",
        "chunks": f"{made.chunks:,}",
        "embedding": f"{made.embedding}, {made.dimension} dimensions",
        "fields": ", ".join(made.fields) or "none",
        "created": made.created.isoformat(timespec="seconds"),
        "size": f"{sum(file.size for file in made.files.values()) / 1e6:,.1f} MB",
        "format": str(made.format),
    }


def verify(folder: Path) -> Manifest:
    """Read all of an index, and return its manifest. Raises UserError E4002 with what is wrong."""
    from retrieval import index

    index.verify(folder)
    return manifest.read(folder)


# --- Search ---


def pair(text: str) -> tuple[str, str]:
    """Return the two sides of `key=value`. Raises UserError E4006 when it has none."""
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise UserError("E4006", f"a filter of {len(text)} characters is not of the form key=value")
    return key, value


def place(one: Chunk) -> str:
    """Return where a passage stands, as a person reads it."""
    headings = " > ".join(one.headings) or one.title
    return f"{one.source}, chunk {one.number}, characters {one.start:,} to {one.end:,}: {headings}"


def find(folder: Path, model: "Embedder", question: str, k: int, where: Mapping[str, str] = ANYTHING) -> list[Hit]:
    """Return the `k` passages of an index that are best for a question, best first. Raises E4002, E4003 and E4006."""
    texts = readable([question], model)
    return search.search(_open(folder, model), texts, model.encode(texts), k=k, where=where, one_per_source=True)


def find_lines(
    folder: Path, model: "Embedder", lines: Iterable[str], k: int, where: Mapping[str, str] = ANYTHING
) -> Iterator[str]:
    """Yield for each line {id, text} a line {id, hits: [{source, chunk, score}]} of what `find` finds, in their order.

    Raises UserError E1014 for a line that is no such object, E4002, E4003 and E4006.
    """
    import numpy as np

    index = _open(folder, model)
    queries = _queries(lines)
    with ThreadPoolExecutor(_SEARCHES) as pool:
        while block := list(islice(queries, _QUERIES)):
            texts = [readable([text], model) for _, text in block]
            encoded = iter(model.encode(list(chain.from_iterable(texts))))
            vectors = [np.stack(list(islice(encoded, len(parts)))) for parts in texts]
            find_one = partial(search.search, index, k=k, where=where, one_per_source=True)
            for (identifier, _), hits in zip(block, pool.map(find_one, texts, vectors), strict=True):
                shown = [{"source": hit.chunk.source, "chunk": hit.chunk.number, "score": hit.score} for hit in hits]
                yield json.dumps({"id": identifier, "hits": shown}, ensure_ascii=False)


def _queries(lines: Iterable[str]) -> Iterator[tuple[str | int, str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("id"), str | int)
            or not isinstance(row.get("text"), str)
        ):
            raise UserError("E1014", f"line {number:,} is no JSON object of an id and a text")
        yield row["id"], row["text"]


# --- In a server ---


def open_baked() -> "Index | None":
    """Open the index that was copied into the image, or None when none was. Raises UserError E4002 and E4003."""
    return _open(BAKED, embedder()) if manifest.exists(BAKED) else None


def background(index: "Index", text: str, focus: str, k: int, where: Mapping[str, str] = ANYTHING) -> list[Hit]:
    """Return at most `k` passages that say more of what a document, or the focus of its summary, is about.

    None may be good enough. Raises UserError E4006.
    """
    return passages.background(index, embedder(), text, focus, k=k, where=where)


def open_upload(file: Path) -> "Index":
    """Open the index in an archive that came with a request, or make one of the documents in it.

    What was made is kept by the archive's digest, in this user's cache, and stays there at least as long as the Index
    is in use. Raises UserError E4002 for what is broken or holds neither, E4003, E4004 for an archive made to hurt,
    E4005 for more documents than are indexed on the fly.
    """
    model = embedder()
    space = hashlib.sha256(model.identity.encode()).hexdigest()[:8]
    held = _uploads().hold(f"{upload.digest(file)}-{space}", partial(_make_index, file, model))
    index = _open(held.folder / _INDEX, model)
    weakref.finalize(index, held.close)
    return index


def _uploads() -> Cache:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Cache(home / "precis" / "knowledge", CACHE_BYTES)


def _make_index(file: Path, model: "Embedder", folder: Path) -> None:
    """Fill `folder` with the index that an archive holds, or that its documents make."""
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    upload.unpack(file, unpacked)
    root = _root(unpacked)
    if manifest.exists(root):
        _require_same_model(manifest.read(root), model)
        verify(root)
        root.rename(folder / _INDEX)
    else:
        _index_on_the_fly(root, folder / _INDEX, model)
    shutil.rmtree(unpacked, ignore_errors=True)


def _root(folder: Path) -> Path:
    """Return the one folder that an archive of a folder has at its top, or else the whole."""
    inside = [item for item in folder.iterdir() if not item.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _index_on_the_fly(root: Path, folder: Path, model: "Embedder") -> None:
    from retrieval import store

    number = documentation.count(root)
    if not number:
        raise UserError(
            "E4002", f"knowledge holds neither an index nor any of {', '.join(sorted(documentation.SUFFIXES))}"
        )
    if number > MAX_DOCUMENTS:
        raise UserError("E4005", f"knowledge has {number:,} documents; {MAX_DOCUMENTS:,} are indexed on the fly")
    work = _Work(model, MAX_CHARACTERS)
    batches = work.batches(documentation.entries(root))
    store.update(folder, embedding=model.identity, dimension=model.dimension, batches=batches)
    codes = Counter(error.code for error in work.failures.values())
    log.info("knowledge: %d chunks of %d documents, unreadable %s", work.chunks, number, dict(codes))
    if len(work.failures) == number:
        raise UserError("E4002", f"none of the {number:,} documents in knowledge can be read ({', '.join(codes)})")
