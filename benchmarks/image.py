"""How large the CPU image's layers are, without building it.

    python -m benchmarks.image

Packages: the installed files of what requirements.txt names, of what that needs, and of cog, as they lie in this
environment, which needs a CPU build of torch. Code and models: as an export of what is committed has them. The base
image (python:3.11-slim) and compression are not in it.
"""

import importlib.metadata as metadata
import tempfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks import machine
from image import contents, export
from image.contents import ROOT
from weights import registry

FILE = "image-cpu.yaml"
SHOWN = 8
MB = 1e6


def main() -> None:
    sizes = {name: installed(name) for name in needed()}
    largest = sorted(sizes, key=lambda name: -sizes[name])
    print(f"# {machine.describe()}")
    row("packages", sum(sizes.values()), f"{len(sizes)} of them")
    for name in largest[:SHOWN]:
        row(f"  {name}", sizes[name], metadata.version(name))
    row("  others", sum(sizes[name] for name in largest[SHOWN:]))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        export.committed(ROOT, folder)
        row("code", contents.size(folder), f"at {export.commit(ROOT)}")
    for spec in contents.models(ROOT, FILE):
        row(spec.alias, contents.size(registry.FOLDER / spec.alias))


def needed() -> set[str]:
    """The distributions of the image: those that are pinned, and what they need here."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    todo = [Requirement(line) for line in lines if line and not line.startswith("#")] + [Requirement("cog")]
    found = set[str]()
    while todo:
        name = canonicalize_name(todo.pop().name)
        if name in found:
            continue
        found.add(name)
        for line in metadata.requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                todo.append(requirement)
    return found


def installed(name: str) -> int:
    """Bytes of a distribution's files."""
    places = (Path(str(file.locate())) for file in metadata.files(name) or ())
    return sum(place.stat().st_size for place in places if place.is_file())


def row(name: str, size: int, note: str = "") -> None:
    print(f"{name:<20} {size / MB:>9,.1f} MB  {note}".rstrip())


if __name__ == "__main__":
    main()
