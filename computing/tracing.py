"""Spans of what a request goes through, where this process traces; elsewhere nothing.

Cog 0.23.1 takes a trace from a request's `traceparent` through to predict(), and sends what is measured there to where
OTEL_EXPORTER_OTLP_ENDPOINT says: docs/operations.md. It imports OpenTelemetry before predict.py if it does so. Where
nobody has, nobody is asked: no package is needed, and a span costs a look into a dictionary.

Knows: names and numbers. Knows nothing of documents: no attribute is ever a text of a request.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from errors import PrecisError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Note = Callable[..., None]


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[Note]:
    """Measure a block as a child of the span that is current where it begins; yields what notes more attributes.

    The span does not become current itself: a generator may be left in one task and gone on with in another. What a
    block raises is told by its code or its type, never by its message; a cancel is no error.
    """
    tracer = _tracer()
    if tracer is None:
        yield _note_nothing
        return
    measured = tracer.start_span(name, attributes=_named(attributes))
    try:
        yield lambda **noted: measured.set_attributes(_named(noted))
    except Exception as error:
        from opentelemetry.trace import StatusCode

        measured.set_attribute("error.type", error.code if isinstance(error, PrecisError) else type(error).__name__)
        measured.set_status(StatusCode.ERROR)
        raise
    finally:
        measured.end()


@contextmanager
def nothing(_name: str, **_attributes: str | int | float) -> Iterator[Note]:
    """What `span` is where it is not to be measured."""
    yield _note_nothing


def _tracer() -> "Tracer | None":
    trace = sys.modules.get("opentelemetry.trace")
    return None if trace is None else trace.get_tracer("precis")


def _named(attributes: dict[str, str | int | float]) -> dict[str, str | int | float]:
    return {f"precis.{name}": value for name, value in attributes.items()}


def _note_nothing(**_attributes: str | int | float) -> None:
    """Nobody listens."""
