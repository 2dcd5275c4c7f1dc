"""Where uploads and results lie: a folder, or an object store, by a URI that fsspec knows.

Knows: objects, which are written whole under a name that nobody else writes, and never changed. In a folder only this
user can read them. Knows nothing of what they hold. All of it blocks.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import IO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from errors import UserError
from storage.writing import writing

_BLOCK = 1 << 18  # bytes


class Files:
    """A store. Names are relative to its URI, with `/` between folders."""

    def __init__(self, uri: str) -> None:
        """Raises UserError E7101 for a URI that nobody here knows."""
        try:
            self._system, root = fsspec.core.url_to_fs(uri)
        except (ImportError, ValueError) as error:
            scheme = uri.partition(":")[0][:20]
            raise UserError(
                "E7101", f"files: {scheme!r} is no store that is installed ({type(error).__name__})"
            ) from None
        self._root = root.rstrip("/")
        self._is_local = isinstance(self._system, LocalFileSystem)

    def write(self, name: str, content: bytes) -> None:
        """Write an object; it stays when the machine does not. Raises Fault E5006."""
        with writing(name), self._system.open(self._made(name), "wb") as file:
            file.write(content)
            _onto_disk(file)

    def put(self, source: Path, name: str) -> None:
        """Copy a file into an object. Raises Fault E5006."""
        with writing(name), source.open("rb") as file, self._system.open(self._made(name), "wb") as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
            _onto_disk(copy)

    def get(self, name: str, to: Path) -> None:
        """Copy an object into a file. Raises FileNotFoundError, Fault E5006."""
        with writing(to.name), to.open("wb") as file:
            for block in self.blocks(name):
                file.write(block)

    def read(self, name: str) -> bytes:
        """Return what an object holds. Raises FileNotFoundError."""
        return b"".join(self.blocks(name))

    def blocks(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield what an object holds, of its bytes from `start` to before `end`. Raises FileNotFoundError."""
        with self._system.open(self._path(name), "rb") as file:
            file.seek(start)
            left = float("inf") if end is None else end - start
            while left > 0 and (block := file.read(int(min(left, _BLOCK)))):
                left -= len(block)
                yield block

    def names(self, folder: str) -> list[str]:
        """Return the names of what is in a folder, which need not be there."""
        self._system.invalidate_cache()
        try:
            found = self._system.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def remove(self, name: str) -> None:
        """Remove an object, or a folder with all that is in it; it need not be there."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._system.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _made(self, name: str) -> str:
        """Return a path whose folder is there."""
        if self._is_local:
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in reversed(Path(name).parents[:-1]):
                (Path(self._root) / folder).mkdir(mode=0o700, exist_ok=True)
        return self._path(name)


def _onto_disk(file: IO[bytes]) -> None:
    """Wait until a file of this machine is on its disk; an object store says so itself when it is closed."""
    file.flush()
    with suppress(UnsupportedOperation):
        os.fsync(file.fileno())
