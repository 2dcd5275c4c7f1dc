import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from computing import tracing
from errors import UserError
from serving.server import ROOT


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where spans go from now on, as they do where Cog traces."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def test_a_span_has_a_name_and_counts_also_those_that_are_known_at_its_end(spans: InMemorySpanExporter) -> None:
    with tracing.span("plan", style="news") as note:
        note(piece_count=3)
    assert only(spans).name == "plan"
    assert dict(only(spans).attributes or {}) == {"precis.style": "news", "precis.piece_count": 3}


def test_an_error_is_told_by_its_code_and_any_other_by_its_type(spans: InMemorySpanExporter) -> None:
    for error in (UserError("E1005", "Quibblesworth is too long"), ValueError("Quibblesworth")):
        with pytest.raises(type(error)), tracing.span("normalize"):
            raise error
    assert [dict(span.attributes or {}) for span in spans.get_finished_spans()] == [
        {"error.type": "E1005"},
        {"error.type": "ValueError"},
    ]
    assert not any(span.events or span.status.is_ok for span in spans.get_finished_spans())
    assert "Quibblesworth" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_a_stream_that_changes_hands_stays_in_its_trace(
    spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    async def stream() -> AsyncGenerator[int]:
        with tracing.span("normalize"):
            await asyncio.sleep(0)
        with tracing.span("generate"):
            yield 1
            yield 2

    async def begin_and_hand_over() -> None:
        with trace.get_tracer("cog").start_as_current_span("cog.prediction.invoke"):
            items = stream()
            await anext(items)
            rest = asyncio.create_task(collect(items))
        await rest

    async def collect(items: AsyncGenerator[int]) -> None:
        async for _ in items:
            pass

    asyncio.run(begin_and_hand_over())
    found = {span.name: span for span in spans.get_finished_spans()}
    parent = found.pop("cog.prediction.invoke").context
    assert parent
    assert {name: span.parent.span_id if span.parent else None for name, span in found.items()} == {
        "normalize": parent.span_id,
        "generate": parent.span_id,
    }
    assert caplog.messages == []  # OpenTelemetry logs a context that is left elsewhere than entered


def test_where_nobody_traces_no_package_is_asked_for() -> None:
    script = "import sys; from computing import tracing\nwith tracing.span('plan') as note: note(x=1)\n"
    script += "assert not [name for name in sys.modules if 'opentelemetry' in name]"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
