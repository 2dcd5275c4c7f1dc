"""An archive that someone sent, unpacked where it can do no harm.

Knows: tar, gzip and zip, and how far one may unpack. Knows nothing of what the files are for. An archive is hostile
until shown otherwise: what its headers say of sizes is not believed, only what was read is counted. Errors name a
member by its number, since its name is the user's own.
"""

import gzip
import hashlib
import mmap
import re
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, NamedTuple, cast

from contract.request import MAX_KNOWLEDGE_BYTES
from errors import UserError
from storage.writing import writing

MAX_UNPACKED = 1_000_000_000  # bytes of all members: ten such, since an index is mostly vectors, which hardly shrink
MAX_RATIO = 50  # unpacked to packed: text shrinks to a quarter, and tables of much the same to a fortieth
ANY_RATIO = 10_000_000  # bytes that even the smallest archive may unpack to, since it costs nobody anything
MAX_MEMBERS = 10_000
MAX_PATH = 1_000  # characters of a member's
MAX_SECONDS = 120.0  # a GB takes 20 s to unpack and write

_PIECE = 1 << 14  # bytes read at once. tarfile reads a header in one go, and takes time with its square to parse it
_DIRECTORY_ENTRY = re.compile(rb"PK\x01\x02")
_MAX_DIRECTORY = 10 * MAX_MEMBERS  # a zip's members and, as they may hold zips themselves, those of their members
_ENCRYPTED = 1  # in a zip member's flags
_ZIP, _GZIP = b"PK", b"\x1f\x8b"
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RecursionError,  # headers that announce headers
    OverflowError,
)


class _Member(NamedTuple):
    path: PurePosixPath
    content: IO[bytes] | None  # None: a folder


def digest(file: Path) -> str:
    """Return the sha256 of a file. Raises UserError E4002 when it cannot be read, E4004 over MAX_KNOWLEDGE_BYTES."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise UserError("E4002", "knowledge is not a file")
        _check_size(file.stat().st_size)
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise UserError("E4002", f"knowledge cannot be read ({type(error).__name__})") from None


def unpack(file: Path, folder: Path) -> None:
    """Write the files of a tar, .tar.gz or zip into `folder`, which is there and empty; what it says of modes is not
    taken over, and archives inside are not unpacked. When it raises, some files may have been written.

    Raises UserError E4002 when it is none or broken, and E4004 for a link, a device, a path that leads out, the same
    path twice, and more members, bytes, times its own size or seconds than the limits above; Fault E5006.
    """
    try:
        with file.open("rb") as opened:
            size = file.stat().st_size
            _check_size(size)
            meter = _Meter(min(MAX_UNPACKED, max(size * MAX_RATIO, ANY_RATIO)))
            with _members(opened, meter) as members:
                for number, member in enumerate(members, start=1):
                    with writing("the unpacked knowledge"):
                        _write(number, member, folder, meter)
    except _BROKEN as error:
        raise UserError("E4002", f"knowledge is a broken archive ({type(error).__name__})") from None


def _check_size(size: int) -> None:
    if size > MAX_KNOWLEDGE_BYTES:
        raise UserError("E4004", f"knowledge is {size:,} bytes; the limit is {MAX_KNOWLEDGE_BYTES:,}")


class _Meter:
    """What was unpacked so far, held to the limits."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._end = time.monotonic() + MAX_SECONDS

    def count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise UserError("E4004", f"knowledge unpacks to over {self._most_bytes:,} bytes, which is the limit")
        if time.monotonic() > self._end:
            raise UserError("E4004", f"knowledge takes over {MAX_SECONDS:,.0f} s to unpack, which is the limit")


def _write(number: int, member: _Member, folder: Path, meter: _Meter) -> None:
    path = folder / _safe(number, member.path)
    try:
        if member.content is None:
            path.mkdir(parents=True, exist_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    except (FileExistsError, NotADirectoryError):
        raise UserError("E4004", f"member {number:,} of knowledge stands where another one does") from None
    with target, member.content as content:
        while piece := content.read(_PIECE):
            meter.count(len(piece))
            target.write(piece)


def _safe(number: int, path: PurePosixPath) -> PurePosixPath:
    name = str(path)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise UserError("E4004", f"the path of member {number:,} of knowledge leads out of it")
    if len(name) > MAX_PATH:
        raise UserError(
            "E4004",
            f"the path of member {number:,} of knowledge has {len(name):,} characters; the limit is {MAX_PATH:,}",
        )
    return path


@contextmanager
def _members(file: BinaryIO, meter: _Meter) -> Iterator[Iterator[_Member]]:
    """Give the members of whichever archive it is."""
    beginning = file.read(2)
    file.seek(0)
    if beginning == _ZIP:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            yield _zip_members(archive)
        return
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if beginning == _GZIP else file
    forward = _Forward(stream, meter)
    with stream, tarfile.open(fileobj=cast(Any, forward), mode="r:") as tar:
        yield _tar_members(tar)
        forward.finish()


def _check_members(number: int) -> None:
    if number > MAX_MEMBERS:
        raise UserError("E4004", f"knowledge has over {MAX_MEMBERS:,} members, which is the limit")


def _refuse_kind(number: int) -> UserError:
    return UserError("E4004", f"member {number:,} of knowledge is a link, a device or another thing that is no file")


# --- zip ---


def _check_directory(file: BinaryIO) -> None:
    """Count the directory's entries before it is read: each becomes an object."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        entries = sum(1 for _ in _DIRECTORY_ENTRY.finditer(content))
    if entries > _MAX_DIRECTORY:
        raise UserError(
            "E4004", f"knowledge has {entries:,} members with those of its members; the limit is {_MAX_DIRECTORY:,}"
        )


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for number, member in enumerate(archive.infolist(), start=1):
        _check_members(number)
        if member.flag_bits & _ENCRYPTED:
            raise UserError("E4002", f"member {number:,} of knowledge is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others take memory as they like
            raise UserError("E4002", f"member {number:,} of knowledge is compressed by method {member.compress_type}")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refuse_kind(number)
        yield _Member(PurePosixPath(member.filename), None if member.is_dir() else archive.open(member))


# --- tar ---


class _Forward:
    """A tar's bytes for tarfile, in small pieces and never backwards.

    It believes a header: how long the next one is, which it reads into memory, and that sizes are not negative, with
    which it would run in circles.
    """

    def __init__(self, stream: BinaryIO, meter: _Meter) -> None:
        self._stream = stream
        self._meter = meter

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _PIECE:
            raise tarfile.ReadError
        self._meter.count(0)
        return self._stream.read(size)

    def seek(self, position: int) -> None:
        if position < self.tell():
            raise tarfile.ReadError
        while missing := position - self.tell():
            if not self._skip(missing):
                raise EOFError

    def finish(self) -> None:
        """Read to the end, where gzip has its checksum."""
        while self._skip(_PIECE):
            pass

    def _skip(self, size: int) -> int:
        skipped = len(self._stream.read(min(size, _PIECE)))
        self._meter.count(skipped)
        return skipped


def _tar_members(tar: tarfile.TarFile) -> Iterator[_Member]:
    for number, member in enumerate(tar, start=1):
        _check_members(number)
        if member.isdir():
            yield _Member(PurePosixPath(member.name), None)
        elif member.isreg() and not member.issparse():  # holes unpack to any size
            yield _Member(PurePosixPath(member.name), tar.extractfile(member))
        else:
            raise _refuse_kind(number)
