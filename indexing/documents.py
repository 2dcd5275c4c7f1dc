"""What an index is built from: a folder of documents, one document, or JSON Lines, as sources with an id and a digest.

Knows: which files are documents, what a row has, where a title stands. Knows nothing of chunks, models or the index.
A document is read only when it is asked for, so that what is in the index already costs no more than its digest.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from contract.record import Record
from contract.request import SummaryRequest
from errors import UserError
from normalizers import steps
from normalizers.cleaning import unicode
from normalizers.documents import encoding, parse
from retrieval.records import Source
from rows import json_lines
from splitting import structure

SUFFIXES = frozenset((".md", ".markdown", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".txt", ".text", ".rst"))
_LINES = (".jsonl", ".ndjson")
_MARKDOWN = (".md", ".markdown")
_TYPES = {parse.MARKDOWN: "markdown", parse.HTML: "html", parse.PDF: "pdf", parse.DOCX: "docx", parse.MAIL: "mail"}

_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n((?:(?!---|\.\.\.).*\n)*)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_FIELD = re.compile(r"(\w[\w-]*):[ \t]+(\S.*)")  # lists and nesting are left out
_HEADING = re.compile(r"^#{1,6} +(\S.*?)[ #]*$", re.M)
_HTML_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.I)
_HTML_HEAD = 50_000  # characters that a title is looked for in


class Entry(NamedTuple):
    """A source that was found and not yet read."""

    id: str
    digest: str  # empty when there was nothing to make one of: reading says why
    read: Callable[[], Source]  # raises UserError, whose text names no file


def entries(origin: Path) -> Iterator[Entry]:
    """Yield the sources of a folder, a document or a JSON Lines file.

    A row that is none, or has the id of one before it, is a source that cannot be read, whose id is its place: the file
    and the line. Raises UserError E1004 when there is no such thing, and E1014 at the end when not one row can be read.
    """
    if origin.is_dir():
        return (_file(path, origin) for path in files(origin))
    if origin.suffix.lower() in _LINES:
        return _rows(origin)
    if not origin.is_file():
        raise UserError("E1004", f"{origin} is no folder and no file")
    return iter((_file(origin, origin.parent),))


def files(folder: Path) -> list[Path]:
    """Return the documents of a folder, sorted; hidden ones and files of other types are left out."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and path.is_file()
    )


# --- Documents ---


def _file(path: Path, folder: Path) -> Entry:
    place = path.relative_to(folder)
    try:
        identifier = place.as_posix()
        identifier.encode()
        parse.size(path)
        data = path.read_bytes()
    except UserError as error:
        return Entry(identifier, "", partial(_refuse, error))
    except OSError as error:
        return Entry(identifier, "", partial(_refuse, UserError("E1004", f"cannot be read ({type(error).__name__})")))
    except UnicodeEncodeError:
        identifier = identifier.encode(errors="replace").decode()
        return Entry(identifier, "", partial(_refuse, UserError("E1004", "its name is not UTF-8")))
    digest = hashlib.sha256(data).hexdigest()
    return Entry(identifier, digest, partial(_read, identifier, digest, data))


def _refuse(error: UserError) -> NoReturn:
    raise error


def _read(identifier: str, digest: str, data: bytes) -> Source:
    place = Path(identifier)
    suffix = place.suffix.lower()
    fields: dict[str, str] = {}
    body = data
    if suffix in _MARKDOWN and (match := _FRONT_MATTER.match(data)):
        fields, body = _front_matter(match[1]), data[match.end() :]
    if not body.strip():
        raise UserError("E1007", f"document has {len(body):,} bytes, none of them text")
    document = steps.normalize(SummaryRequest(file=body, file_name=place.name))
    title = fields.get("title") or _title(body, document.media_type, document.text) or place.stem
    metadata = {
        "path": place.parts[0] if len(place.parts) > 1 else "",
        "type": _TYPES.get(document.media_type, "text"),
    }
    return Source(identifier, title, document.text, digest, metadata | fields)


def _front_matter(block: bytes) -> dict[str, str]:
    lines = block.decode(errors="replace").splitlines()
    fields = (match for line in lines if (match := _FIELD.fullmatch(line.rstrip())))
    return {match[1].lower(): _line(match[2].strip("\"'")) for match in fields}


def _title(data: bytes, media_type: str, text: str) -> str:
    """Return the title that a document has, or nothing."""
    if media_type == parse.HTML:
        match = _HTML_TITLE.search(encoding.decode(data)[:_HTML_HEAD])
        return _line(unescape(match[1])) if match else ""
    if media_type == parse.MARKDOWN:
        match = _HEADING.search(text)
        return _line(match[1]) if match else ""
    first = text.partition("\n")[0]
    return _line(first.lstrip("# ")) if structure.heading_level(first) else ""


def _line(text: str) -> str:
    return " ".join(unicode.clean(text).split())


# --- Rows ---


def _rows(path: Path) -> Iterator[Entry]:
    numbers: dict[str, int] = {}  # of the rows that can be read, by their ids
    first: UserError | None = None
    for record in _records(path):
        try:
            source = _source(record)
            if source.id in numbers:
                raise record.bad(f"it has the id of line {numbers[source.id]:,}")
        except UserError as error:
            first = first or error
            yield Entry(f"{path.name}:{record.line}", "", partial(_refuse, error))
        else:
            numbers[source.id] = record.line
            yield Entry(source.id, source.digest, partial(_with_text, source))
    if first and not numbers:
        raise UserError("E1014", f"not one row can be read; {first}")


def _records(path: Path) -> Iterator[Record]:
    try:
        with path.open("rb") as file:
            yield from json_lines.read(file)
    except OSError as error:
        raise UserError("E1004", f"{path} cannot be read ({type(error).__name__})") from None


def _source(record: Record) -> Source:
    """Return what a row says. Raises UserError E1013."""
    if record.error is not None:
        raise record.error
    title, text, metadata = (record.cells.get(name) for name in ("title", "text", "metadata"))
    if not _is_id(record.id):
        raise record.bad("it has no id that is a printable text or a whole number")
    if not isinstance(text, str) or not isinstance(title or "", str):
        raise record.bad("it must have a text, and a title if it has one, that is a string")
    if not isinstance(metadata or {}, dict) or not all(_is_value(value) for value in (metadata or {}).values()):
        raise record.bad("its metadata must be an object of texts, numbers and booleans")
    fields = {_line(key): _line(_text(value)) for key, value in (metadata or {}).items()}
    digest = hashlib.sha256(json.dumps(record.cells).encode()).hexdigest()
    return Source(str(record.id), _line(title or ""), unicode.clean(text), digest, fields)


def _with_text(source: Source) -> Source:
    if not source.text:
        raise UserError("E1007", "the row has 0 characters of text")
    return source


def _is_id(value: str | int | None) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isprintable())


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(value: str | float) -> str:
    """Return a value as JSON writes it: true, not True."""
    return value if isinstance(value, str) else json.dumps(value)
