"""Many documents at once: JSON Lines in, JSON Lines out, in the same order, on all cores.

Knows: the rows, and how they are spread over processes. Knows nothing about how a document is cleaned. Memory stays
constant, whatever the file's length: only so many chunks are under way as keep the processes busy.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from computing import cores
from contract.document import Document
from contract.request import SummaryRequest
from errors import UserError, as_json
from normalizers import steps
from normalizers.pii.detectors import Detectors, load_detectors

_CHUNK = 16  # lines that a process takes at once
_CHUNKS_A_PROCESS = 3  # under way: one in work, one waiting, one finished and not yet written

_detectors: Detectors = ()  # of this process, when rows shall be redacted


def normalize_lines(source: Iterable[str], inputs: Mapping[str, Any], names_model: Path | None) -> Iterator[str]:
    """Yield a line of JSON for each line of `source`: {id, text, removed, redactions}, or {id, error: {code, message}}.

    A row is {id, text} or {id, html}. `inputs` are those of every row's SummaryRequest; with `names_model`, the folder
    of the model of names, rows are redacted as `inputs` say. A row that cannot be read never stops the others.
    """
    lines = enumerate(source, start=1)
    processes = cores.count()
    with ProcessPoolExecutor(processes, initializer=_set_up, initargs=(names_model,)) as pool:
        under_way: deque[Future[list[str]]] = deque()
        while chunk := list(islice(lines, _CHUNK)):
            under_way.append(pool.submit(_normalize_chunk, chunk, dict(inputs)))
            if len(under_way) >= processes * _CHUNKS_A_PROCESS:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


def report(document: Document) -> str:
    """What was taken out of a document, as JSON: kinds, types, places and counts, never a value."""
    return json.dumps({"media_type": document.media_type, **_report(document)}, ensure_ascii=False)


def _report(document: Document) -> dict[str, Any]:
    return {
        "removed": [removal.model_dump() for removal in document.removals],
        "redactions": [redaction.model_dump() for redaction in document.redactions],
    }


def _set_up(names_model: Path | None) -> None:
    global _detectors
    _detectors = load_detectors(names_model) if names_model else ()


def _normalize_chunk(chunk: list[tuple[int, str]], inputs: dict[str, Any]) -> list[str]:
    return [_normalize_line(number, line, inputs) for number, line in chunk if line.strip()]


def _normalize_line(number: int, line: str, inputs: dict[str, Any]) -> str:
    identifier: Any = None
    try:
        row = _read(number, line)
        identifier = row.get("id")
        document = _normalize(number, row, inputs)
        result = {"id": identifier, "text": document.text, **_report(document)}
    except Exception as error:  # also one of ours: a row must not cost the others
        result = {"id": identifier, "error": as_json(error)}
    return json.dumps(result, ensure_ascii=False)


def _read(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UserError("E1004", f"line {number:,} is not JSON") from None
    if not isinstance(row, dict):
        raise UserError("E1004", f"line {number:,} is JSON, but no object")
    return row


def _normalize(number: int, row: dict[str, Any], inputs: dict[str, Any]) -> Document:
    given = [name for name in ("text", "html") if isinstance(row.get(name), str)]
    if len(given) != 1:
        raise UserError("E1004", f"line {number:,} must have a text or an html that is a string, and only one of them")
    request = SummaryRequest(**{given[0]: row[given[0]]}, **inputs)
    return steps.prepare(request, _detectors).document
