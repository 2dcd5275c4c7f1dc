"""A long document, and a table of many, through Cog's server."""

import base64
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from serving import client
from serving.inputs import data_url
from tests.e2e.test_streaming import streaming

SHORT = "The county council voted on Tuesday to build a bridge over the river Alm at Neudorf. It costs 4.2 million."
PARAGRAPHS = "\n\n".join(
    f"## Item {n}\n\nThe council heard report {n} on the bridge and filed it. {SHORT}" for n in range(45)
)


def table(folder: Path, *rows: dict[str, Any]) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return data_url(path)


def summarize(server_url: str, **inputs: Any) -> dict[str, Any]:
    return client.summarize(server_url, inputs, timeout=240)


def test_a_long_document_is_summarized_in_parts(server_url: str) -> None:
    answer = summarize(
        server_url, text=PARAGRAPHS, strategy="map_reduce", length="brief", max_tokens=16, output_format="json"
    )
    metrics = answer["metrics"]
    assert metrics["piece_count"] >= 2
    assert metrics["round_count"] >= 2
    assert sum(metrics["round_input_token_counts"]) == metrics["input_token_count"]
    assert len(json.loads("".join(answer["output"]))["rounds"]) == metrics["round_count"]
    assert re.match(r"part 0 of \d+\n", answer["logs"])


def test_a_reader_of_a_long_documents_stream_sees_how_far_it_is(server_url: str) -> None:
    said: list[str] = []
    inputs = {"text": PARAGRAPHS, "strategy": "map_reduce", "length": "brief", "max_tokens": 8}
    for event in client.stream(server_url, inputs, on_log=said.append):
        if isinstance(event, client.Chunk):
            assert said  # before the first word of the summary
    assert all(re.fullmatch(r"(part|merge) \d+ of \d+", line) for line in said)


def test_a_limit_on_input_tokens_is_an_error_with_both_numbers(server_url: str) -> None:
    with pytest.raises(UserError, match=r"E1002 document takes up to [\d,]+ input tokens .*; max_input_tokens is 900"):
        summarize(server_url, text=PARAGRAPHS, strategy="map_reduce", max_input_tokens=900)


def test_a_table_gets_a_line_for_each_row(server_url: str, tmp_path: Path) -> None:
    page = f"<html><body><article><h1>Bridge</h1><p>{SHORT}</p><p>{SHORT}</p></article></body></html>"
    rows = table(
        tmp_path,
        {"id": "text", "text": SHORT},
        {"id": "html", "html": page, "style": "news"},
        {"id": "file", "file": base64.b64encode(SHORT.encode()).decode(), "file_name": "a.txt", "redact_pii": "mask"},
        {"id": "bad", "text": SHORT, "style": "haiku"},
        {"id": "none"},
    )
    answer = summarize(server_url, documents=rows, length="brief")
    lines = {line["id"]: line for line in map(json.loads, "".join(answer["output"]).splitlines())}
    assert {name: line["status"] for name, line in lines.items()} == {
        "text": "succeeded", "html": "succeeded", "file": "succeeded", "bad": "failed", "none": "failed",
    }  # fmt: skip
    assert (lines["bad"]["error"]["code"], lines["none"]["error"]["code"]) == ("E1008", "E1013")
    assert lines["html"]["style"] == "news"
    assert "redactions" in lines["file"]
    assert (answer["metrics"]["document_count"], answer["metrics"]["failed_count"]) == (5, 2)


def test_a_table_that_is_none_is_an_error(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("name,age\nx,3\n")
    with pytest.raises(UserError, match="E1014"):
        summarize(server_url, documents=data_url(tmp_path / "rows.csv"))


def test_a_single_request_is_answered_while_a_table_is_running(server_url: str, tmp_path: Path) -> None:
    rows = table(tmp_path, *({"id": n, "text": f"{n}. {SHORT} " * 3, "max_tokens": 16} for n in range(400)))
    with streaming(server_url, {"documents": rows}) as lines:
        assert any(line == "event: output" for line in lines)
        assert summarize(server_url, text=SHORT, max_tokens=4)["status"] == "succeeded"
        assert not any(line == "event: completed" for line in itertools.islice(lines, 3))
