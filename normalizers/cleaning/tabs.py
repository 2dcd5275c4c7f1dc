"""Tables whose columns are parted by tabs keep their empty cells.

Knows: that two tabs in a row are an empty cell where the lines around have as many tabs, and alignment elsewhere.
Knows nothing about tables in files, which are tables of documents. Left alone, white space would become one space, and
"Rent", nothing, 480 would read as if 480 stood in the first column.
"""

import re
from collections.abc import Iterator

from contract.document import Document
from contract.request import SummaryRequest

_EMPTY_CELL = re.compile(r"\t *(?:\t|$)|^ *\t", re.MULTILINE)
_MIN_TABS, _MIN_LINES = 2, 2  # of a table


def normalize(document: Document, _request: SummaryRequest) -> Document:
    """Return the document with a bar between the cells of such tables."""
    if not _EMPTY_CELL.search(document.text):
        return document
    lines: list[str] = []
    for group in _groups(document.text.split("\n")):
        rows = [line for line in group if not _is_blank(line)]
        is_table = len(rows) >= _MIN_LINES and rows[0].count("\t") >= _MIN_TABS and _has_every_column(rows)
        lines += [line.replace("\t", " | ") for line in group] if is_table else group
    return document.model_copy(update={"text": "\n".join(lines)})


def _groups(lines: list[str]) -> Iterator[list[str]]:
    """Yield lines in a row that have as many tabs, and the blank ones between them: Word's paragraphs are apart."""
    group: list[str] = []
    tabs = 0
    for line in lines:
        if not _is_blank(line):
            if line.count("\t") != tabs:
                yield group
                group = []
            tabs = line.count("\t")
        group.append(line)
    yield group


def _is_blank(line: str) -> bool:
    return not line.strip(" ")


def _has_every_column(rows: list[str]) -> bool:
    """Whether each column has a cell that is not empty: lines with as many tabs may be indented or aligned alike."""
    return all(map(any, zip(*(map(str.strip, row.split("\t")) for row in rows), strict=True)))
