"""Folders that were costly to make, kept by key, with bounded disk use.

Knows: keys, locks, sizes. Knows nothing of what is in a folder. Many threads and processes may share one cache: a
folder is there whole or not at all, is made once however many ask for it, and is not removed while anyone holds it.
Whoever dies lets go of what it held: the locks are the kernel's.
"""

import fcntl
import math
import os
import shutil
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from storage import folders

_LOCK = ".lock"


class Held:
    """A folder of the cache. It stays as long as this is open and not forgotten."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._let_go = weakref.finalize(self, os.close, lock)

    def close(self) -> None:
        """Let go of the folder. Twice is as good as once."""
        self._let_go()


class Cache:
    """A folder of folders, which hold at most `most_bytes` in all: those go first that were not used for longest.

    None stays that was not used for `most_seconds`, so that what users sent is not kept for good.
    """

    def __init__(self, folder: Path, most_bytes: int, most_seconds: float = math.inf) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds

    def hold(self, key: str, make: Callable[[Path], None]) -> Held:
        """Return the folder of `key`; when there is none, `make` fills an empty one first, which others wait for.

        What `make` raises passes through, and nothing is kept. The bound is exceeded only by what others hold.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = self._folder / key
        while True:
            lock = _lock(folder, fcntl.LOCK_SH)
            if folder.is_dir():
                os.utime(folder)
                return Held(folder, lock)
            os.close(lock)
            self._make(folder, make)

    def _make(self, folder: Path, make: Callable[[Path], None]) -> None:
        lock = _lock(folder, fcntl.LOCK_EX)
        try:
            if folder.is_dir():  # another made it meanwhile
                return
            with folders.whole(folder) as unfinished:
                make(unfinished)
                self.sweep()
        finally:
            os.close(lock)

    def sweep(self) -> None:
        """Remove what nobody holds: what is too old, then the least recently used until all is within the bound."""
        unfinished = _folders_in(self._folder / folders.PARTIAL)
        kept = sorted(_folders_in(self._folder), key=_used)
        sizes = {item: _size(item) for item in (*unfinished, *kept)}
        total = sum(sizes.values())  # also of what is being made, which is held
        oldest = time.time_ns() - self._most_seconds * 1e9
        for item in (*unfinished, *kept):
            # What a killed process left unfinished is of no use to anyone.
            if (total > self._most_bytes or item in unfinished or _used(item) < oldest) and self._remove(item):
                total -= sizes[item]

    def _remove(self, item: Path) -> bool:
        """Remove a folder and its lock unless anyone holds it."""
        folder = self._folder / item.name
        try:
            lock = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            if item == folder:
                folders.discard(folder)
            else:
                shutil.rmtree(item, ignore_errors=True)
            _lock_file(folder).unlink()
        except FileNotFoundError:  # another removed it meanwhile
            pass
        finally:
            os.close(lock)
        return True


def _folders_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [item for item in folder.iterdir() if item.is_dir() and item.name != folders.PARTIAL]


def _lock(folder: Path, how: int) -> int:
    """Return a descriptor that holds the lock of `folder`. Raises BlockingIOError when it is told not to wait."""
    while True:
        lock = os.open(_lock_file(folder), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, how)
            if os.fstat(lock).st_nlink:  # else it was removed while we waited for it
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _lock_file(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _used(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:  # removed meanwhile
        return 0


def _size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except FileNotFoundError:  # removed meanwhile
                continue
    return total
