"""The audit log: who did what, when, with which options, how much of it, and how it was decided. Never what it said.

Knows: how an entry looks and that it is written whole. Knows nothing of tokens' rights.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from errors import UserError

_log = structlog.get_logger()

Audit = Callable[[Mapping[str, Any]], None]


def opened(file: Path | None) -> Audit:
    """Return what takes entries to `file`, a line of JSON each, or to the log where there is none.

    Several gateways may have one file: a line is one write to its end, whoever else writes. What cannot be written goes
    to the log. Raises UserError E7101 for a file that cannot be opened.
    """
    if file is None:
        return lambda entry: _log.info("audit", **entry)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        end = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise UserError("E7101", f"audit: {file} cannot be written ({error.strerror})") from None

    def write(entry: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            os.write(end, (json.dumps({"timestamp": now, **entry}) + "\n").encode())
        except OSError as error:
            _log.error("audit", **entry, error=error.strerror)

    return write
