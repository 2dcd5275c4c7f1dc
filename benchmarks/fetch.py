"""Fetch the measuring sets that may not be copied into the repository, each whole or not at all.

Knows: that a set appears by one rename after everything in it was compared with its digest. Knows nothing about where
sets come from (`sources.toml`: public addresses, on GitHub pinned to a commit) or what is made of them (`convert.py`).

    python -m benchmarks.fetch                           # all of them, 13 MB; what is here already is left as it is
    python -m benchmarks.fetch html retrieval/scifact    # these

They come to benchmarks/data, where git does not look at them: the articles and pages belong to their publishers.
Every download is compared with its sha256, and so is what is made of it: what is measured here is, byte for byte, what
README's figures were measured on. A set that cannot be had so is left out, and the exit code is 1.
"""

import argparse
import hashlib
import sys
import tempfile
import urllib.request
from http.client import HTTPException
from pathlib import Path

from benchmarks.convert import CONVERTERS
from benchmarks.sets import DATA, Source, sources

TIMEOUT = 60.0  # seconds without a byte


class FetchError(Exception):
    """A set cannot be had as it is described; the message says what of it and why."""


def main() -> int:
    every = {source.name: source for source in sources()}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"without any all of {', '.join(every)}")
    names = parser.parse_args().sets or list(every)
    if unknown := set(names) - set(every):
        parser.error(f"there is no set {', '.join(sorted(unknown))}")
    got = [get(every[name], DATA) for name in names]
    return 0 if all(got) else 1


def get(source: Source, data: Path) -> bool:
    """Say what becomes of a set; False when it cannot be had."""
    if (data / source.name).exists():
        print(f"{source.name}: here already")
        return True
    try:
        fetch(source, data)
    except FetchError as error:
        print(f"{source.name}: {error}", file=sys.stderr)
        return False
    print(f"{source.name}: fetched; {source.license}")
    return True


def fetch(source: Source, data: Path) -> None:
    """Put the set into the folder `data`. Raises FetchError, and then nothing is there."""
    files = {name: download(source.base + name, digest) for name, digest in source.downloads.items()}
    made = CONVERTERS[source.name](files, source)
    for name, digest in source.made.items():
        require(name, made[name], digest)
    (data / source.name).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=data) as workshop:
        for name, content in made.items():
            file = Path(workshop) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (Path(workshop) / source.name).rename(data / source.name)


def download(url: str, digest: str) -> bytes:
    """Return what is at an address. Raises FetchError when it does not come whole, or is not what is described."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            content: bytes = response.read()
    except (OSError, HTTPException) as error:  # a status and no connection are among the first, a cut among the second
        raise FetchError(f"{url} did not come: {error!r}") from None
    require(url, content, digest)
    return content


def require(name: str, content: bytes, digest: str) -> None:
    """Raise FetchError unless `content` has this sha256."""
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise FetchError(f"{name} is not what it was: its sha256 is {found}; {digest} was expected")


if __name__ == "__main__":
    sys.exit(main())
