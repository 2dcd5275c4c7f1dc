"""The user's own documentation, as a server and the command line ask for it: an index, a question, an upload.

Knows: which room does what, and in which order. Knows nothing of how an index is made (indexing.py) or searched.
Nothing here logs or raises what a document says.
"""

import hashlib
import json
import os
import shutil
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import indexing
from errors import UserError
from retrieval import background as passages
from retrieval import chunk, manifest, search, upload
from retrieval.background import readable
from retrieval.cache import Cache
from retrieval.manifest import Manifest
from retrieval.records import Chunk, Hit
from retrieval.search import ANYTHING

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from retrieval.index import Index

# Of a server: what was copied into its image.
BAKED = Path(os.environ.get("PRECIS_KNOWLEDGE") or Path(__file__).parent / "knowledge")

CACHE_BYTES = 4_000_000_000  # of uploads, unpacked; the largest takes a quarter of it

_QUERIES = 256  # embedded at once
_SEARCHES = 4  # at once
_INDEX = "index"  # the folder's name in the cache


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

    return Index.open(folder, model.identity)


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
        manifest.require_model(manifest.read(root), model.identity)
        verify(root)
        root.rename(folder / _INDEX)
    else:
        indexing.index_upload(root, folder / _INDEX, model)
    shutil.rmtree(unpacked, ignore_errors=True)


def _root(folder: Path) -> Path:
    """Return the one folder that an archive of a folder has at its top, or else the whole."""
    inside = [item for item in folder.iterdir() if not item.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
