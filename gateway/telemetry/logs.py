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


def set_up(stream: TextIO = sys.stderr) -> None:
    """Send what this process logs to `stream`: its own from INFO on, that of libraries from WARNING on."""
    is_json = os.environ.get("LOG_FORMAT", "console") != "console"
    as_json, as_text = structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)
    renderer: Processor = as_json if is_json else as_text
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    structlog.configure(  # past logging's own ways, which take twice as long as all else that a request is told to
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *processors],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("precis").setLevel(logging.INFO)


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an error's type and places where its traceback would be."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = trace(error)
    return event
