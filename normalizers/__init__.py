"""The first stage: a request's text or file becomes clean text.

Knows: the order of the normalizers. Knows nothing about what each of them removes, or about prompts and models.
A normalizer is a file here with one function, `normalize(Document) -> Document`; a new one is a new file, named in
`ORDER`. `parse.py` stands before them all, because it makes the first Document.
"""

import logging
import re
from collections.abc import Callable

from contract import Document, SummaryRequest
from errors import UserError
from normalizers import html, parse, unicode

logger = logging.getLogger("precis.normalizers")

ORDER: tuple[Callable[[Document], Document], ...] = (html.normalize, unicode.normalize)

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def normalize(request: SummaryRequest) -> Document:
    """Read the request's text or file and clean it. Blocks for up to seconds on the largest: call it in a thread.

    Raises UserError E1004, E1005 or E1006 from reading, and E1007 when no letter and no digit is left.
    """
    raw = parse.read(request)
    document = raw
    for step in ORDER:
        document = step(document)
    logger.debug("normalized %s: %d to %d characters", raw.media_type, len(raw.text), len(document.text))
    if not _LETTER_OR_DIGIT.search(document.text):
        raise UserError("E1007", f"the {document.media_type} input has {len(raw.text):,} characters, none of them text")
    return document
