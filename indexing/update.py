"""Documents to an index: which of them are new, read one after the other, cut, embedded a batch at a time, stored.

Knows: which room does what, and in which order. Knows nothing of how a document is parsed, cut, embedded or stored.
Nothing here logs or raises what a document says; files of the user's own folder are named, members of an upload never.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from errors import PrecisError, UserError, public
from indexing import chunk, documents
from indexing.documents import Entry
from retrieval import manifest
from retrieval.manifest import Manifest
from retrieval.records import Chunk, Source

if TYPE_CHECKING:
    from indexing.store import Batch
    from retrieval.embed import Embedder

log = logging.getLogger("precis.knowledge")

MAX_DOCUMENTS = 500  # of an upload; each PDF is a process
MAX_CHARACTERS = 1_000_000  # of their text: about 1,200 chunks, half a minute of embedding on two cores

_BATCH = 512  # chunks embedded at once: sorted by length, they fill their batches


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


def build(origin: Path, out: Path, model: "Embedder") -> Change:
    """Make the index in `out` that of `origin`: a folder of documents, one document, or JSON Lines.

    Only sources whose digest is another are embedded, those that are gone are removed, and so are those that can no
    longer be read, which `failures` has. Until the end the old index is the valid one. Memory does not depend on how
    much there is. Raises UserError E1004 when there is nothing to index, E1014 when no row can be read, E4002, E4003.
    """
    return _update(origin, out, model, removes=True)


def add(origin: Path, index: Path, model: "Embedder") -> Change:
    """Add the sources of `origin` to an index; one with the id of another takes its place. Raises as `build`."""
    manifest.read(index)  # there must be one
    return _update(origin, index, model, removes=False)


def remove(index: Path, ids: Sequence[str]) -> Manifest:
    """Remove sources by their ids. Raises UserError E1004 when the index lacks one of them, E4002."""
    from indexing import store
    from retrieval.index import Index

    opened = Index.open(index)
    known = opened.sources()
    missing = [name for name in ids if name not in known]
    if missing:
        raise UserError("E1004", f"{len(missing)} of {len(ids)} are no source of the index, the first is {missing[0]}")
    made = opened.manifest
    return store.update(index, embedding=made.embedding, dimension=made.dimension, removed=set(ids))


def _update(origin: Path, folder: Path, model: "Embedder", *, removes: bool) -> Change:
    from indexing import store
    from retrieval.index import Index

    old = Index.open(folder, model.identity) if manifest.exists(folder) else None
    known = old.sources() if old else {}
    # All are looked at before the first is embedded: where no row can be read this ends, and the bar knows its end.
    found = {entry.id: entry.digest for entry in documents.entries(origin)}
    if not found:
        raise UserError("E1004", f"{origin} has 0 documents; {', '.join(sorted(documents.SUFFIXES))} are read")
    fresh = {name for name, digest in found.items() if known.get(name) != digest}
    gone = set(known.keys() - found.keys()) if removes else set[str]()
    if old and not fresh and not gone:
        return Change(0, 0, 0, len(found), 0, (), old.manifest)
    work = _Work(model)

    def batches() -> Iterator["Batch"]:
        yield from work.batches(_progress(documents.entries(origin), fresh))
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


def index_upload(root: Path, folder: Path, model: "Embedder") -> None:
    """Make in `folder` the index of the documents that came with a request.

    Raises UserError E4002 when there is none or none that can be read, E4005 when there are too many.
    """
    from indexing import store

    number = len(documents.files(root))
    if not number:
        raise UserError("E4002", f"knowledge holds neither an index nor any of {', '.join(sorted(documents.SUFFIXES))}")
    if number > MAX_DOCUMENTS:
        raise UserError("E4005", f"knowledge has {number:,} documents; {MAX_DOCUMENTS:,} are indexed on the fly")
    work = _Work(model, MAX_CHARACTERS)
    batches = work.batches(documents.entries(root))
    store.update(folder, embedding=model.identity, dimension=model.dimension, batches=batches)
    codes = Counter(error.code for error in work.failures.values())
    log.info("knowledge: %d chunks of %d documents, unreadable %s", work.chunks, number, dict(codes))
    if len(work.failures) == number:
        raise UserError("E4002", f"none of the {number:,} documents in knowledge can be read ({', '.join(codes)})")


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
        from indexing.store import Batch

        texts = [chunk.embedded_text(one) for one in chunks]
        self.chunks += len(chunks)
        return Batch(sources, chunks, texts, self._model.encode(texts))
