"""What an image carries besides code: the models that its file names, and the index that is baked in.

Knows: that the environment of `cog.yaml`, and of each file like it, says once which models travel: Cog's schema of that
file has room for any variable, and for no key of ours. Knows nothing of who builds an image.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from errors import UserError
from weights import registry
from weights.registry import ModelSpec

ROOT = Path(__file__).parent.parent
VARIABLE = "PRECIS_IMAGE_MODELS"
KNOWLEDGE = "knowledge"


@dataclass(frozen=True)
class Item:
    """One thing that travels, or would."""

    name: str
    size: int  # bytes on disk; of a model that is not here: to download
    is_here: bool = True


def models(root: Path, file: str) -> list[ModelSpec]:
    """The models that the image of `file` carries. Raises UserError E8004, and E2001 for one that nobody knows."""
    path = root / file
    named = re.search(rf"^ *- {VARIABLE}=([\w.,-]+)(?: |$)", path.read_text(), re.M) if path.is_file() else None
    if not named:
        raise UserError("E8004", f"{file} is not here, or its environment has no {VARIABLE}")
    return [registry.resolve(name) for name in named[1].split(",")]


def items(root: Path, file: str, home: Path = registry.FOLDER) -> list[Item]:
    """The models that the image of `file` carries, and the index where there is one. Raises like `models`."""
    found = [_model(spec, home) for spec in models(root, file)]
    if (root / KNOWLEDGE).is_dir():
        found.append(Item(KNOWLEDGE, size(root / KNOWLEDGE)))
    return found


def require(specs: list[ModelSpec], home: Path) -> None:
    """Raise UserError E2003, with the command that brings those that are missing, unless all models are here."""
    missing = [spec.alias for spec in specs if not (home / spec.alias).is_dir()]
    if missing:
        them = " ".join(missing)
        raise UserError(
            "E2003", f"{len(missing)} of {len(specs)} models are not here; run `precis weights pull {them}`"
        )


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _model(spec: ModelSpec, home: Path) -> Item:
    folder = home / spec.alias
    return Item(spec.alias, size(folder)) if folder.is_dir() else Item(spec.alias, spec.size, is_here=False)
