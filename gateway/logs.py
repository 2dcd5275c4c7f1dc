"""The gateway's logs: one line for each thing that happened, JSON or for people, as LOG_FORMAT says to Cog's server.

Knows: where logs come from and how a line looks. No line has a request's words, and no traceback has an error's: what a
library says of an error is its type and its places.
"""

import logging
import os
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from errors import trace

get = structlog.stdlib.get_logger


def set_up(stream: TextIO = sys.stderr) -> None:
    """Send what this process logs to `stream`: its own from INFO on, that of libraries from WARNING on."""
    is_json = os.environ.get("LOG_FORMAT", "console") != "console"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    as_json, as_text = structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)
    renderer: Processor = as_json if is_json else as_text
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("precis").setLevel(logging.INFO)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an error's type and places where its traceback would be."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = trace(error)
    return event
