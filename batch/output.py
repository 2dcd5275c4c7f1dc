"""OUT: a line of JSON for each document that is done or has failed, and beside it what failed, to be given back.

Knows: files that grow by whole lines. A write that does not succeed whole is undone; what a kill has cut off is cut
off when the file is opened. Knows nothing of what a line says but its id.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from batch.ledger import Key
from storage.writing import writing

_BLOCK = 1 << 20
_ENDING = 1 << 12  # bytes by which a file is known again


class Lines:
    """A file of whole lines that grows."""

    def __init__(self, path: Path) -> None:
        """Open it, make it if there is none, and cut off what is no whole line. Raises Fault E5006."""
        self.path = path
        with writing(path.name):
            self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
            self._cut_off(self._end_of_last_line())

    def close(self) -> None:
        """Close it."""
        os.close(self._file)

    @property
    def size(self) -> int:
        """Its bytes."""
        return os.fstat(self._file).st_size

    def checksum(self, size: int) -> int:
        """Return what tells the end of its first `size` bytes from that of other files."""
        return zlib.crc32(os.pread(self._file, min(size, _ENDING), max(0, size - _ENDING)))

    def append(self, lines: list[str]) -> None:
        """Write lines, each with its end, all or none; they are on the disk afterwards. Raises Fault E5006."""
        if not lines:
            return
        before, data = self.size, "".join(lines).encode()
        with writing(self.path.name):
            try:
                written = os.write(self._file, data)
                while written < len(data):  # a full disk first takes what fits, and then says so
                    written += os.write(self._file, data[written:])
                os.fdatasync(self._file)
            except OSError:
                self._cut_off(before)
                raise

    def since(self, offset: int) -> Iterator[dict[str, Any]]:
        """Yield what the lines from `offset` on say."""
        with self.path.open("rb") as file:
            file.seek(offset)
            for line in file:
                yield json.loads(line)

    def keep(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Go on with the lines that are wanted: in one moment the file has all of them, in the next only these."""
        unfinished = self.path.with_name(f"{self.path.name}.part")
        with writing(self.path.name):
            with self.path.open("rb") as old, unfinished.open("wb") as new:
                new.writelines(line for line in old if wanted(json.loads(line)))
                new.flush()
                os.fsync(new.fileno())
            unfinished.rename(self.path)
            os.close(self._file)
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)

    def cut_off(self, size: int) -> None:
        """Forget what comes after `size` bytes."""
        with writing(self.path.name):
            self._cut_off(size)

    def _cut_off(self, size: int) -> None:
        if self.size != size:
            os.ftruncate(self._file, size)

    def _end_of_last_line(self) -> int:
        end = self.size
        while end:
            start = max(0, end - _BLOCK)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0


def key_of(line: dict[str, Any]) -> Key:
    """Return the key of the document that a line is about."""
    return int(line["line"]) if line["id"] is None else str(line["id"])
