"""`json_stream`: pieces while they are generated, then the whole object and the source, a line of JSON each."""

import json
from pathlib import Path
from typing import Any

from serving import client
from serving.server import Server, health
from tests.e2e.test_many_documents import SHORT, table
from tests.e2e.test_redaction import TEXT, VALUES
from tests.e2e.test_streaming import LONG, streaming
from tests.serving.processes import eventually

WEB = f"Skip to content\n\n{TEXT}\n\nWe use cookies. By continuing you agree to our use of cookies. Learn more.\n"


def stream(url: str, **inputs: Any) -> tuple[list[dict[str, Any]], dict[str, Any], client.Completed]:
    """The lines of pieces, the last line, and how the prediction ended."""
    inputs = {"text": TEXT, "max_tokens": 60, "output_format": "json_stream", **inputs}
    *chunks, end = client.stream(url, inputs, timeout=120)
    assert isinstance(end, client.Completed)
    lines = [json.loads(chunk.text) for chunk in chunks if isinstance(chunk, client.Chunk)]  # no chunk breaks a line
    return lines[:-1], lines[-1], end


def test_pieces_come_first_and_then_the_object_of_json(server_url: str) -> None:
    pieces, whole, end = stream(server_url)
    inputs = {"text": TEXT, "max_tokens": 60, "output_format": "json"}
    alone = json.loads("".join(client.summarize(server_url, inputs)["output"]))
    assert len(pieces) > 5
    assert [set(piece) for piece in pieces] == [{"text"}] * len(pieces)
    assert "".join(piece["text"] for piece in pieces) == whole["summary"] == alone["summary"]
    assert whole.keys() == alone.keys()
    assert alone["source"] is None
    assert end.metrics["output_token_count"] == whole["usage"]["output_token_count"]


def test_the_source_is_as_it_was_read_and_as_the_model_saw_it(server_url: str) -> None:
    pieces, whole, _ = stream(server_url, text=WEB, redact_pii="mask")
    source = whole["source"]
    spans = {(found["type"], source["extracted"][found["start"] : found["end"]]) for found in whole["redactions"]}
    assert {("EMAIL", "margaret.okonkwo@example.org"), ("PHONE", "+1 415 555 2671")} <= spans
    assert source["extracted"] == WEB
    assert "[EMAIL]" in source["clean"]
    assert "cookies" not in source["clean"]
    assert not [value for value in VALUES if value in (json.dumps(pieces) + source["clean"]).lower()]


def test_offsets_count_code_points_of_what_a_page_says(server_url: str) -> None:
    page = "<p>\U0001f600 Write to margaret.okonkwo@example.org about the ferry that did not run.</p>"
    _, whole, _ = stream(server_url, text=page, redact_pii="mask", max_tokens=8)
    (found,) = [found for found in whole["redactions"] if found["type"] == "EMAIL"]
    assert whole["source"]["extracted"][found["start"] : found["end"]] == "margaret.okonkwo@example.org"


def test_a_client_that_leaves_cancels_it(server_url: str) -> None:
    with streaming(server_url, LONG | {"max_tokens": 3700, "output_format": "json_stream"}) as lines:
        assert "event: output" in lines
    assert eventually(lambda: health(server_url)["status"] == "READY", seconds=5)
    done = client.summarize(server_url, LONG | {"max_tokens": 4}, timeout=60)
    assert done["metrics"]["output_token_count"] <= 4


def test_a_table_has_the_rows_that_it_has_otherwise(server_url: str, tmp_path: Path) -> None:
    rows = table(tmp_path, {"id": "a", "text": SHORT}, {"id": "b", "text": ""})
    lines = {}
    for output_format in ("json", "json_stream"):
        inputs = {"documents": rows, "max_tokens": 8, "output_format": output_format}
        output = "".join(client.summarize(server_url, inputs, timeout=120)["output"])
        lines[output_format] = sorted(output.splitlines())
    assert lines["json_stream"] == lines["json"]
    assert len(lines["json"]) == 2


def test_the_log_holds_nothing_of_it(server: Server) -> None:
    stream(server.url, text=WEB, redact_pii="mask")
    assert server.log
    assert not [value for value in VALUES if value in server.log.read_text().lower()]
