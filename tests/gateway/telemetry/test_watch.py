"""What is told of requests, and that none of it is theirs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.answers import comes_true
from tests.gateway.running import Running, gateway

CANARY = "Quibblesworth"


@pytest.fixture(scope="module")
def watched(instant_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway with an audit log and logs in JSON."""
    folder = tmp_path_factory.mktemp("watched")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOG_FORMAT", "json")
        with gateway(folder, instant_url, audit=folder / "audit.jsonl") as running:
            yield running


def ask(watched: Running, path: str = "/summarize", headers: dict[str, str] | None = None, **inputs: Any) -> str:
    """Ask it for something; the id of the request."""
    answer = httpx.post(f"{watched.url}{path}", json=inputs, headers=headers, timeout=30)
    return answer.headers["x-request-id"]


def entry(file: Path, request_id: str) -> dict[str, Any]:
    """What a file of JSON lines says of a request."""
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        found[:] = [line for line in lines if line.get("request_id") == request_id]
        return bool(found)

    assert comes_true(is_there)
    (one,) = found
    return one


def audited(watched: Running, request_id: str) -> dict[str, Any]:
    return entry(Path(watched.environment["PRECIS_GATEWAY_AUDIT"]), request_id)


def test_a_request_is_one_line_with_its_route_status_size_and_time(watched: Running) -> None:
    said = entry(watched.log, ask(watched, text="say one two three"))
    assert {name: said[name] for name in ("event", "method", "route", "status", "code", "token")} == {
        "event": "request", "method": "POST", "route": "/summarize", "status": 200, "code": None, "token": "local",
    }  # fmt: skip
    assert said["bytes"] == len('{"text":"say one two three"}')
    assert said["seconds"] > 0


def test_the_audit_log_has_options_but_of_texts_only_how_long_they_are(watched: Running) -> None:
    request_id = ask(watched, text="say one two three", style="legal", max_tokens=7, focus="who paid")
    said = audited(watched, request_id)
    assert said["options"] == {
        "text": "17 characters", "style": "legal", "max_tokens": 7, "focus": "8 characters",
    }  # fmt: skip
    assert (said["documents"], said["tokens"], said["status"]) == (1, 6, 200)


def test_what_is_refused_is_in_it_with_its_code(watched: Running) -> None:
    said = audited(watched, ask(watched, headers={"X-Summary-Volume": "11"}, text="say one"))
    assert (said["status"], said["code"], said["token"]) == (400, "E7005", "local")


def test_a_value_that_is_none_of_a_choice_is_a_text(watched: Running) -> None:
    said = audited(watched, ask(watched, text="say one", style=CANARY, temperature=CANARY))
    assert said["options"] == {"text": "7 characters", "style": "13 characters", "temperature": "13 characters"}


def test_nothing_that_was_in_a_request_is_told(watched: Running) -> None:
    headers = {"X-Summary-Focus": CANARY, "Authorization": f"Bearer {CANARY}.{CANARY}", "Cookie": CANARY}
    ask(watched, f"/summarize?token={CANARY}", headers, text=f"say {CANARY}")
    ask(watched, text=f"bad {CANARY}")
    ask(watched, text=f"nonsense {CANARY}")
    ask(watched, f"/jobs/{CANARY}", style=CANARY)
    ask(watched, f"/{CANARY}?{CANARY}={CANARY}", headers)
    last = ask(watched, document=f"http://127.0.0.1:1/{CANARY}")
    audited(watched, last)
    told = [watched.log, Path(watched.environment["PRECIS_GATEWAY_AUDIT"])]
    assert all(CANARY not in file.read_text() for file in told)
    assert CANARY not in httpx.get(f"{watched.url}/metrics").text


def test_metrics_know_routes_by_their_patterns(watched: Running) -> None:
    ask(watched, text="say one")
    ask(watched, "/nowhere/at/all")
    told = httpx.get(f"{watched.url}/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert 'precis_requests_total{route="/summarize",status="200"}' in told.text
    assert 'precis_requests_total{route="none",status="404"}' in told.text
    assert 'precis_errors_total{code="E7014"}' in told.text


def test_those_who_look_every_few_seconds_fill_no_log(watched: Running) -> None:
    httpx.get(f"{watched.url}/healthz")
    audited(watched, ask(watched, text="say one"))
    assert "/healthz" not in watched.log.read_text()


def test_a_job_is_in_the_audit_log_when_it_is_made_and_when_it_ends(tables_url: str, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"id": str(number), "text": f"{CANARY} {number}"}) + "\n" for number in range(3))
    file = tmp_path / "audit.jsonl"

    def entries() -> list[dict[str, Any]]:
        return [json.loads(line) for line in file.read_text().splitlines()]

    with gateway(tmp_path, tables_url, audit=file) as running:
        headers = {"Content-Type": "application/jsonl", "X-Summary-Style": "legal"}
        answer = httpx.post(f"{running.url}/batch-summarize", content=rows, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        job_id = answer.json()["id"]
        assert comes_true(lambda: any("codes" in entry for entry in entries()), within=60)
        made, ended = [entry for entry in entries() if entry.get("job") == job_id]
        metrics = httpx.get(f"{running.url}/metrics").text
        log = running.log.read_text()
    assert (made["route"], made["status"], made["options"]) == ("/batch-summarize", 202, {"style": "legal"})
    assert (ended["status"], ended["token"], ended["documents"], ended["failed"]) == ("done", "local", 3, 0)
    assert 'precis_jobs{status="done"} 1.0' in metrics
    assert 'precis_job_documents{outcome="succeeded"} 3.0' in metrics
    assert CANARY not in metrics + log + file.read_text()
