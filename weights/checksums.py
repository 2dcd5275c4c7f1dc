"""What a model's folder holds, by size and sha256, and whether it still does.

Knows: `precis.json`, written last into a folder whose files were all checked. Knows nothing about where they came
from. `check` looks at sizes and is cheap enough for every start; `verify` reads every byte.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from errors import UserError
from weights.registry import ModelSpec

NAME = "precis.json"


class FileRecord(BaseModel):
    """One file as it was when it was checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str


class Checksums(BaseModel):
    """The files of one model and what they are a copy of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    revision: str
    files: dict[str, FileRecord]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(record.size for record in self.files.values())


def record(folder: Path, spec: ModelSpec, digests: Mapping[str, str]) -> Checksums:
    """Write `precis.json` about the files of `folder` whose sha256 are `digests`: it thereby counts as complete."""
    files = {
        name: FileRecord(size=(folder / name).stat().st_size, sha256=digest) for name, digest in sorted(digests.items())
    }
    found = Checksums(source=spec.source, revision=spec.revision, files=files)
    unfinished = folder / f".{NAME}"
    unfinished.write_text(found.model_dump_json(indent=2) + "\n")
    unfinished.replace(folder / NAME)
    return found


def check(folder: Path, spec: ModelSpec) -> Checksums:
    """Read `precis.json` and compare presence and sizes with it.

    Raises UserError E2003 when the folder, its manifest or a file is missing or belongs to another revision, E2002
    when a file has another size or was recorded with another digest than the pinned one.
    """
    try:
        found = Checksums.model_validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise UserError("E2003", f"{folder.name} holds no {NAME}, so nobody has checked its files") from None
    except ValidationError:
        raise UserError("E2003", f"{folder.name}/{NAME} is not readable") from None
    is_another = spec.digests and found.revision != spec.revision  # an unpinned revision may be a branch's name
    if found.source != spec.source or is_another:
        raise UserError(
            "E2003",
            f"{folder.name} is {found.source} at {found.revision}; "
            f"wanted is {spec.source} at {spec.revision}; run `precis weights pull`",
        )
    for name, expected in found.files.items():
        pinned = spec.digests.get(name, expected.sha256)
        if pinned != expected.sha256:
            raise UserError("E2002", f"{name} was recorded with sha256 {expected.sha256}; pinned is {pinned}")
        _check_size(folder / name, expected.size)
    return found


def verify(folder: Path, spec: ModelSpec) -> Checksums:
    """Compare the sha256 of every file with `precis.json` too. Raises like `check`."""
    found = check(folder, spec)
    for name, expected in found.files.items():
        require(folder / name, expected.sha256)
    return found


def require(file: Path, expected: str) -> str:
    """Return the sha256 of `file`. Raises UserError E2002, with both digests, unless it is `expected`."""
    actual = sha256(file)
    if actual != expected:
        raise UserError("E2002", f"{file.name} has sha256 {actual}; pinned is {expected}; it was not loaded")
    return actual


def sha256(file: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_size(file: Path, expected: int) -> None:
    if not file.is_file():
        raise UserError("E2003", f"{file.name} is missing from {file.parent.name}; run `precis weights pull`")
    actual = file.stat().st_size
    if actual != expected:
        raise UserError("E2002", f"{file.name} is {actual:,} bytes; recorded are {expected:,}; it was not loaded")
