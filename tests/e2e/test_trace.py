"""One request is one trace, from the gateway to the last stage, and none of its words is in it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.inputs import data_url
from serving.server import free_port, start
from tests.e2e.test_knowledge import DOCUMENTATION, TEXT, archive
from tests.gateway.answers import comes_true
from tests.gateway.running import Running, gateway
from tests.otlp import Received, receiver

CANARY = "Quibblesworth"
STAGES = ("normalize", "retrieve", "plan", "generate", "verify")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Received, Path]]:
    """A gateway and a model that send their spans to a receiver, and the model's log."""
    folder = tmp_path_factory.mktemp("traced")
    with pytest.MonkeyPatch.context() as environment, receiver() as received:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")  # milliseconds
        environment.setenv("PRECIS_REPLICAS", "1")
        server = start(port=free_port(), log_file=folder / "model.log")
        try:
            server.wait_until_ready(300)
            with gateway(folder, server.url, audit=folder / "audit.jsonl") as running:
                assert comes_true(lambda: httpx.get(f"{running.url}/readyz").is_success)
                yield running, received, folder / "model.log"
        finally:
            server.stop()


def test_one_trace_has_the_gateway_the_queue_cog_and_the_five_stages(
    traced: tuple[Running, Received, Path], tmp_path: Path
) -> None:
    running, received, log = traced
    documentation = {**DOCUMENTATION, "canary.md": f"# {CANARY}\n\n{CANARY} is the nickname of Neudorf's trucks.\n"}
    inputs = {
        "text": f"{TEXT} {CANARY} was there as well.",
        "knowledge": data_url(archive(tmp_path, documentation, "documentation.zip")),
        "focus": CANARY,
        "redact_pii": "mask",
        "verify": True,
        "max_tokens": 24,
    }
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = httpx.post(f"{running.url}/summarize", json=inputs, headers={"traceparent": caller}, timeout=300)
    assert answer.status_code == 200, answer.text
    assert comes_true(lambda: {"gateway", "queue", "POST /predictions", *STAGES} <= received.names())

    assert {span.trace_id.hex() for span in received.spans} == {"0af7651916cd43dd8448eb211c80319c"}
    assert received.of("gateway").parent_span_id.hex() == "b7ad6b7169203331"
    assert received.ancestors(received.of("queue")) == ["gateway"]
    for stage in STAGES:
        assert received.ancestors(received.of(stage)) == [
            "cog.prediction.invoke",
            "cog.prediction.execute",
            "cog.prediction",
            "POST /predictions",
            "gateway",
        ]
    ends = [received.of(stage).end_time_unix_nano for stage in STAGES]
    assert ends == sorted(ends)

    told = [answer.headers["x-request-id"], CANARY]
    found = [[text.encode() in body for body in received.bodies] for text in told]
    assert [any(one) for one in found] == [True, False]
    metrics = httpx.get(f"{running.url}/metrics").text
    files = (log, running.log, Path(running.environment["PRECIS_GATEWAY_AUDIT"]))
    assert not [text for text in (metrics, *(file.read_text() for file in files)) if CANARY in text]


def test_without_a_caller_s_trace_it_begins_at_the_gateway_and_a_stream_is_in_it_to_its_end(
    traced: tuple[Running, Received, Path],
) -> None:
    running, received, _ = traced
    before = len(received.spans)
    headers = {"Accept": "text/event-stream"}
    with httpx.stream(
        "POST", f"{running.url}/summarize", json={"text": TEXT, "max_tokens": 8}, headers=headers, timeout=300
    ) as answer:
        answer.read()
    assert comes_true(lambda: {"gateway", "generate"} <= {span.name for span in received.spans[before:]})
    ours = {span.name: span for span in received.spans[before:]}
    assert ours["gateway"].parent_span_id == b""
    assert ours["generate"].trace_id == ours["gateway"].trace_id
    assert ours["generate"].end_time_unix_nano <= ours["gateway"].end_time_unix_nano
    assert "retrieve" not in ours
