"""INPUT of a batch becomes documents: a table, a folder of files, or what comes through a pipe.

Knows: where documents come from, and how each is written as a row that the model takes. Knows nothing of what is sent
when, or to whom. Documents come one after the other, and no more than one is held; what cannot be read is a document
with an error, so that it stops no other.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batch import openai_lines
from contract.request import MAX_BYTES
from errors import PrecisError, UserError
from rows import tables
from rows.row import Row, row
from storage.writing import writing

CHARACTERS_A_TOKEN = 4  # of English, roughly; what no model was asked about is an estimate
_BYTES_A_TOKEN = 24  # of a packed file, whose text nobody has read: PDF and DOCX of prose have about that


@dataclass(frozen=True)
class Document:
    """One document to be summarized, or what is wrong with it."""

    line: int  # where it stands in INPUT, from 1; of a folder its place
    id: str | int | None
    inputs: dict[str, Any]  # as a row of JSON Lines has them; empty where they cannot be read
    error: PrecisError | None
    is_duplicate: bool = False

    def __repr__(self) -> str:  # a log or a traceback must never show a document
        return f"Document(line={self.line}, error={self.error!r})"

    @property
    def key(self) -> str | int:
        """What the ledger knows it by: its id, or else its line."""
        return self.line if self.id is None or self.is_duplicate else str(self.id)

    def as_duplicate(self, first_line: int) -> "Document":
        """Return it as what it is when a line before it has the same id: a failed one."""
        error = UserError("E6003", f"line {self.line:,} has the id of line {first_line:,}")
        return replace(self, error=error, is_duplicate=True)

    @property
    def tokens(self) -> int:
        """How many tokens it has, roughly."""
        packed = len(self.inputs.get("file", "")) * 3 // 4 // _BYTES_A_TOKEN
        return packed + sum(len(self.inputs.get(name, "")) for name in ("text", "html")) // CHARACTERS_A_TOKEN + 1

    def digest(self, work: bytes) -> bytes:
        """16 bytes that change when the document does, its own options, or `work`: up to 64 bytes of all others'."""
        said = self.written() if self.error is None else str(self.error)
        return hashlib.blake2b(said.encode(), digest_size=16, key=work).digest()

    def written(self, **more: Any) -> str:
        """Return it as a line of JSON that the model takes as a row, without its end."""
        return json.dumps({**more, **self.inputs}, ensure_ascii=False)


def read(source: Path) -> Iterator[Document]:
    """Yield the documents of a table in a file, or the files in a folder.

    Raises UserError E1004 and E1014, once it is iterated, when it cannot be read, or breaks off.
    """
    if source.is_dir():
        for number, file in enumerate(_files(source), start=1):
            yield _from_file(number, file, source)
        return
    for record in tables.records(source, most_bytes=None):
        yield _from_row(row(openai_lines.as_row(record)))


def fingerprint(source: Path) -> str:
    """Tell in short whether INPUT is what it was: of a file its size and time, of a folder nothing."""
    if source.is_dir():
        return ""
    status = source.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def spool(to: Path) -> Path:
    """Write what comes through the pipe into a file, so that it can be read again. Not again when it is there.

    Raises Fault E5006.
    """
    if not to.exists():
        unfinished = to.with_name(f"{to.name}.part")
        with writing(to.name), unfinished.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        unfinished.rename(to)
    return to


def _from_row(found: Row) -> Document:
    inputs = {name: _as_json(value) for name, value in found.inputs.items()}
    return Document(found.line, found.id, inputs, found.error)


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return list(value) if isinstance(value, tuple) else value


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and those below it, in the order of their names, but no hidden ones."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def _from_file(number: int, file: Path, folder: Path) -> Document:
    name = file.relative_to(folder).as_posix()
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise UserError("E1005", f"the file is {size:,} bytes; the limit is {MAX_BYTES:,}")
        content = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        problem = UserError("E1004", f"the file cannot be read: {(error.strerror or 'it broke off').lower()}")
        return Document(number, name, {}, problem)
    except UserError as error:
        return Document(number, name, {}, error)
    return Document(number, name, {"file": content, "file_name": file.name}, None)
