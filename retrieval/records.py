"""What the index is made of: sources, the chunks they are cut into, and what a search finds.

Knows: fields. Knows nothing of files, models or how anything is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[str, int]  # a source's id and the number of a chunk of it


@dataclass(frozen=True)
class Source:
    """One document of the documentation, as clean text."""

    id: str  # its path in the folder that was indexed, or the id that its row has
    title: str
    text: str = field(repr=False)
    digest: str  # sha256 of what it was made from: the same digest is not embedded again
    metadata: Mapping[str, str] = field(default_factory=dict)  # what a filter may ask for


@dataclass(frozen=True)
class Chunk:
    """A part of a source that is embedded and found as one. Offsets are code points of the source's clean text."""

    source: str  # Source.id
    number: int  # from 1, within its source
    title: str
    headings: tuple[str, ...]  # that it stands under, the widest first
    start: int
    end: int
    text: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.source, self.number


@dataclass(frozen=True)
class Hit:
    """A chunk that a search found. What `score` means is the search's to say; higher is better."""

    chunk: Chunk
    score: float
