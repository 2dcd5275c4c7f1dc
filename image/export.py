"""A folder with what the image is built from, and nothing else.

Knows: git, what `.dockerignore` hides (it is left out here, so that nothing hides what the tool copies), and that the
image's user is nobody, who must be able to read it all. Knows nothing of the tool.
"""

import io
import os
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from errors import UserError
from image import contents
from weights import checksums
from weights.registry import ModelSpec

IGNORED = ".dockerignore"


def uncommitted(root: Path) -> list[str]:
    """The files of the working tree that are not as they were committed, a line each. Raises UserError E8003."""
    return _git(root, "status", "--porcelain", "--", ".").decode().splitlines()


def commit(root: Path) -> str:
    """The commit that is checked out. Raises UserError E8003."""
    return _git(root, "rev-parse", "--short", "HEAD").decode().strip()


def committed(root: Path, folder: Path) -> None:
    """Unpack what is committed in `root` into `folder`, but for what `.dockerignore` hides. Raises UserError E8003."""
    with tarfile.open(fileobj=io.BytesIO(_git(root, "-c", "tar.umask=0022", "archive", "HEAD"))) as archive:
        listed = archive.extractfile(IGNORED) if IGNORED in archive.getnames() else None
        hidden = [IGNORED, *(listed.read().decode().splitlines() if listed else [])]
        travelling = [one for one in archive if not any(fnmatch(one.name.split("/")[0], line) for line in hidden)]
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # which Python has from 3.11.4 on
        archive.extractall(folder, members=travelling)  # noqa: S202 - git wrote it


def carry(root: Path, folder: Path, models: Sequence[ModelSpec], home: Path) -> None:
    """Put `models` from `home` into `folder`, and the index of `root` if there is one. All of it can be read by all.

    Raises UserError E2002 and E2003 when a model is not whole.
    """
    for spec in models:
        recorded = checksums.check(home / spec.alias, spec)
        for name in (*recorded.files, checksums.NAME):
            _bring(home / spec.alias / name, folder / "weights" / spec.alias / name)
    for file in (root / contents.KNOWLEDGE).rglob("*"):
        if file.is_file():
            _bring(file, folder / file.relative_to(root))
    for made in (folder, *folder.rglob("*")):
        if made.is_dir():
            made.chmod(0o755)


def _bring(file: Path, place: Path) -> None:
    """Put a file at `place`, by hard link where disk and permissions allow: 8 GB are there once, not twice."""
    place.parent.mkdir(parents=True, exist_ok=True)
    source = file.resolve()
    if source.stat().st_mode & stat.S_IROTH:
        with suppress(OSError):
            os.link(source, place)
            return
    shutil.copyfile(source, place)
    place.chmod(0o644)


def _git(root: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)  # noqa: S607
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UserError("E8003", f"only what is committed travels, and git says: {said}")
    return done.stdout
