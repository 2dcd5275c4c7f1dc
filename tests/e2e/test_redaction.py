"""Personal data of a document reaches neither the summary, nor the metrics, nor the logs."""

import json
from typing import Any

import pytest

from serving import client
from serving.server import Server

TEXT = (
    "Margaret Okonkwo, who lives in Lisbon, asked the county on Tuesday for a refund of 120 euros. The council wrote "
    "to margaret.okonkwo@example.org and rang +1 415 555 2671. Margaret Okonkwo said that the ferry had not run for a "
    "week. The council has until Friday to answer Okonkwo."
)
VALUES = ("margaret", "okonkwo", "555 2671", "example.org")


def predict(url: str, **inputs: Any) -> dict[str, Any]:
    prediction: dict[str, Any] = client.summarize(url, {"text": TEXT, "max_tokens": 60, **inputs})
    return prediction


def test_without_redaction_names_stay(server_url: str) -> None:
    assert "okonkwo" in "".join(predict(server_url)["output"]).lower()


@pytest.mark.parametrize("mode", ["mask", "pseudonym"])
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_no_value_of_the_document_comes_back(server_url: str, mode: str, output_format: str) -> None:
    prediction = predict(server_url, redact_pii=mode, output_format=output_format, focus="What does Okonkwo want?")
    answer = json.dumps({name: value for name, value in prediction.items() if name != "input"}).lower()
    assert [value for value in VALUES if value in answer] == []
    assert "[person" in answer
    assert prediction["metrics"]["redaction_count"] >= 5


def test_json_says_what_was_redacted_and_where(server_url: str) -> None:
    summary = json.loads(predict(server_url, redact_pii="mask", output_format="json")["output"][0])
    spans = {(redaction["type"], TEXT[redaction["start"] : redaction["end"]]) for redaction in summary["redactions"]}
    assert {("EMAIL", "margaret.okonkwo@example.org"), ("PHONE", "+1 415 555 2671")} <= spans
    assert summary["placeholders"].keys() == {"leaked", "invented", "damaged"}


def test_terms_to_keep_stay_and_terms_to_redact_go(server_url: str) -> None:
    inputs = {"redact_pii": "mask", "keep_terms": ["Margaret Okonkwo", "Okonkwo"], "redact_terms": ["ferry"]}
    answer = "".join(predict(server_url, **inputs)["output"]).lower()
    assert "okonkwo" in answer
    assert "ferry" not in answer


def test_what_the_model_says_of_its_own_accord_is_redacted_before_it_is_sent(server_url: str) -> None:
    prediction = predict(server_url, redact_pii="mask", redact_terms=["the"])  # a word that no summary goes without
    assert "the" not in "".join(prediction["output"]).lower().split()
    assert prediction["metrics"]["leaked_placeholders"] > 0


def test_neither_log_nor_metrics_hold_a_value(server: Server) -> None:
    metrics = predict(server.url, redact_pii="mask")["metrics"]
    predict(server.url)
    assert server.log
    log = server.log.read_text()
    assert log
    assert [value for value in VALUES if value in (log + json.dumps(metrics)).lower()] == []
