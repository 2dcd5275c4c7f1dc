"""What vLLM's own processes are to do beside their work: say nothing of any request, and end with the server.

vLLM imports this module in each of its processes, and in ours, because `vllm_logging.json` names `Formatter`.

Knows: vLLM's log records and the names of its processes. Knows nothing of what they compute.
"""

import logging
import multiprocessing
import os
import sys
import threading
import time
import traceback
from typing import Any

import errors

_BEFORE_REQUESTS = "failed to start"  # what vLLM says of a process that has seen none
_NAMES = ("EngineCore", "VllmWorker")
_WATCH_INTERVAL = 0.5


class Formatter(logging.Formatter):
    """What vLLM has to say, without what it says it of: its errors quote tokens, and dump the batch that failed."""

    def format(self, record: logging.LogRecord) -> str:
        """The message as it stands in vLLM's source, and of an exception its type and place."""
        said = f"vLLM: {record.filename}:{record.lineno} {record.msg}"
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return said
        return f"{said} {error!r}" if _BEFORE_REQUESTS in str(record.msg) else f"{said} {errors.trace(error)}"


def _print_trace(*_: Any, **__: Any) -> None:
    """What a process says of the error that it ends with: `traceback.print_exc` would print its text."""
    if error := sys.exc_info()[1]:
        print(f"vLLM: {errors.trace(error)}", file=sys.stderr, flush=True)


def _end_with(parent: int) -> None:
    """End this process when `parent` is gone, which may be killed; vLLM's own would stay, with the card's memory."""
    while os.getppid() == parent:
        time.sleep(_WATCH_INTERVAL)
    os._exit(1)


if multiprocessing.current_process().name.startswith(_NAMES):
    traceback.print_exc = _print_trace
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
