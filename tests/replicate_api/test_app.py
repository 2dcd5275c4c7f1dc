"""What the API answers, as HTTP."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from replicate_api import app, events, requests, upstream
from replicate_api.serve import in_front_of
from tests.replicate_api.names import MODEL
from tests.serving.processes import eventually

TOKEN = {"Authorization": "Bearer secret-token"}


@pytest.fixture
def http(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url, headers=TOKEN, trust_env=False, timeout=30) as client:
        yield client


def create(http: httpx.Client, text: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    answer = http.post(f"/v1/models/{MODEL}/predictions", json={"input": {"text": text}} | body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


@pytest.mark.parametrize(
    "path",
    ["/account", "/hardware", "/predictions", "/deployments", "/files", "/models", "/webhooks/default/secret",
     f"/models/{MODEL}", f"/models/{MODEL}/versions"],
)  # fmt: skip
def test_every_path_is_at_the_root_and_under_v1_and_wants_a_token(http: httpx.Client, api_url: str, path: str) -> None:
    assert http.get(path).json() == http.get(f"/v1{path}").json()
    refused = httpx.get(api_url + path, trust_env=False)
    assert (refused.status_code, refused.json()["status"]) == (401, 401)
    assert httpx.get(api_url + path, headers={"Authorization": "Token x"}, trust_env=False).status_code == 200


def test_with_a_token_set_no_other_is_taken(saying_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(app.TOKEN, "the-right-one")
    with in_front_of([saying_url], "127.0.0.1", 0) as url:
        answers = [
            httpx.get(f"{url}/account", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
            for token in ("the-right-one", "the-wrong-one")
        ]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert "the-" not in answers[1].text


def test_a_stream_needs_no_token_but_its_own_secret(http: httpx.Client, api_url: str) -> None:
    stream = create(http, "one").json()["urls"]["stream"]
    assert stream.startswith(api_url)
    assert "/files/" not in stream
    assert "event: done" in httpx.get(stream, trust_env=False).text
    assert httpx.get(stream[:-1] + "!", trust_env=False).status_code == 404


def test_a_download_needs_no_token_but_its_own_secret(http: httpx.Client) -> None:
    made = http.post("/v1/files", files={"content": ("a.txt", b"alpha", "text/plain")}).json()
    assert httpx.get(made["urls"]["download"], trust_env=False).content == b"alpha"
    assert httpx.get(made["urls"]["download"] + "x", trust_env=False).status_code == 404
    assert http.delete(f"/v1/files/{made['id']}").status_code == 204


@pytest.mark.parametrize(("prefer", "status"), [("wait", "succeeded"), ("wait=1", "starting"), ("", "starting")])
def test_a_create_waits_as_long_as_it_is_asked_to(http: httpx.Client, prefer: str, status: str) -> None:
    text = "one wait wait two" if prefer == "wait=1" else "one wait two"
    answer = create(http, text, {"Prefer": prefer}).json()
    assert answer["status"] == status
    assert answer["output"] == (["one ", "wait ", "two "] if status == "succeeded" else [])


@pytest.mark.parametrize(("prefer", "seconds"), [("wait", 55), ("wait=500", 55), ("respond-async, wait=5", 5)])
def test_no_wait_is_longer_than_clients_are_patient(prefer: str, seconds: float) -> None:
    scope = {"type": "http", "headers": [(b"prefer", prefer.encode())]}
    assert requests.wait_seconds(Request(scope)) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m45s", 5445)])
def test_cancel_after_is_read_as_it_is_written(text: str, seconds: float) -> None:
    scope = {"type": "http", "headers": [(b"cancel-after", text.encode())]}
    assert requests.life_seconds(Request(scope)) == seconds


def test_a_deadline_that_passes_is_a_failure_with_a_text(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SHORTEST_LIFE_SECONDS", 1)
    answer = create(http, "one sleep", {"Prefer": "wait", "Cancel-After": "1"}).json()
    assert answer["status"] == "failed"
    assert answer["error"] == "E5002 the prediction was not done within the 1 s of Cancel-After"
    assert answer["output"] == ["one "]


@pytest.mark.parametrize(
    ("body", "status", "about"),
    [
        (b"{", 400, "is not JSON"),
        (b'{"input": {"temperature": NaN}}', 400, "is not JSON"),
        (b"[1]", 422, "body: must be a JSON object"),
        (b"{}", 422, "input: must be an object"),
        (b'{"input": {}, "webhook": "ftp://a"}', 422, "webhook: must be an http or https URL"),
        (b'{"input": {}, "webhook_events_filter": ["never"]}', 422, "its events of start, output, logs, completed"),
    ],
)
def test_a_bad_request_is_refused_with_a_detail(http: httpx.Client, body: bytes, status: int, about: str) -> None:
    answer = http.post(f"/v1/models/{MODEL}/predictions", content=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert about in answer.json()["detail"]


@pytest.mark.parametrize("life", ["0", "3s", "soon", "25h", ""])
def test_a_deadline_that_is_none_is_refused(http: httpx.Client, life: str) -> None:
    answer = http.post(f"/v1/models/{MODEL}/predictions", json={"input": {"text": "a"}}, headers={"Cancel-After": life})
    assert answer.status_code == 422
    assert "Cancel-After: must be a time" in answer.json()["detail"]


def test_a_path_or_a_method_that_there_is_not_is_refused_as_json(http: httpx.Client) -> None:
    assert http.get("/v1/nothing").json() == {"detail": "The requested resource could not be found.", "status": 404}
    assert http.delete("/v1/account").json()["status"] == 405


def test_a_stream_goes_on_after_the_last_event_that_was_seen(http: httpx.Client) -> None:
    stream = create(http, "one two three").json()["urls"]["stream"]
    assert "two" in httpx.get(stream, trust_env=False).text
    rest = httpx.get(stream, headers={"Last-Event-ID": "1"}, trust_env=False).text
    assert "two" not in rest
    assert "event: output\nid: 2\ndata: three \n\n" in rest


def test_a_silent_stream_is_kept_alive_by_comments(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    stream = create(http, "one wait two").json()["urls"]["stream"]
    assert httpx.get(stream, trust_env=False).text.count("\n:\n") > 3


def test_a_list_has_pages(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [create(http, "one").json()["id"] for _ in range(5)]
    monkeypatch.setattr(app, "PAGE", 2)
    found: list[str] = []
    url = "/v1/predictions"
    while url and len(found) < 5:
        page = http.get(url).json()
        found += [prediction["id"] for prediction in page["results"]]
        url = page["next"]
    assert found[:5] == made[::-1]
    assert http.get("/v1/predictions?cursor=gone").json() == {"results": [], "next": None, "previous": None}


def test_what_is_an_hour_old_is_gone(saying_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replicate_api.store.SECONDS", 0.0)
    monkeypatch.setattr(app, "SWEEP_SECONDS", 0.05)
    with (
        in_front_of([saying_url], "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False) as http,
    ):
        http.post("/v1/files", files={"content": ("a.txt", b"alpha")})
        create(http, "one", {"Prefer": "wait"})
        running = create(http, "sleep").json()
        assert eventually(lambda: len(http.get("/predictions").json()["results"]) == 1, 10)
        assert eventually(lambda: not http.get("/files").json()["results"], 10)
        assert http.get("/predictions").json()["results"][0]["id"] == running["id"]


def test_half_a_surrogate_pair_in_an_input_is_refused(http: httpx.Client) -> None:
    body = b'{"input": {"text": "one \\ud800"}}'
    answer = http.post(f"/v1/models/{MODEL}/predictions", content=body)
    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert http.get("/v1/predictions").status_code == 200


def test_a_file_over_the_limit_is_refused(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MAX_BYTES", 10)
    answer = http.post("/v1/files", files={"content": ("a.txt", b"x" * 11)})
    assert (answer.status_code, answer.json()["detail"]) == (413, "The file is over the limit of 10 bytes.")
    answer = http.post("/v1/files", files={"content": ("a.txt", b"x" * 1_000_000)})
    assert answer.status_code == 413


def test_files_that_are_too_large_for_one_prediction_are_told(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "MAX_BODY", 1000)
    made = http.post("/v1/files", files={"content": ("a.txt", b"x" * 900)}).json()
    body = {"input": {"document": made["urls"]["get"]}}
    answer = http.post(f"/v1/models/{MODEL}/predictions", json=body)
    assert answer.status_code == 413
    assert answer.json()["detail"].endswith("bytes with their files, are over the limit of 1,000.")


def test_the_end_of_the_api_ends_what_is_under_way_and_leaves_no_file(
    saying_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    with (
        in_front_of([saying_url], "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False) as http,
    ):
        http.post("/v1/files", files={"content": ("a.txt", b"alpha")})
        assert list(tmp_path.iterdir())
        create(http, "sleep")
    assert not list(tmp_path.iterdir())
    assert threading.active_count() == threads


def test_no_log_has_an_input_a_token_or_a_secret(
    http: httpx.Client, saying_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    for logger in ("httpx", "httpcore"):
        caplog.set_level("WARNING", logger)  # of the test's own client
    made = create(http, "confidential refuse", {"Prefer": "wait"}, webhook="http://127.0.0.1:9/hook").json()
    httpx.get(made["urls"]["stream"], trust_env=False)
    http.post(f"/v1/models/{MODEL}/predictions", json={"input": {"style": "confidential"}})
    time.sleep(0.2)
    written = caplog.text + "".join(capfd.readouterr())
    secret = made["urls"]["stream"].rpartition("/")[2]
    assert not [word for word in ("confidential", "secret-token", secret) if word in written]
