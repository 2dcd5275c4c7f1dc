"""What `precis weights ...` does and prints.

Knows: how a person wants to read sizes and places. Knows nothing about argument parsing.
"""

import sys
from pathlib import Path

from errors import PrecisError, UserError
from weights import checksums, choose, hub, load, registry
from weights.pull import pull as pull_into
from weights.registry import ModelSpec


def pull(name: str, home: Path = registry.FOLDER) -> None:
    """Fetch a model, every digest compared: an alias into `weights/`, `owner/name@revision` into the hub's cache."""
    spec = registry.resolve(name)
    if spec.kind == "folder":
        folder = load.find(spec, home)
    else:
        folder = pull_into(spec, home) if spec.digests else hub.snapshot(spec)
    print(f"{spec.alias}: {folder}")


def pull_embedded(home: Path = registry.FOLDER) -> None:
    """Fetch what is served where no model is named, and what redaction and knowledge need.

    Where the default is too large for memory, or cannot be had, the small model stands in for it, and a line says why.
    """
    spec, why = choose.embedded()
    try:
        pull(spec.alias, home)
    except PrecisError as error:
        if spec == choose.stand_in():
            raise
        spec, why = choose.stand_in(), str(error)
        pull(spec.alias, home)
    if spec == choose.stand_in():
        print(f"weights: {spec.alias} stands in for {registry.DEFAULT}: {why}", file=sys.stderr)
    for name in (registry.NAMES_MODEL, registry.EMBEDDING_MODEL):
        pull(name, home)


def verify(name: str | None = None, home: Path = registry.FOLDER) -> None:
    """Read every byte of a model, or of all that are here, and compare with what was recorded and pinned.

    Raises UserError E2002 at the first file that differs, E2003 when the model or a file of it is not here.
    """
    specs = [registry.resolve(name)] if name else [spec for spec in registry.models().values() if _place(spec, home)]
    if not specs:
        print("no model is here; run `precis weights pull`")
    for spec in specs:
        folder = _place(spec, home)
        if folder is None:
            raise UserError("E2003", f"{spec.alias} is not here; run `precis weights pull {spec.alias}`")
        found = checksums.verify(folder, spec)
        print(f"{spec.alias}: {len(found.files)} files, {found.size / 1e6:,.1f} MB, every digest as recorded")


def list_models(home: Path = registry.FOLDER) -> None:
    """Print the models that have a name, and where each is on this machine."""
    row = "{:<14} {:<11} {:>9} {:>8}  {:<52} {}"
    print(row.format("alias", "license", "download", "context", "source at revision", "place"))
    for spec in registry.models().values():
        size, source = f"{spec.size / 1e6:,.0f} MB", f"{spec.source} at {spec.revision[:12]}"
        place = _place(spec, home) or "not here"
        print(row.format(spec.alias, spec.license, size, f"{spec.context_length:,}", source, place))


def _place(spec: ModelSpec, home: Path) -> Path | None:
    """Where the model's files are, or None."""
    if spec.kind == "folder":
        return Path(spec.source)
    if spec.digests and (home / spec.alias).is_dir():
        return home / spec.alias
    return hub.recorded(spec) if spec.kind == "hub" and not spec.is_converted else None
