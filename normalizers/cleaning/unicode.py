"""One form for every text: NFC, one kind of line end and of space, nothing invisible but form feeds between pages.

Knows: characters. Knows nothing about where the text came from. Text that a reader cannot see is removed, because
the model would still read it; the joiners U+200C and U+200D stay, because Persian, Indic scripts and emoji need them.
"""

import re
import sys
import unicodedata
from functools import lru_cache

from contract.document import Document
from contract.request import SummaryRequest
from splitting.characters import INVISIBLE, LINE_ENDS, SPACES, whole

_LINE_END = re.compile(f"\r\n|[{LINE_ENDS}]")
_SPACES = re.compile(f"[ {SPACES}]{{2,}}|[{SPACES}]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_AROUND_LINE_END = re.compile(" ?([\n\f]) ?")
_BLANK_LINES = re.compile("\n{3,}")
_MAX_MARKS = 30  # on one character: Unicode's Stream-Safe Text Format, UAX #15 section 13


def normalize(document: Document, _request: SummaryRequest) -> Document:
    """Return the document in NFC with single spaces, at most one blank line in a row, and nothing invisible."""
    return document.model_copy(update={"text": clean(document.text)})


def clean(text: str) -> str:
    """Do the same to a string."""
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = whole(text)
        # Normalization sorts each run of marks in quadratic time: a run of a million would take hours.
        text = unicodedata.normalize("NFC", _surplus_marks().sub(r"\1", text))
    # Indentation goes as well: it costs tokens and tells a summary nothing.
    text = _SPACES.sub(" ", text)
    text = _AROUND_LINE_END.sub(r"\1", text)
    return _BLANK_LINES.sub("\n\n", text).strip()


@lru_cache(maxsize=1)
def _surplus_marks() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}]{{{_MAX_MARKS}}})[{marks}]+")
