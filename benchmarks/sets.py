"""The measuring sets: where they lie, and where those come from that the repository may not hold.

Knows: benchmarks/data, and the form of `sources.toml`. Knows nothing about fetching, or what is in a set.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
SOURCES = Path(__file__).parent / "sources.toml"


def present(path: Path) -> Path:
    """Return `path`. Ends the program when nothing is there, naming the command that fetches the sets."""
    if not path.exists():
        raise SystemExit(f"{path} is missing: `python -m benchmarks.fetch` gets what the repository may not hold")
    return path


@dataclass(frozen=True)
class Source:
    """A set and where it comes from, as `sources.toml` describes it."""

    name: str  # the file or folder that it is in benchmarks/data
    base: str  # what the addresses of its downloads begin with
    license: str
    downloads: Mapping[str, str]  # the rest of an address: sha256
    made: Mapping[str, str]  # file in benchmarks/data: sha256
    items: tuple[str, ...] = ()  # which of the source's items, in order
    source: str = ""  # what its rows say of where they are from


def sources() -> list[Source]:
    """Every set of `sources.toml`."""
    tables = tomllib.loads(SOURCES.read_text(encoding="utf-8"))
    return [Source(name, **table | {"items": tuple(table.get("items", ()))}) for name, table in tables.items()]
