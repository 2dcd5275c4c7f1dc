"""The package that a DOCX is: its parts, unpacked and parsed piece by piece.

Knows: zip archives, XML and how far a file may unpack; relationships between parts. Knows nothing about what a part
says. Entities are refused and sizes counted while unpacking, so time and memory are bounded by the limits below.
"""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from xml.parsers import expat

from errors import UserError

MAX_PARTS = 10_000
MAX_UNPACKED = 100_000_000  # bytes of one part
OFF = frozenset(("0", "false", "off", "none"))  # values of a property that is said not to be
_PIECE = 2**21  # bytes; expat before 2.6 reads an unfinished tag again with every piece: small ones took 40 s

_ENCRYPTED = 1  # in a member's flags
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, ValueError)
_DIRECTORY_ENTRY = b"PK\x01\x02"

# Namespaces of the text, formulas and charts, each in its transitional and its strict edition, and of what is drawn.
_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "urn:schemas-microsoft-com:vml": "v",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
}


def opened(data: bytes) -> zipfile.ZipFile:
    """Open the archive. Raises UserError E1012 when it has too many parts, and one of BROKEN."""
    parts = data.count(_DIRECTORY_ENTRY)  # asked before the directory is read: each entry becomes an object
    if parts > MAX_PARTS:
        raise UserError("E1012", f"document's archive has {parts:,} parts; the limit is {MAX_PARTS:,}")
    archive = zipfile.ZipFile(io.BytesIO(data))
    for member in archive.infolist():  # some programs write the paths of Windows
        member.filename = member.filename.replace("\\", "/")
        archive.NameToInfo[member.filename] = member
    return archive


def parse(parser: expat.XMLParserType, archive: zipfile.ZipFile, name: str) -> None:
    """Put a part through a parser that has its handlers. Raises UserError E1011 and E1012."""

    def refuse_doctype(*_: object) -> None:
        # The format has none. In one, entities could be declared that unfold to anything.
        raise UserError("E1011", f"document's {name} declares a document type, which no DOCX does")

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        for piece in _unpacked(archive, name):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UserError("E1011", f"document is a broken DOCX: {name}, line {error.lineno:,}") from None
    except (LookupError, ValueError):
        raise UserError("E1011", f"document is a broken DOCX: {name} is in an unknown encoding") from None


def content(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Return a part's bytes, b"" when the archive has no such part or it is over `limit` bytes."""
    if name not in archive.namelist() or archive.getinfo(name).file_size > limit:
        return b""
    return b"".join(_unpacked(archive, name))


def related(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Return the parts that a part names, by the ids that it names them by; with "" those of the package itself."""
    folder, file = posixpath.split(name)
    relations = posixpath.join(folder, "_rels", f"{file}.rels")
    if relations not in archive.namelist():
        return {}
    found: dict[str, str] = {}

    def start(_name: str, attributes: dict[str, str]) -> None:
        if "Id" in attributes and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            found[attributes["Id"]] = target.lstrip("/")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parse(parser, archive, relations)
    return found


def attribute(attributes: dict[str, str], wanted: str) -> str:
    """Return an attribute by the name that `tag` gives it, "" when it is not there."""
    return next((value for name, value in attributes.items() if tag(name) == wanted), "")


@lru_cache(maxsize=1_000)
def tag(name: str) -> str:
    """The prefix that this file knows a namespace by, and the local name."""
    namespace, _, local = name.rpartition(" ")
    return f"{_NAMESPACES.get(namespace, '?')}:{local}"


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part's bytes piece by piece, up to MAX_UNPACKED whatever size the archive declares."""
    information = archive.getinfo(name)
    if information.flag_bits & _ENCRYPTED:
        raise UserError("E1011", "document is a DOCX that is encrypted with a password")
    if information.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # all that the format allows
        raise UserError(
            "E1011", f"document is a broken DOCX: {name} is compressed by method {information.compress_type}"
        )
    size = 0
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            if size > MAX_UNPACKED:
                raise UserError(
                    "E1012", f"document's {name} unpacks to over {MAX_UNPACKED:,} bytes, which is the limit"
                )
            yield piece
