"""The gateway's part of a trace: from a caller's `traceparent`, through the gateway, to the model's.

Knows: OpenTelemetry, and the standard OTEL_* variables that say where traces go and how many. Without an endpoint there
are none. No attribute is ever a text of a request.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_tracer = trace.get_tracer("precis.gateway")
_context = TraceContextTextMapPropagator()


def set_up() -> None:
    """Send spans of this process to where OTEL_EXPORTER_OTLP_ENDPOINT says, unless traces are switched off."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    if is_off or not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "precis-gateway")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))  # which samples as OTEL_TRACES_SAMPLER says
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def request(headers: Mapping[str, str]) -> Iterator[Span]:
    """Measure a request from its first byte to its answer's last, as a part of the caller's trace if it names one."""
    with _tracer.start_as_current_span(
        "gateway",
        context=_context.extract(dict(headers)),
        kind=SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[Span]:
    """Measure a block. What it raises is told by its type alone."""
    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as measured:
        try:
            yield measured
        except Exception as error:
            measured.set_attribute("error.type", type(error).__name__)
            measured.set_status(StatusCode.ERROR)
            raise


def headers() -> dict[str, str]:
    """What an upstream is to be sent so that its spans are part of this trace."""
    carrier: dict[str, str] = {}
    _context.inject(carrier)
    return carrier
