"""What an index says of itself: one file that is replaced as a whole, and that names the data that is valid.

    knowledge/manifest.json   format, embedding model, counts, and the size and digest of every file in data-7
    knowledge/data-7/         what Lance wrote; never changed after the manifest names it
    knowledge/data-6/         the one before, for as long as somebody still reads it

Knows: the fields, the format's number, where files are, and who still reads them. Knows nothing of Lance.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import weakref
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from errors import UserError
from storage.folders import PARTIAL

FORMAT = 1
NAME = "manifest.json"
LOCK = ".lock"  # of writers
_NEW = "manifest.json.new"
_DATA = re.compile(r"data-([0-9]{1,18})")
_MAX_BYTES = 16_000_000  # of a manifest; ours have a few kilobytes


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class File(_Value):
    """What a file of the data must be."""

    size: NonNegativeInt
    sha256: str


class Manifest(_Value):
    """What an index was made with, and how much it holds."""

    format: Literal[1] = 1  # FORMAT
    embedding: str  # Embedder.identity
    dimension: PositiveInt
    sources: NonNegativeInt
    chunks: NonNegativeInt
    fields: tuple[str, ...]  # of the metadata: what a filter may ask for
    created: AwareDatetime
    data: Annotated[str, Field(pattern=rf"^{_DATA.pattern}$")]
    files: dict[str, File]  # below `data`


def read(folder: Path) -> Manifest:
    """The manifest of the index in `folder`. Raises UserError E4002 when there is none, or none that can be read."""
    try:
        with (folder / NAME).open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        raise UserError("E4002", f"there is no {NAME}, so this is no index") from None
    except (OSError, ValueError, RecursionError):
        raise UserError("E4002", f"{NAME} cannot be read") from None
    version = found.get("format") if isinstance(found, dict) else None
    if isinstance(version, int) and version != FORMAT:
        raise UserError("E4002", f"the index has format {version}; this program reads format {FORMAT}")
    try:
        return Manifest.model_validate(found)
    except ValidationError as error:
        raise UserError("E4002", f"{NAME} is not ours: {error.error_count()} of its fields are wrong") from None


def read_and_hold(folder: Path, holder: object) -> Manifest:
    """Read the manifest, and keep its data from being deleted by an update for as long as `holder` lives.

    Nothing is written for that: the hold is a shared lock on the folder that has the data, which a reader without
    the right to write may take too.
    """
    while True:
        manifest = read(folder)
        hold = _shared_lock(folder / manifest.data)
        if hold is not None:
            release = weakref.finalize(holder, os.close, hold)
        if read(folder).data == manifest.data:
            return manifest
        if hold is not None:  # an update came between reading and locking: the newer data is what we want
            release()


def require_model(manifest: Manifest, embedding: str) -> None:
    """Raise UserError E4003 unless the index has vectors of that model."""
    if manifest.embedding != embedding:
        raise UserError("E4003", f"the index was made with {manifest.embedding}; here is {embedding}")


def require_files(folder: Path, manifest: Manifest) -> None:
    """Raise UserError E4002 unless every file is there and has its size."""
    sizes = _sizes(folder, manifest.data)
    wrong = sum(sizes.get(name) != file.size for name, file in manifest.files.items())
    if wrong:
        raise UserError("E4002", f"{wrong} of the index's {len(manifest.files)} files are missing or cut short")


def require_digests(folder: Path, manifest: Manifest) -> None:
    """Raise UserError E4002 unless every file is what was written."""
    digests = {name: _sha256(folder, manifest.data, name) for name in manifest.files}
    wrong = sum(digests[name] != file.sha256 for name, file in manifest.files.items())
    if wrong:
        raise UserError("E4002", f"{wrong} of the index's {len(manifest.files)} files are not what was written")


def describe_files(folder: Path, data: str) -> dict[str, File]:
    """The files below `data` as a manifest lists them."""
    sizes = _sizes(folder, data)
    return {name: File(size=sizes[name], sha256=_sha256(folder, data, name)) for name in sorted(sizes)}


def replace(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the valid one: before the rename the old index is, after it the new one."""
    os.sync()  # what the manifest names must be on the disk before its name is
    with (folder / _NEW).open("w") as file:
        file.write(manifest.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    (folder / _NEW).replace(folder / NAME)


def next_data(folder: Path) -> str:
    """A name that no data here has."""
    numbers = [int(match[1]) for match in map(_DATA.fullmatch, _names(folder)) if match]
    return f"data-{max(numbers, default=0) + 1}"


def sweep(folder: Path, keep: str) -> None:
    """Delete all data but `keep` that nobody reads: what the last update replaced, and what a killed one left."""
    for name in _names(folder):
        if _DATA.fullmatch(name) and name != keep:
            _delete_if_unread(folder / name)


def require_ours(folder: Path) -> None:
    """Raise UserError E4002 when a folder without an index has files of somebody else: an index is no guest."""
    ours = (LOCK, _NEW, PARTIAL)
    others = [name for name in _names(folder) if name not in ours and not _DATA.fullmatch(name)]
    if others:
        raise UserError("E4002", f"there is no {NAME}, but {len(others)} other files or folders; choose an empty one")


def exists(folder: Path) -> bool:
    """Whether there is a manifest, good or bad."""
    return (folder / NAME).exists()


def _names(folder: Path) -> list[str]:
    return [item.name for item in folder.iterdir()]


def _shared_lock(data: Path) -> int | None:
    """A descriptor with a shared lock on the folder `data`, or None where there is none or no locks."""
    try:
        descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:  # some network disks know no locks
        os.close(descriptor)
        return None
    return descriptor


def _delete_if_unread(data: Path) -> None:
    try:
        descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(data, ignore_errors=True)  # the rest is left to the next update
    except BlockingIOError:
        pass  # it is being read; the next update asks again
    except OSError:  # no locks here, so nobody can say that it is read
        shutil.rmtree(data, ignore_errors=True)
    finally:
        os.close(descriptor)


def _sizes(folder: Path, data: str) -> dict[str, int]:
    below = folder / data
    return {file.relative_to(below).as_posix(): file.stat().st_size for file in below.rglob("*") if file.is_file()}


def _sha256(folder: Path, data: str, name: str) -> str:
    with (folder / data / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
