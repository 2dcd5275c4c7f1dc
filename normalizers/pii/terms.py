"""Lists of terms: those of a request, and those that are configured for every request in a file, one a line."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

from errors import UserError
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.shadow import fold


def configured(variable: str) -> tuple[str, ...]:
    """The terms in the file that an environment variable names, none when it is not set. Raises UserError E1004."""
    path = os.environ.get(variable)
    return _read(path, variable) if path else ()


@lru_cache(maxsize=8)
def _read(path: str, variable: str) -> tuple[str, ...]:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("E1004", f"the file that {variable} names cannot be read ({type(error).__name__})") from None
    return tuple(line.strip() for line in lines if line.strip())


def detector(terms: Sequence[str]) -> Detector:
    """Find these terms as whole words, whatever their case and spacing."""
    longest_first = sorted({" ".join(fold(term).text.split()) for term in terms}, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, term.split())) for term in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    return partial(_find, pattern)


def _find(pattern: re.Pattern[str], text: str) -> list[Finding]:
    return [Finding(*match.span(), "TERM", 1.0, "terms") for match in pattern.finditer(text)]
