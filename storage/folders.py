"""Folders that are there whole or not at all: filled elsewhere, then moved in; moved away, then removed.

Knows: that a rename on one disk happens at once, and that what is not finished lies in `.partial/` beside the folder,
which nobody takes for a folder of its kind and which stays, since another may be about to use it. Knows nothing of what
is in a folder, nor of who else may make the same one: callers hold a lock.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; when the block ends well it takes the place of `folder`, be there one or not.

    When the block raises, `folder` stays as it was. What a killed process left is cleared away by the next.
    """
    unfinished = _aside(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.mkdir()
    try:
        yield unfinished
        if folder.exists():
            discard(folder)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove a folder so that nobody ever finds half of it. Raises FileNotFoundError when there is none."""
    removed = _aside(folder).with_suffix(".removed")
    shutil.rmtree(removed, ignore_errors=True)
    removed.parent.mkdir(exist_ok=True)
    folder.rename(removed)
    shutil.rmtree(removed, ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.parent / PARTIAL / folder.name
