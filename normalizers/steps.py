"""The first stage: a request's text or file becomes clean text.

Knows: the order of the normalizers. Knows nothing about what each of them removes, or about prompts and models.
A normalizer is a file with one function, `normalize(Document, SummaryRequest) -> Document`; a new one is a new file in
`cleaning/`, named in `BEFORE_REDACTION` or `AFTER_REDACTION`. `parse.py` stands before them all, because it makes the
first Document. Redaction stands between: offsets that it reports are those of the text as it was extracted.
"""

import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from computing.lanes import Lane
from contract.document import Document
from contract.request import SOURCES, SummaryRequest
from errors import UserError
from normalizers.cleaning import boilerplate, tabs, unicode, wiki
from normalizers.documents import article, parse
from normalizers.pii.detectors import Detectors, redactor_for
from normalizers.pii.redactor import Redactor
from splitting import characters

logger = logging.getLogger("precis.normalizers")

Normalizer = Callable[[Document, SummaryRequest], Document]

BEFORE_REDACTION: tuple[Normalizer, ...] = (article.normalize,)
AFTER_REDACTION: tuple[Normalizer, ...] = (boilerplate.normalize, wiki.normalize, tabs.normalize, unicode.normalize)

LARGE = 200_000  # bytes or characters from which on any step takes seconds
LARGE_TO_REDACT = 20_000  # from which on redaction takes half a second, which is not to go on for nobody

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


class Prepared(NamedTuple):
    """A request on its way to the model."""

    document: Document
    request: SummaryRequest  # without its document, and all else that the model will read is redacted as that is
    redactor: Redactor | None  # which knows what was redacted


def lane(request: SummaryRequest, *, is_row: bool = False) -> Lane | None:
    """Where a request is to be prepared; None: in a thread, beside others. Raises UserError E1004 and E1005."""
    size = len(request.text) + len(request.html) + len(request.file)
    if request.document is not None:
        size += parse.size(request.document)
    if size > LARGE:
        return "long"
    if is_row:
        return "rows"
    is_short = size <= LARGE_TO_REDACT or request.redact_pii == "off"
    return None if is_short and not parse.is_packed(request) else "short"


def prepare(request: SummaryRequest, detectors: Detectors) -> Prepared:
    """Clean the request's document, and redact all that the model will read of the request if it says so."""
    redactor = None if request.redact_pii == "off" else redactor_for(request, detectors)
    document = normalize(request, redactor)
    rest = {name: type(request).model_fields[name].default for name in SOURCES}
    if redactor is not None:
        rest |= {name: redactor.redact(getattr(request, name))[0] for name in ("focus", "system_prompt")}
    return Prepared(document, request.model_copy(update=rest), redactor)


def normalize(request: SummaryRequest, redactor: Redactor | None = None) -> Document:
    """Read the request's text or file and clean it; `redactor` is there when personal data shall go.

    Blocks for up to seconds on the largest: call it in a thread. Raises UserError E1004 to E1006, E1011 and E1012
    from reading, E1007 when no letter and no digit is left, E1018, and Fault E5000 (no child process for a PDF) and
    E5004.
    """
    document = raw = parse.read(request)
    for step in BEFORE_REDACTION:
        document = step(document, request)
    if request.output_format == "json_stream":
        document = document.model_copy(update={"extracted": characters.whole(document.text)})  # offsets stay true
    if redactor is not None:
        text, redactions = redactor.redact(document.text)
        uncovered = tuple(sorted(redactor.scripts_not_covered))
        document = document.model_copy(
            update={"text": text, "redactions": redactions, "scripts_not_covered": uncovered}
        )
    for step in AFTER_REDACTION:
        document = step(document, request)
    logger.debug("normalized %s: %d to %d characters", raw.media_type, len(raw.text), len(document.text))
    if not _LETTER_OR_DIGIT.search(document.text):
        raise UserError("E1007", f"the {document.media_type} input has {len(raw.text):,} characters, none of them text")
    return document
