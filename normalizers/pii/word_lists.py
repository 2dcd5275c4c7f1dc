"""Lists of words and names, each in a file beside the one that looks for them.

Knows: an entry is a line, and lines that begin with # name the list's source. Knows nothing about what is listed.
"""

from pathlib import Path


def read(file: Path) -> list[str]:
    """Return the entries of a list."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
