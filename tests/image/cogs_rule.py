"""Which folders `cog … --separate-weights` makes layers of, as its command line finds them.

Retold from `FindWeights` in https://github.com/replicate/cog/blob/main/pkg/weightslegacy/weights.go, Apache-2.0.
"""

import os
from pathlib import Path

THRESHOLD = 10 * 1024 * 1024
_CODE = (".py", ".ipynb")
_PREFIXES = (".cog", ".git", "__pycache__")  # of the path from the root, and of nothing below it
_SUFFIXES = (
    *(".py", ".ipynb", ".whl"),
    *(".jpg", ".jpeg", ".png", ".webp", ".svg", ".gif", ".avif", ".heic"),
    *(".mp4", ".mov", ".avi", ".wmv", ".mkv", ".webm"),
    *(".mp3", ".wav", ".ogg", ".flac", ".aac", ".m4a"),
    ".log",
)


def layers(root: Path) -> tuple[list[str], list[str]]:
    """The folders and the files of the root that are layers of their own, as paths from `root`."""
    code, large = [], []
    for path in _files(root):
        if ".git" in path.split("/")[:-1]:
            continue
        if Path(path).suffix in _CODE:
            code.append(path)
        elif (root / path).lstat().st_size >= THRESHOLD and not _is_other(path):
            large.append(path)
    folders: list[str] = []
    for path in sorted(large, key=lambda path: (path.count("/"), path.split("/"))):
        folder = path.rpartition("/")[0]
        if folder and not any(f"{folder}/".startswith(f"{found}/") for found in folders):
            folders.append(folder)
    # By prefix and not by folder: `weights/a` is passed over for code in `weights/ab`, too.
    without_code = [folder for folder in folders if not any(path.startswith(folder) for path in code)]
    return without_code, [path for path in large if "/" not in path]


def _is_other(path: str) -> bool:
    return path.startswith(_PREFIXES) or path.endswith(_SUFFIXES)


def _files(root: Path) -> list[str]:
    """Every file, links to folders among them, as Go's filepath.Walk does."""
    found = []
    for place, folders, names in os.walk(root):
        links = [name for name in folders if Path(place, name).is_symlink()]
        found += [(Path(place) / name).relative_to(root).as_posix() for name in (*names, *links)]
    return sorted(found)
