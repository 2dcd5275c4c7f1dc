"""What a prediction sends in each output format: of text while it is generated, and when it is over.

Knows: the formats of `output_format`, and results. Knows nothing of how they are sent.
"""

import json

from contract.document import Document
from contract.results import Progress, Source, Summary


def of_piece(piece: str | Progress, output_format: str) -> str | Progress | None:
    """Return what is sent of a piece at once; None: it waits for the one object of `json`."""
    if isinstance(piece, Progress) or output_format == "text":
        return piece
    return json.dumps({"text": piece}, ensure_ascii=False) + "\n" if output_format == "json_stream" else None


def of_summary(summary: Summary, document: Document, output_format: str) -> str | None:
    """Return what is sent behind the pieces: `json_stream` has the document as well, so that both can be shown."""
    if output_format == "json_stream":
        source = Source(extracted=document.extracted, clean=document.text)
        return summary.model_copy(update={"source": source}).model_dump_json() + "\n"
    return summary.model_dump_json() if output_format == "json" else None
