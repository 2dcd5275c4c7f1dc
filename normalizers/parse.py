"""From a request's text or file to a Document: what type it is, and which encoding.

Knows: the types that can be read, how the others are recognized, and the size limit. Knows nothing about what is
inside a page. The content decides the type; the file's extension is a hint where the content leaves it open.
"""

import codecs
import re
import stat
from pathlib import Path

import charset_normalizer

from contract import MAX_BYTES, Document, SummaryRequest
from errors import UserError

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"

_TYPE_OF_EXTENSION = {".md": MARKDOWN, ".markdown": MARKDOWN, ".html": HTML, ".htm": HTML, ".xhtml": HTML}

# After comments and an XML declaration, a whole document; or a fragment that is markup from its first character to
# its last. Prose that mentions a tag is neither.
_HTML_DOCUMENT = re.compile(
    r"(?:\s++|<\?xml\b[^>]*+>|<!--(?:(?!-->).)*+-->)*+<(?:!doctype\s++html|html|head|body)\b", re.I | re.S
)
_HTML_FRAGMENT = re.compile(
    r"\s*+<(?:!--|(?:a|article|b|blockquote|br|center|dd|div|dl|dt|em|figure|footer|form|h[1-6]|header|hr|i|img|li|link|main"
    r"|meta|nav|ol|p|pre|script|section|span|strong|style|svg|table|tbody|td|template|th|thead|title|tr|u|ul)\b)",
    re.I,
)

# (first byte's position, bytes, what to call it). The longest-standing signatures only: a file that slips through is
# still refused as binary data.
_SIGNATURES = (
    (0, b"%PDF-", "PDF"),
    (0, b"{\\rtf", "RTF"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office 97-2003 document"),
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
    (b"xl/", "XLSX"),
    (b"ppt/", "PPTX"),
    (b"application/vnd.oasis.opendocument", "OpenDocument"),
    (b"application/epub+zip", "EPUB"),
)
_ZIP_LOOK_AHEAD = 8_192

_BYTE_ORDER_MARKS = (  # UTF-32's little-endian mark begins with UTF-16's: it is asked first
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(request: SummaryRequest) -> Document:
    """Make a Document of the request's text or file, markup and all.

    Raises UserError: E1004 missing, not a file or undecodable; E1005 over MAX_BYTES; E1006 a type that is not text.
    """
    if request.document is None:
        return Document(text=request.text, media_type=_media_type(request.text, PLAIN))
    text = _decode(_read_file(request.document))
    hint = _TYPE_OF_EXTENSION.get(request.document.suffix.lower(), PLAIN)
    return Document(text=text, media_type=_media_type(text, hint))


def _media_type(text: str, hint: str) -> str:
    if _HTML_DOCUMENT.match(text):
        return HTML
    if hint == PLAIN and _HTML_FRAGMENT.match(text) and text.rstrip().endswith(">"):
        return HTML
    return hint


def _read_file(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UserError("E1004", "document is not a file")
        _check_size(status.st_size)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a file that grew since it was asked for its size
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or "no such file"
        raise UserError("E1004", f"document cannot be read: {reason.lower()}") from None
    _check_size(len(data))
    return data


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UserError("E1005", f"document is {size:,} bytes; the limit is {MAX_BYTES:,}")


def _decode(data: bytes) -> str:
    """Return the text of `data`: its byte order mark decides, else UTF-8 if it is valid, else the likeliest charset."""
    if kind := _binary_type(data):
        raise UserError("E1006", f"document is {kind}; plain text, Markdown and HTML can be read")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    if b"\0" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    text = _decode_as(data, _guess_encoding(data))
    if "\0" in text:
        raise _binary_data(data)
    return text


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError("E1004", f"document is not {error.encoding}: byte {error.start:,} of {len(data):,}") from None


def _guess_encoding(data: bytes) -> str:
    matches = charset_normalizer.from_bytes(data)
    best = matches.best()
    if best is None:
        if b"\0" in data:
            raise _binary_data(data)
        raise UserError("E1004", f"document's {len(data):,} bytes are text in no known encoding")
    # Its ties are broken by name, which would give French and German to cp1250. cp1252 is the web's legacy default.
    ties = (m.encoding for m in matches if m.chaos <= best.chaos and best.coherence - m.coherence <= 0.1)
    return "cp1252" if "cp1252" in ties else best.encoding


def _binary_type(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        beginning = data[:_ZIP_LOOK_AHEAD]
        return next((kind for member, kind in _ZIP_MEMBERS if member in beginning), "zip archive")
    return next((kind for start, signature, kind in _SIGNATURES if data.startswith(signature, start)), None)


def _binary_data(data: bytes) -> UserError:
    return UserError("E1006", f"document is binary data of an unknown type, {len(data):,} bytes")
