"""From a DOCX's bytes to its text, and how much of it nobody sees.

Knows: which parts of a package a reader sees, and in what order. Knows nothing about what is in a part: `docx_text.py`
does. Headers come first and footers last, each once; notes and comments stand behind the text.
"""

import re
import zipfile
from functools import partial
from pathlib import PurePosixPath

from contract.document import HIDDEN_TEXT, Document, Removal
from errors import UserError
from normalizers.documents import docx_drawn, docx_package, encoding, html, mail
from normalizers.documents.docx_styles import Numbering, Styles
from normalizers.documents.docx_text import Part

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_HEADER_PART, _FOOTER_PART = re.compile(r"word/header\d*\.xml"), re.compile(r"word/footer\d*\.xml")
_DRAWN_PART = re.compile(r"word/(?:diagrams|charts)/")
_BEHIND = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
_MAX_CHUNK = 10_000_000  # bytes of another file that was put in
_MAX_CHUNKS = 100


def read(data: bytes) -> tuple[str, tuple[Removal, ...]]:
    """Return the text of the document, its headers, footers, notes and comments, and what was left out unseen.

    Raises UserError E1011 when the file is encrypted, broken or no DOCX and E1012 when it unpacks to too much.
    """
    text, unseen = _read(data, may_hold_files=True)
    return text, (Removal(kind=HIDDEN_TEXT, characters=unseen),) if unseen else ()


def _read(data: bytes, *, may_hold_files: bool) -> tuple[str, int]:
    try:
        with docx_package.opened(data) as archive:
            names = sorted(archive.namelist())
            main = next(filter(_MAIN_PART.fullmatch, names), "") or _first_named(archive)
            if main not in names:
                raise UserError("E1011", "document is a zip archive and no DOCX: it has no word/document.xml")
            files = _Files(archive, main) if may_hold_files else None
            part = partial(Part, archive, styles=Styles(archive), numbering=Numbering(archive))
            heads = [part(name=name, chunk=_nothing) for name in filter(_HEADER_PART.fullmatch, names)]
            body = [part(name=main, chunk=files.text if files else _nothing)]
            body += [part(name=name, chunk=_nothing) for name in _BEHIND if name in names]
            feet = [part(name=name, chunk=_nothing) for name in filter(_FOOTER_PART.fullmatch, names)]
    except docx_package.BROKEN:
        raise UserError("E1011", f"document is a broken DOCX of {len(data):,} bytes") from None
    texts = [*_each_once(heads), *(read.text() for read in body), *_each_once(feet)]
    unseen = sum(read.unseen for read in (*heads, *body, *feet)) + (files.unseen if files else 0)
    return "\n\n".join(filter(None, texts)), unseen


def _each_once(parts: list[Part]) -> list[str]:
    """The first page, odd and even pages and every section may have a header each, and it is often the same."""
    return list(dict.fromkeys(part.text() for part in parts))


def _first_named(archive: zipfile.ZipFile) -> str:
    """The first part of a text that the package names, which some programs call what they like."""
    return next((name for name in docx_package.related(archive, "").values() if name.startswith("word/")), "")


def _nothing(_relationship: str) -> str:
    return ""


class _Files:
    """What a part holds in place of text: diagrams, charts, and files (w:altChunk) such as pages or another DOCX."""

    def __init__(self, archive: zipfile.ZipFile, part: str) -> None:
        self.unseen = 0
        self._archive = archive
        self._names = docx_package.related(archive, part)
        self._left = _MAX_CHUNKS

    def text(self, relationship: str) -> str:
        """Return the text of a file, "" when it is none that can be read."""
        self._left -= 1
        name = self._names.get(relationship, "")
        data = docx_package.content(self._archive, name, _MAX_CHUNK) if self._left >= 0 else b""
        try:
            if _DRAWN_PART.match(name) and data:
                return docx_drawn.text(self._archive, name)
            return self._of(data, PurePosixPath(name).suffix.lower()) if data else ""
        except UserError:
            return ""

    def _of(self, data: bytes, suffix: str) -> str:
        if data.startswith(b"PK"):
            text, unseen = _read(data, may_hold_files=False)
            self.unseen += unseen
            return text
        if suffix in (".mht", ".mhtml", ".eml"):
            return mail.read(data, strip_boilerplate=False)[0]
        if data.startswith(b"{\\rtf"):
            return ""
        text = encoding.decode(data)
        return html.normalize(Document(text=text, media_type="text/plain" if suffix == ".txt" else "text/html")).text
