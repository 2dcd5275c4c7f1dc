"""What `precis image` and `precis weights list --image` do and print.

Knows: in which order to refuse: what costs nothing first. Knows nothing about argument parsing.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import UserError
from image import contents, export, tool
from image.contents import ROOT, Item
from weights import registry

_COMMIT = "commit them, or say DIRTY=1 (`--dirty`)"


def build(tag: str, file: str, is_dirty: bool, root: Path = ROOT, home: Path = registry.FOLDER) -> int:
    """Build the image of `file` and name it `tag`. Returns the tool's exit code. Raises as `_exported`."""
    with _exported(file, is_dirty, root, home) as folder:
        return tool.build(folder, file, tag)


def push(name: str, file: str, is_dirty: bool, root: Path = ROOT, home: Path = registry.FOLDER) -> int:
    """Build the image of `file` and push it to `name`. Returns the tool's exit code. Raises as `_exported`."""
    with _exported(file, is_dirty, root, home) as folder:
        return tool.push(folder, file, name)


def show(file: str, root: Path = ROOT, home: Path = registry.FOLDER) -> None:
    """Print what the image of `file` carries besides code, how large it is, and whether it is here."""
    _print(contents.items(root, file, home))


@contextmanager
def _exported(file: str, is_dirty: bool, root: Path, home: Path) -> Iterator[Path]:
    """A folder to build from, which goes with the block; what travels is printed.

    It lies in the project's own `build/`: on the models' disk, and where the tool finds the commit to label an image
    with. Raises UserError E8001 to E8004, E2001 to E2003.
    """
    version = tool.version()
    changes = len(export.uncommitted(root))
    if changes and not is_dirty:
        raise UserError("E8003", f"{changes:,} files are not as committed, which is how they would travel: {_COMMIT}")
    (root / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / "build", prefix="image-") as name:
        folder = Path(name)
        export.committed(root, folder)
        models = contents.models(folder, file)
        contents.require(models, home)
        export.carry(root, folder, models, home)
        print(f"{file} at {export.commit(root)}, by cog {version}; {changes:,} files are not as committed")
        carried = contents.items(folder, file, folder / "weights")
        _print([Item("code", contents.size(folder) - sum(item.size for item in carried)), *carried])
        yield folder


def _print(items: list[Item]) -> None:
    for item in (*items, Item("together", sum(item.size for item in items))):
        where = "" if item.is_here else f"  to download: `precis weights pull {item.name}`"
        print(f"{item.name:<18} {item.size / 1e6:>9,.1f} MB{where}", flush=True)
