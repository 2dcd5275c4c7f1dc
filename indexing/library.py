"""The documentation that a server knows: the index baked into its image, and those that come with requests.

Knows: which of them a request wants, where they are kept and for how long, and that an upload is opened, or indexed
first. Knows nothing of how an index is made or searched. Nothing here logs or raises what a document says.
"""

import asyncio
import hashlib
import logging
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from contract.request import SummaryRequest
from errors import UserError
from indexing import chunk, update
from retrieval import manifest, upload
from storage import places
from storage.cache import Cache
from storage.writing import writing

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from retrieval.index import Index

log = logging.getLogger("precis.knowledge")

# Of a server: what was copied into its image.
BAKED = Path(os.environ.get("PRECIS_KNOWLEDGE") or Path(__file__).parent.parent / "knowledge")

CACHE_BYTES = 4_000_000_000  # of uploads, unpacked; the largest takes a quarter of it
CACHE_SECONDS = 3_600.0  # that an upload is kept after its last use, unless PRECIS_KNOWLEDGE_CACHE says otherwise

_OPENERS = 2  # uploads that are unpacked and indexed at once
_SWEEPS = 60.0  # seconds between two
_INDEX = "index"  # the folder's name in the cache


def load_embedder(folder: Path, alias: str, threads: int = 1) -> "Embedder":
    """Load the embedding model, `threads` as in embed.load. Raises UserError E2001 and E2003."""
    from retrieval import embed

    model = embed.load(folder, alias, threads)
    if model.max_tokens < chunk.EMBEDDED:
        raise UserError("E2001", f"{alias} reads {model.max_tokens} tokens; an index needs {chunk.EMBEDDED}")
    return model


class Library:
    """The baked index if there is one, the uploads, and the one model that reads them."""

    def __init__(self, load_embedder: Callable[[], "Embedder"], baked: Path = BAKED) -> None:
        """Open the baked index. The model is loaded when it is first needed.

        Raises UserError E1009 for a PRECIS_KNOWLEDGE_CACHE that is no time, E4002 and E4003.
        """
        self._load_embedder = load_embedder
        self._loading = threading.Lock()
        self._place = baked
        self._baked = self._open(baked) if manifest.exists(baked) else None
        self._seconds = kept_seconds()
        # Of its own: an upload takes a minute, and the event loop's threads are for what takes milliseconds.
        self._openers = ThreadPoolExecutor(_OPENERS, "knowledge")
        self._opening: dict[str, asyncio.Future[Index]] = {}  # by digest: whoever asks meanwhile waits for the same

    @property
    def embedder(self) -> "Embedder":
        """The embedding model of this process. Raises UserError E2001 to E2004."""
        with self._loading:  # two first requests would load two
            return self._embedder

    @cached_property
    def _embedder(self) -> "Embedder":
        return self._load_embedder()

    async def index(self, request: SummaryRequest) -> "Index | None":
        """Return the index that a request wants, or None. Raises UserError E4001 to E4005."""
        if request.knowledge is not None:
            return await self._opened(request.knowledge)
        if request.use_knowledge and self._baked is None:
            raise UserError("E4001", f"use_knowledge is on, and there is no index in {self._place.name}/")
        return self._baked if request.use_knowledge else None

    async def keep_swept(self) -> None:
        """Remove uploads that are too old, from time to time, until it is cancelled."""
        while True:
            await asyncio.to_thread(_uploads(self._seconds).sweep)
            await asyncio.sleep(_SWEEPS)

    async def _opened(self, file: Path) -> "Index":
        digest = await asyncio.to_thread(upload.digest, file)
        if digest not in self._opening:
            loop = asyncio.get_running_loop()
            self._opening[digest] = loop.run_in_executor(self._openers, self.open_upload, file, digest)
            self._opening[digest].add_done_callback(lambda _: self._opening.pop(digest))
        return await asyncio.shield(self._opening[digest])  # one that leaves does not end it for the others

    def open_upload(self, file: Path, digest: str) -> "Index":
        """Open the index in an archive that came with a request, or make one of the documents in it.

        What was made is kept by the archive's digest, in this user's cache, and stays there at least as long as the
        Index is in use; with PRECIS_KNOWLEDGE_CACHE=off no longer. Blocks. Raises UserError E4002 for what is broken
        or holds neither, E4003, E4004 for an archive made to hurt, E4005 for more documents than are indexed on the
        fly; Fault E5006 when the disk cannot be written.
        """
        make = partial(_make_index, file, self.embedder)
        with writing("the cache of knowledge"):
            if not self._seconds:
                return self._open_once(make)
            space = hashlib.sha256(self.embedder.identity.encode()).hexdigest()[:8]
            held = _uploads(self._seconds).hold(f"{digest}-{space}", make)
        index = self._open(held.folder / _INDEX)
        weakref.finalize(index, held.close)
        return index

    def _open_once(self, make: Callable[[Path], None]) -> "Index":
        folder = tempfile.TemporaryDirectory(prefix="precis-knowledge-")
        make(Path(folder.name))
        index = self._open(Path(folder.name) / _INDEX)
        weakref.finalize(index, folder.cleanup)
        return index

    def _open(self, folder: Path) -> "Index":
        from retrieval.index import Index

        return Index.open(folder, self.embedder.identity)


def kept_seconds() -> float:
    """Return how long an upload is kept after its last use, 0 for not at all. Raises UserError E1009."""
    given = os.environ.get("PRECIS_KNOWLEDGE_CACHE", "")
    if given in ("", "off"):
        return 0.0 if given else CACHE_SECONDS
    if not given.isascii() or not given.isdigit():
        raise UserError("E1009", f"PRECIS_KNOWLEDGE_CACHE is {given[:40]!r}; it must be off or a number of seconds")
    return float(given)


def _uploads(seconds: float) -> Cache:
    return Cache(places.cache() / "knowledge", CACHE_BYTES, seconds)


def _make_index(file: Path, model: "Embedder", folder: Path) -> None:
    """Fill `folder` with the index that an archive holds, or that its documents make."""
    from retrieval import index

    unpacked = folder / "unpacked"
    unpacked.mkdir()
    upload.unpack(file, unpacked)
    root = _root(unpacked)
    if manifest.exists(root):
        manifest.require_model(manifest.read(root), model.identity)
        index.verify(root)
        root.rename(folder / _INDEX)
    else:
        update.index_upload(root, folder / _INDEX, model)
    shutil.rmtree(unpacked, ignore_errors=True)


def _root(folder: Path) -> Path:
    """Return the one folder that an archive of a folder has at its top, or else the whole."""
    inside = [item for item in folder.iterdir() if not item.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
