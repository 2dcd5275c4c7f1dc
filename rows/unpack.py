"""A file that gzip packed becomes the file that it was, read as it is unpacked.

Knows: gzip, and how much may come out of it. Knows nothing of tables.
"""

import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO

from contract.request import MAX_TABLE_BYTES
from errors import UserError

MAGIC = b"\x1f\x8b"

_PIECE = 1 << 16  # bytes that are unpacked at a time


def unpacked(file: BufferedReader) -> BufferedReader:
    """Return the file to be read from its beginning to its end.

    Reading it raises UserError E1005 beyond MAX_TABLE_BYTES, and E1014 where it is broken.
    """
    return BufferedReader(_Unpacked(_pieces(file)), _PIECE)


def on_disk(file: BufferedReader) -> BinaryIO:
    """Return the file as one that can be read in any order: a copy without a name, gone when it is closed."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 # closed with its reader
    shutil.copyfileobj(file, copy, _PIECE)
    copy.seek(0)
    return copy


def _pieces(file: BufferedReader) -> Iterator[bytes]:
    size = 0
    packed = file.read(_PIECE)
    while packed:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not packed:
                raise _broken(size)
            try:
                piece = member.decompress(packed, _PIECE)
            except zlib.error:
                raise _broken(size) from None
            size += len(piece)
            if size > MAX_TABLE_BYTES:
                raise UserError("E1005", f"documents unpacks to over {MAX_TABLE_BYTES:,} bytes, which is the limit")
            yield piece
            packed = member.unconsumed_tail or member.unused_data or file.read(_PIECE)


def _broken(size: int) -> UserError:
    return UserError("E1014", f"the gzip file is broken after {size:,} bytes of what it unpacks to, or ends too soon")


class _Unpacked(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = piece
        part, self._piece = self._piece[: len(buffer)], self._piece[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
