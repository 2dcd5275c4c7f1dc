"""The gateway's part of a trace: from a caller's `traceparent`, through the gateway, to the model's.

Knows: OpenTelemetry, and the standard OTEL_* variables that say where traces go and how many of them. Without an
endpoint there are none. Knows nothing of routes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# FastAPI's own, which tells paths and queries
OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

_W3C = TraceContextTextMapPropagator()
_PARENT = "traceparent"  # not `tracestate`, in which a caller may say anything, and spans would tell it
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def set_up() -> None:
    """Send this process's spans to where OTEL_EXPORTER_OTLP_ENDPOINT says, unless traces are switched off."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or os.environ.get("OTEL_TRACES_EXPORTER") == "none" or not any(map(os.environ.get, _ENDPOINTS)):
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "precis-gateway")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def request(headers: Mapping[str, str]) -> Iterator[Span]:
    """Measure a request from its first byte to its answer's last, in its caller's trace where it names one."""
    tracer = trace.get_tracer("precis")
    caller = _W3C.extract({_PARENT: headers.get(_PARENT, "")})
    with tracer.start_as_current_span("gateway", caller, SpanKind.SERVER, record_exception=False) as span:
        yield span


def headers() -> dict[str, str]:
    """Return what an upstream is to be sent so that its spans are in this trace."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier
