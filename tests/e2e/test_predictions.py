"""What a caller gets: summaries that differ by style, JSON, metrics, and errors with a code."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from errors import UserError
from serving import client, inputs
from serving.server import ROOT, health

DOCUMENTS = ROOT / "examples" / "documents"
TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars."
)


def output(url: str, **inputs: Any) -> str:
    return "".join(client.summarize(url, inputs)["output"])


def data_url(content: bytes, media_type: str = "text/plain") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def test_styles_differ_on_the_same_document(server_url: str) -> None:
    styles = sorted(path.stem for path in (ROOT / "styles").glob("*.toml"))
    document = (DOCUMENTS / "steam_arbitration.txt").read_text()
    with ThreadPoolExecutor(len(styles)) as pool:
        texts = set(pool.map(lambda style: output(server_url, text=document, style=style, max_tokens=40), styles))
    assert len(styles) >= 6
    assert len(texts) == len(styles), texts


def test_the_same_request_gives_the_same_summary(server_url: str) -> None:
    assert len({output(server_url, text=TEXT, max_tokens=32) for _ in range(3)}) == 1


def test_seeds_differ_and_each_repeats(server_url: str) -> None:
    sampled = [output(server_url, text=TEXT, max_tokens=32, temperature=1.2, seed=seed) for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]


def test_json_is_one_object_with_usage_and_timings(server_url: str) -> None:
    prediction = client.summarize(server_url, {"text": TEXT, "output_format": "json", "max_tokens": 20})
    assert len(prediction["output"]) == 1
    summary = json.loads(prediction["output"][0])
    assert {"finish_reason", "model", "style", "summary", "timings", "usage"} <= set(summary)
    assert summary["usage"]["output_token_count"] <= 20
    assert summary["summary"] == output(server_url, text=TEXT, max_tokens=20)


def test_a_prompt_is_a_text_and_cannot_stand_beside_one(server_url: str) -> None:
    assert output(server_url, prompt=TEXT, max_new_tokens=8) == output(server_url, text=TEXT, max_tokens=8)
    with pytest.raises(UserError, match="E1015 text and prompt are names of one input"):
        output(server_url, text=TEXT, prompt=TEXT)


def test_every_prediction_has_metrics(server_url: str) -> None:
    metrics = client.summarize(server_url, {"text": TEXT, "max_tokens": 20})["metrics"]
    expected = (
        "input_token_count output_token_count time_to_first_token queue_time generation_time tokens_per_second "
        "finish_reason model style"
    )
    assert set(expected.split()) <= set(metrics)
    assert 0 <= metrics["queue_time"] <= metrics["time_to_first_token"] <= metrics["predict_time"]


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.*")), ids=lambda path: path.name)
def test_a_document_is_summarized(server_url: str, path: Path) -> None:
    assert output(server_url, document=inputs.data_url(path), length="brief", max_tokens=24)


def test_a_stop_sequence_ends_the_summary(server_url: str) -> None:
    whole = output(server_url, text=TEXT, max_tokens=40)
    word = whole.split()[3]
    assert output(server_url, text=TEXT, max_tokens=40, stop_sequences=[word]) == whole[: whole.index(word)].strip()


def test_a_system_prompt_replaces_the_styles(server_url: str) -> None:
    plain = output(server_url, text=TEXT, max_tokens=40)
    assert output(server_url, text=TEXT, max_tokens=40, system_prompt="Answer with one word.") != plain


def test_a_focus_reaches_the_prompt(server_url: str) -> None:
    counts = [
        client.summarize(server_url, {"text": TEXT, "max_tokens": 2, "focus": focus})["metrics"]["input_token_count"]
        for focus in ("", "the ferry")
    ]
    assert counts[0] < counts[1]


def test_a_language_reaches_the_prompt(server_url: str) -> None:
    counts = [
        client.summarize(server_url, {"text": TEXT, "max_tokens": 2} | asked)["metrics"]["input_token_count"]
        for asked in ({}, {"language": "same as the document"}, {"language": "de"})
    ]
    assert counts[0] == counts[1] < counts[2]


@pytest.mark.parametrize(
    ("inputs", "code", "told"),
    [
        ({"text": ""}, "E1001", "0 characters"),
        ({"text": " \n\t "}, "E1001", "4 characters"),
        ({"text": "a word " * 9000, "strategy": "single"}, "E1002", "8,192"),
        ({"text": "a word " * 2_000_000, "strategy": "single"}, "E1002", "8,192"),
        ({"text": TEXT, "document": data_url(b"a word")}, "E1003", "both"),
        ({"text": TEXT, "language": "Klingonese"}, "E1016", "such as German, de"),
        ({"document": "/etc/passwd"}, "E1004", "path is not read"),
        ({"document": data_url(b"x" * 20_000_001)}, "E1005", "20,000,000"),
        ({"document": data_url(b"%PDF-1.7 ...", "application/pdf")}, "E1011", "PDF"),
        ({"document": data_url(b"\x89PNG\r\n\x1a\n", "image/png")}, "E1006", "PNG"),
        ({"document": data_url(b"<html><style>p {}</style></html>", "text/html")}, "E1007", "none of them text"),
        ({"text": "<html><body><br></body></html>"}, "E1007", "none of them text"),
        ({"text": TEXT, "stop_sequences": [""]}, "E1010", "0 characters"),
        ({"text": TEXT, "stop_sequences": ["a"] * 9}, "E1010", "8"),
    ],
)
def test_a_bad_input_gets_its_code_and_the_numbers(
    server_url: str, inputs: dict[str, Any], code: str, told: str
) -> None:
    with pytest.raises(UserError) as refused:
        client.summarize(server_url, inputs)
    assert refused.value.code == code
    assert told in str(refused.value)
    assert health(server_url)["status"] == "READY"


@pytest.mark.parametrize(
    "inputs",
    [
        {"style": "shrill"},
        {"length": "endless"},
        {"output_format": "xml"},
        {"max_tokens": 4097},
        {"max_tokens": -1},
        {"max_tokens": "many"},
        {"temperature": 2.1},
        {"top_p": 0},
        {"top_k": 0},
        {"top_k": 257},
        {"seed": -1},
        {"stop_sequences": "one"},
        {"text": 7},
    ],
    ids=str,
)
def test_a_value_outside_the_schema_is_refused_before_python_sees_it(server_url: str, inputs: dict[str, Any]) -> None:
    answer = httpx.post(f"{server_url}/predictions", json={"input": {"text": TEXT} | inputs}, trust_env=False)
    assert answer.status_code == 422
    assert next(iter(inputs)) in answer.text


@pytest.mark.parametrize(
    ("url", "code"),
    [("file:///etc/passwd", "E1004"), ("ftp://127.0.0.1/x", "E1004"), ("http://127.0.0.1:9/x.txt", "E1102")],
)
def test_a_document_from_elsewhere_is_refused_and_not_read(server_url: str, url: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        client.summarize(server_url, {"document": url})
    assert refused.value.code == code


def test_the_document_is_in_no_log(server_url: str) -> None:
    canary = "Quibblesworth"
    answer = httpx.post(
        f"{server_url}/predictions",
        json={"input": {"text": f"{canary} wrote this. " * 20, "max_tokens": 8, "temperature": 0}},
        trust_env=False,
        timeout=60,
    ).json()
    assert canary not in json.dumps({name: answer.get(name) for name in ("logs", "error", "metrics")})
