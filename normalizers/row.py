"""One row of many becomes a line of JSON: what `precis normalize --lines` says of it.

Knows: what a row must have, and what its line says. Knows nothing of files, of processes, or of the other rows.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contract.document import Document
from contract.record import Record
from contract.request import SummaryRequest
from errors import as_json
from normalizers import steps
from normalizers.pii.detectors import Detectors, load_detectors


@dataclass(frozen=True)
class RowNormalizer:
    """What to do to every row; it can be pickled, and a process that gets it loads the model of names once."""

    inputs: dict[str, Any]  # of every row's SummaryRequest
    names_model: Path | None  # the folder of the model of names: there is one when rows are to be redacted

    def __call__(self, record: Record) -> str:
        """Return {id, text, removed, redactions} or {id, error: {code, message}}; where the id is missing, its line."""
        line: dict[str, Any] = {"id": record.id}
        if record.id is None:
            line["line"] = record.line
        try:
            document = self._normalize(record)
            line |= {"text": document.text, **_report(document)}
        except Exception as error:  # also one of ours: a row must not cost the others
            line["error"] = as_json(error)
        return json.dumps(line, ensure_ascii=False)

    def _normalize(self, record: Record) -> Document:
        if record.error is not None:
            raise record.error
        cells = {name: record.cells.get(name) for name in ("text", "html")}
        given: dict[str, Any] = {name: value for name, value in cells.items() if isinstance(value, str)}
        if len(given) != 1:
            raise record.bad("it must have a text or an html that is a string, and only one of them")
        return steps.prepare(SummaryRequest(**given, **self.inputs), _detectors(self.names_model)).document


def report(document: Document) -> str:
    """What was taken out of a document, as JSON: kinds, types, places and counts, never a value."""
    return json.dumps({"media_type": document.media_type, **_report(document)}, ensure_ascii=False)


def _report(document: Document) -> dict[str, Any]:
    uncovered = {"scripts_not_covered": list(document.scripts_not_covered)} if document.scripts_not_covered else {}
    return {
        "removed": [removal.model_dump() for removal in document.removals],
        "redactions": [redaction.model_dump() for redaction in document.redactions],
        **uncovered,
    }


@cache
def _detectors(names_model: Path | None) -> Detectors:
    return load_detectors(names_model) if names_model else ()
