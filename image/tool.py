"""Cog's command line: whether it is here and new enough, and the two commands of it that make an image.

Knows: how it is called and how it says its version. Knows nothing of what is in the image.
"""

import re
import shutil
import subprocess
from pathlib import Path

from errors import UserError

INSTALL = "https://github.com/replicate/cog#install"
TOO_OLD = (0, 22, 0)  # it cannot install into base images of CUDA 13, nor can those before it


def version() -> str:
    """The version of the tool that is here. Raises UserError E8001 when there is none, E8002 when it is too old."""
    if not shutil.which("cog"):
        raise UserError("E8001", f"cog not found; {INSTALL} says where to get it")
    asked = subprocess.run(["cog", "--version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
    said = re.match(r"cog version (\S+)", asked.stdout)
    if not said:
        raise UserError("E8001", f"the cog that was found is not Replicate's; {INSTALL} says where to get it")
    if not _is_newer(said[1]):
        wanted = ".".join(map(str, TOO_OLD))
        raise UserError("E8002", f"cog is {said[1]}; newer than {wanted} is needed, for CUDA 13; {INSTALL}")
    return said[1]


def build(folder: Path, file: str, tag: str) -> int:
    """Build the image that `file` in `folder` describes, and name it `tag`. Returns the tool's exit code."""
    return _run(folder, "build", "--separate-weights", "--file", file, "--tag", tag)


def push(folder: Path, file: str, name: str) -> int:
    """Build the image and push it to `name`, the registry's host first. Returns the tool's exit code."""
    return _run(folder, "push", "--separate-weights", "--file", file, name)


def _run(folder: Path, *arguments: str) -> int:
    return subprocess.run(["cog", *arguments], cwd=folder, check=False).returncode  # noqa: S607


def _is_newer(said: str) -> bool:
    """Whether it is newer than TOO_OLD. `0.22.0-3-g6110c91` is, by three commits; `dev` was built without a number."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)(-\d+-g)?", said)
    return found is None or (tuple(map(int, found.groups()[:3])), found[4] is not None) > (TOO_OLD, False)
