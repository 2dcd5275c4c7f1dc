"""Excel: the first visible sheet of an .xlsx, a row at a time.

Knows: openpyxl, and how much a file may unpack to, since its texts are held and XML takes far more memory than bytes.
Knows nothing of what a row must have.
"""

import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from contract.record import Record
from errors import UserError
from rows import grid
from rows.grid import Cells
from rows.records import is_given

if TYPE_CHECKING:
    from openpyxl.worksheet._reader import WorkSheetParser

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"  # of .xls, and of an .xlsx that is encrypted

MAX_PARTS = 10_000
MAX_UNPACKED = 100_000_000  # bytes of all parts
MAX_MARKS = 4_000_000  # signs of XML in all parts: an element or an attribute takes up to 300 bytes of memory
_MAX_ROWS = 1_048_576  # of a sheet, as Excel has it
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PIECE = 1 << 21  # bytes; expat before 2.6 reads an unfinished tag again with every piece: small ones took minutes


def records(file: BinaryIO) -> Iterator[Record]:
    """Yield the rows; a row's number is the one that Excel shows, and of a formula its last value is read.

    Raises UserError E1012 when the file unpacks to too much, E1014 where it is broken, or for a header that is none.
    """
    return grid.records("row", _cells(file))


def _cells(file: BinaryIO) -> Iterator[Cells]:
    """Yield rows as wide as the header, the first that has anything: what stands beside the table is no part of it."""
    number = width = 0
    try:
        _hold_to_limits(file)
        with zipfile.ZipFile(file) as archive:
            for number, cells in islice(_sheet(file, archive).parse(), _MAX_ROWS):
                values = _values(cells)
                width = width or max(values, default=0)
                yield Cells(number, [values.get(column) for column in range(1, width + 1)], "")
    except UserError:
        raise
    except Exception:  # openpyxl breaks anywhere, by what is broken
        raise UserError("E1014", f"row {number + 1:,}: the Excel file is broken here, or is none") from None


def _sheet(file: BinaryIO, archive: zipfile.ZipFile) -> "WorkSheetParser":
    """Open the first visible sheet. Not as load_workbook does, which reads all others, and warns of dates by value."""
    from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
    from openpyxl.reader.strings import read_string_table
    from openpyxl.worksheet._reader import WorkSheetParser

    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    strings = reader.package.find(SHARED_STRINGS)
    texts = read_string_table(_Pieces(archive.open(strings.PartName[1:]))) if strings else []
    reader.read_workbook()
    sheets = (link for sheet, link in reader.parser.find_sheets() if sheet.state == "visible")
    link = next(link for link in sheets if "chartsheet" not in link.Type)
    return WorkSheetParser(_Pieces(archive.open(link.target)), texts, data_only=True)


class _Pieces:
    """A part for openpyxl, in pieces of our size and not of the 16 kB that it asks for."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part

    def read(self, _: int) -> bytes:
        return self._part.read(_PIECE)


def _values(cells: list[dict[str, Any]]) -> dict[int, Any]:
    """Return a row's values by their columns. Neither a blank nor an error, such as #N/A, is one."""
    return {cell["column"]: cell["value"] for cell in cells if is_given(cell["value"]) and cell["data_type"] != "e"}


def _hold_to_limits(file: BinaryIO) -> None:
    """Raise UserError E1012 for a file that takes too much memory, before any of it is unpacked as a whole."""
    entries = sum(piece.count(_DIRECTORY_ENTRY) for piece in iter(lambda: file.read(_PIECE), b""))
    if entries > MAX_PARTS:  # asked before the directory is read: each becomes an object
        raise UserError("E1012", f"documents is an Excel file of {entries:,} parts; the limit is {MAX_PARTS:,}")
    with zipfile.ZipFile(file) as archive:
        size = sum(part.file_size for part in archive.infolist())
        if size > MAX_UNPACKED:
            raise UserError(
                "E1012", f"documents is an Excel file that unpacks to {size:,} bytes; the limit is {MAX_UNPACKED:,}"
            )
        marks = 0
        for part in archive.infolist():
            with archive.open(part) as opened:
                for piece in iter(lambda opened=opened: opened.read(_PIECE), b""):  # type: ignore[misc]
                    marks += piece.count(b"<") + piece.count(b"=")
    if marks > MAX_MARKS:
        raise UserError(
            "E1012", f"documents is an Excel file of {marks:,} elements and attributes; the limit is {MAX_MARKS:,}"
        )
