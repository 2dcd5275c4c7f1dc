"""Folders for files that must not outlive who made them.

Knows: that a lock is the kernel's, which lets go of it when its holder dies, however it dies. A folder that nobody
holds any more is swept by whoever comes by. Knows nothing of what is in a folder.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_PREFIX = "precis-run-"


@contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder among the temporary files that only this user can read; it goes with the block."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with ExitStack() as held:
            with suppress(OSError):
                held.enter_context(_lock(path, fcntl.LOCK_SH))
            if not path.is_dir():  # swept before it was held
                continue
            held.callback(shutil.rmtree, path, ignore_errors=True)
            yield path
            return


def sweep(within: Path) -> None:
    """Remove the folders in a folder of temporary files that this user made and nobody holds any more."""
    for path in within.glob(f"{_PREFIX}*"):
        with suppress(OSError), _lock(path, fcntl.LOCK_EX):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(path: Path, how: int) -> Iterator[None]:
    """Hold a folder. Raises OSError when another does, or when it is gone, no folder, or another user's."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
