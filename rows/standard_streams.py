"""Lines through a shell's pipes: a file that may be `-`, and lines of JSON to standard output.

Knows: the standard streams. Knows nothing of what a line says.
"""

import sys
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path

from errors import UserError


def opened(file: str) -> BufferedReader:
    """Open a file to read its bytes; - is standard input, which stays open. Raises UserError E1004."""
    try:
        return open(0, "rb", closefd=False) if file == "-" else Path(file).open("rb")
    except OSError as error:
        raise UserError("E1004", f"{file} cannot be read ({type(error).__name__})") from None


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as soon as there are any, in UTF-8 whatever the terminal's encoding is."""
    for line in lines:
        sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.buffer.flush()
