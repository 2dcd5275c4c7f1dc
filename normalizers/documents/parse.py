"""From a request's text or file to a Document: what type it is, and who reads it.

Knows: the types that can be read, how the others are recognized, and the size limit. Knows nothing about what is
inside a file: `encoding.py`, `pdf.py`, `docx.py` and `mail.py` do. The content decides the type; the file's extension
is a hint where the content leaves it open, and is held against a file that it promised more for.
"""

import re
import stat
from pathlib import Path

from contract.document import Document
from contract.request import MAX_BYTES, SummaryRequest
from errors import UserError
from normalizers.documents import docx, encoding, mail, pdf

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
PDF, MAIL = "application/pdf", "message/rfc822"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_TYPE_OF_EXTENSION = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
    ".docx": DOCX,
    ".eml": MAIL,
}

# After comments and an XML declaration, a whole document; or a fragment that is markup from its first character to
# its last. Prose that mentions a tag is neither.
_HTML_DOCUMENT = re.compile(
    r"(?:\s++|<\?xml\b[^>]*+>|<!--(?:(?!-->).)*+-->)*+<(?:!doctype\s++html|html|head|body)\b", re.I | re.S
)
_HTML_FRAGMENT = re.compile(
    r"\s*+<(?:!--|(?:a|article|b|blockquote|br|center|dd|div|dl|dt|em|figure|footer|form|h[1-6]|header|hr|i|img|li|link|main"
    r"|meta|nav|ol|p|pre|script|section|span|strong|style|svg|table|tbody|td|template|th|thead|title|tr|u|ul)(?=[\s/>]))",
    re.I,
)

_PDF_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*%PDF-")
_PDF_LOOK_AHEAD = 1_024  # readers accept what stands before the header, up to here
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # today's Office files too, when they are encrypted
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")

# (first byte's position, bytes, what to call it). The longest-standing signatures only: a file that slips through is
# still refused as binary data.
_SIGNATURES = (
    (0, b"{\\rtf", "RTF"),
    (0, _OLD_OFFICE, "Office 97-2003 document"),
    (0, b"\x89PNG\r\n", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"GIF8", "GIF image"),
    (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"),
    (8, b"WEBP", "WebP image"),
    (8, b"WAVE", "WAV audio"),
    (0, b"ID3", "MP3 audio"),
    (0, b"OggS", "Ogg audio or video"),
    (4, b"ftyp", "MP4 audio or video"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM video"),
    (0, b"\x1f\x8b", "gzip archive"),
    (0, b"BZh", "bzip2 archive"),
    (0, b"\xfd7zXZ\0", "xz archive"),
    (0, b"(\xb5/\xfd", "Zstandard archive"),
    (0, b"7z\xbc\xaf'\x1c", "7-Zip archive"),
    (0, b"Rar!\x1a", "RAR archive"),
    (257, b"ustar", "tar archive"),
    (0, b"\x7fELF", "ELF program"),
    (0, b"SQLite format 3\0", "SQLite database"),
    (0, b"PAR1", "Parquet table"),
)
# Office files are zip archives; the names of their members, near the archive's start, tell which.
_ZIP_MEMBERS = (
    (b"word/", "DOCX"),
    (b"word\\", "DOCX"),  # some programs write the paths of Windows
    (b"xl/", "XLSX"),
    (b"ppt/", "PPTX"),
    (b"application/vnd.oasis.opendocument", "OpenDocument"),
    (b"application/epub+zip", "EPUB"),
)
_ZIP_LOOK_AHEAD = 8_192


def read(request: SummaryRequest) -> Document:
    """Make a Document of the request's text or file; HTML with its markup, the other types as their text.

    Raises UserError: E1004 missing, not a file or undecodable; E1005 over MAX_BYTES; E1006 a type that is not read;
    E1011 empty, encrypted, broken or mislabelled; E1012 too complicated. Fault E5000 when PDF cannot be read at all.
    """
    if request.text.strip():
        return Document(text=request.text, media_type=_text_type(request.text, PLAIN))
    if request.html.strip():
        return Document(text=request.html, media_type=HTML)
    data, name = request.file, Path(request.file_name)
    if request.document is not None:
        data, name = _read_file(request.document), request.document
    return from_bytes(data, name.suffix.lower(), strip_boilerplate=request.strip_boilerplate)


def from_bytes(data: bytes, suffix: str = "", *, strip_boilerplate: bool = True) -> Document:
    """Make a Document of a file's content; `suffix` is its name's, such as ".pdf". Raises as `read`."""
    if not data:
        raise UserError("E1011", "document is empty: the file has 0 bytes")
    hint = _TYPE_OF_EXTENSION.get(suffix, PLAIN)
    if is_pdf(data, suffix):
        text, removals = pdf.read(data)
        return Document(text=text, media_type=PDF, removals=removals)
    kind = _binary_type(data)
    if kind == "DOCX":
        text, removals = docx.read(data)
        return Document(text=text, media_type=DOCX, removals=removals)
    if kind is None and mail.is_mail(data, named_so=hint == MAIL):
        text, removals = mail.read(data, strip_boilerplate)
        return Document(text=text, media_type=MAIL, removals=removals)
    if hint in (PDF, DOCX, MAIL):
        found = kind or ("binary data of an unknown type" if b"\0" in data else "text")
        raise UserError("E1011", f"document is named {suffix} but is {found}")
    if kind:
        raise UserError("E1006", f"document is {kind}; plain text, Markdown, HTML, PDF, DOCX and EML can be read")
    text = encoding.decode(data)
    return Document(text=text, media_type=_text_type(text, hint))


def is_pdf(data: bytes, suffix: str) -> bool:
    """Whether a file is a PDF: it begins as one, or is named .pdf and nearly does."""
    if _PDF_START.match(data[:_PDF_LOOK_AHEAD]):
        return True
    return suffix == ".pdf" and b"%PDF-" in data[:_PDF_LOOK_AHEAD]


def _text_type(text: str, hint: str) -> str:
    if _HTML_DOCUMENT.match(text):
        return HTML
    if hint == PLAIN and _HTML_FRAGMENT.match(text) and text.rstrip().endswith(">"):
        return HTML
    return hint


def _binary_type(data: bytes) -> str | None:
    """Name the type of a file that is not text, None when it may be text. Raises E1011 for an encrypted Office file."""
    if data.startswith(b"PK"):
        return _zip_type(data)
    if data.startswith(_OLD_OFFICE) and _ENCRYPTED_OFFICE in data:
        raise UserError("E1011", "document is an Office document that is encrypted with a password")
    return next((kind for start, signature, kind in _SIGNATURES if data.startswith(signature, start)), None)


def _zip_type(data: bytes) -> str | None:
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    beginning = data[:_ZIP_LOOK_AHEAD]
    found = next((kind for member, kind in _ZIP_MEMBERS if member in beginning), None)
    return found or ("DOCX" if b"word/document" in data else "zip archive")


def is_packed(request: SummaryRequest) -> bool:
    """Whether the request's file may hold far more text than its size says. Raises UserError E1004 and E1005."""
    beginning = request.file[:_PDF_LOOK_AHEAD]
    if request.document is not None:
        size(request.document)
        try:
            with request.document.open("rb") as file:
                beginning = file.read(_PDF_LOOK_AHEAD)
        except OSError as error:
            raise _unreadable(error) from None
    return beginning.startswith(b"PK") or b"%PDF-" in beginning


def size(path: Path) -> int:
    """Return a file's size in bytes. Raises UserError E1004 when it is none, E1005 when it is over MAX_BYTES."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise _unreadable(error) from None
    if not stat.S_ISREG(status.st_mode):
        raise UserError("E1004", "document is not a file")
    _check_size(status.st_size)
    return status.st_size


def _read_file(path: Path) -> bytes:
    size(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a file that grew since it was asked for its size
    except OSError as error:
        raise _unreadable(error) from None
    _check_size(len(data))
    return data


def _unreadable(error: Exception) -> UserError:
    reason = getattr(error, "strerror", None) or "no such file"
    return UserError("E1004", f"document cannot be read: {reason.lower()}")


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UserError("E1005", f"document is {size:,} bytes; the limit is {MAX_BYTES:,}")
