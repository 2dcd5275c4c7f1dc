"""POST /summarize, as callers send it, through a real gateway to a real Cog server whose model answers at once."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from serving.server import running_server
from tests.gateway.answers import comes_true, events_of, in_flight, problem_of
from tests.gateway.running import Running, gateway

EVENTS = {"Accept": "text/event-stream"}


def test_a_text_becomes_a_summary_in_json(client: httpx.Client) -> None:
    answer = client.post("/summarize", json={"text": "say the bridge is open", "style": "news"})
    said = answer.json()
    assert answer.status_code == 200
    assert (said["summary"], said["style"], said["finish_reason"]) == ("the bridge is open", "news", "stop")
    assert said["usage"] == {"input_token_count": 4, "output_token_count": 4}
    assert said["predict_time"] > 0
    assert said["id"] == answer.headers["x-request-id"]


def test_events_come_as_they_are_generated_each_with_an_id(client: httpx.Client) -> None:
    asked = {"text": "slow 0.3 the bridge is open"}
    came: list[float] = []
    with client.stream("POST", "/summarize", json=asked, headers=EVENTS) as answer:
        lines = []
        for line in answer.iter_lines():
            lines.append(line)
            if line.startswith("event: output"):
                came.append(time.monotonic())
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == ["start", *["output"] * 4, "done"]
    assert [line for line in lines if line.startswith("id: ")] == [f"id: {number}" for number in range(6)]
    assert came[-1] - came[0] > 0.3  # not all at the end


def test_the_last_event_is_the_answer_in_json(client: httpx.Client) -> None:
    events = events_of(client.post("/summarize", json={"text": "say it all"}, headers=EVENTS))
    assert "".join(data["text"] for _, name, data in events if name == "output") == "it all "
    assert events[-1][1] == "done"
    assert events[-1][2]["summary"] == "it all"
    assert events[-1][2]["id"] == events[0][2]["id"]


def test_a_file_in_a_form_is_summarized_with_the_form_s_options(client: httpx.Client) -> None:
    files = {"file": ("letter.txt", b"say what the file says", "text/plain")}
    answer = client.post("/summarize", files=files, data={"style": "legal"})
    assert answer.json()["summary"] == "what the file says"
    assert answer.json()["style"] == "legal"


def test_the_body_wins_over_headers(client: httpx.Client) -> None:
    headers = {"X-Summary-Style": "legal"}
    assert client.post("/summarize", json={"text": "say a"}, headers=headers).json()["style"] == "legal"
    both = {"text": "say a", "style": "news"}
    assert client.post("/summarize", json=both, headers=headers).json()["style"] == "news"


def test_the_caller_s_request_id_is_kept_when_it_is_one(client: httpx.Client) -> None:
    answer = client.post("/summarize", json={"text": "say a"}, headers={"X-Request-Id": "order-66.a"})
    assert answer.json()["id"] == answer.headers["x-request-id"] == "order-66.a"
    odd = client.post("/summarize", json={"text": "say a"}, headers={b"X-Request-Id": "a b\u00e9".encode()})
    assert len(odd.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"json": {"text": "bad"}}, (422, "E1007")),  # the model's own error, with its code
        ({"json": {"text": "fault"}}, (500, "E5004")),
        ({"json": {"text": "nonsense"}}, (502, "E5012")),
        ({"json": {"text": ""}}, (422, "E1001")),
        ({"json": {"text": "a", "style": "shout"}}, (422, "E1009")),
        ({"json": {"text": "a", "texx": 1}}, (400, "E7006")),
        ({"json": {"text": "a", "documents": "data:,x"}}, (400, "E7006")),
        ({"json": {"document": "/etc/passwd"}}, (422, "E1004")),
        ({"json": {"document": "http://127.0.0.1:1/"}}, (422, "E1102")),
        ({"json": [1]}, (400, "E7006")),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, (400, "E7006")),
        ({"content": b"a", "headers": {"Content-Type": "text/plain"}}, (400, "E7006")),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, (400, "E7006")),
        ({"json": {"text": "a"}, "headers": {"X-Summary-Volume": "11"}}, (400, "E7005")),
        ({"json": {"text": "a"}, "headers": {"X-Request-Timeout": "soon"}}, (422, "E1009")),
        ({"json": {"text": "a" * 100_001}}, (413, "E7004")),
        ({"files": {"file": b"a", "document": b"b"}}, (422, "E1003")),
        ({"files": {"file": b"say a"}, "data": {"text": "say b"}}, (422, "E1003")),
        ({"files": {"picture": b"a"}}, (400, "E7006")),
    ],
)
def test_bad_input_is_a_problem_with_a_code(
    client: httpx.Client, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem_of(client.post("/summarize", **asked)) == expected


def test_a_body_that_comes_in_chunks_is_not_read_beyond_its_limit(client: httpx.Client) -> None:
    def body() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(30):
            yield b"a" * 10_000

    answer = client.post("/summarize", content=body(), headers={"Content-Type": "application/json"})
    assert problem_of(answer) == (413, "E7004")


def test_what_is_refused_is_so_by_its_status_also_where_events_are_wanted(client: httpx.Client) -> None:
    assert problem_of(client.post("/summarize", json={"text": "bad"}, headers=EVENTS)) == (422, "E1007")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/summarize", 405)])
def test_a_path_that_there_is_not_is_a_problem_too(client: httpx.Client, method: str, path: str, status: int) -> None:
    assert problem_of(client.request(method, path)) == (status, "E7014")


def test_a_request_that_takes_too_long_ends_as_such(client: httpx.Client) -> None:
    answer = client.post("/summarize", json={"text": "slow 5 a"}, headers={"X-Request-Timeout": "0.5"})
    assert problem_of(answer) == (504, "E5002")


def test_a_caller_that_leaves_ends_its_prediction(client: httpx.Client, open_gateway: Running) -> None:
    for headers in ({}, EVENTS):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{open_gateway.url}/summarize", json={"text": "slow 600 a"}, headers=headers, timeout=httpx.Timeout(1)
            )
        assert comes_true(lambda: in_flight(client) == 0)


def test_styles_are_told_with_what_each_is_for(client: httpx.Client) -> None:
    said = client.get("/styles").json()
    assert said["default"] == "general"
    assert {"name": "legal"}.items() <= said["styles"][5].items()
    assert all(style["description"] for style in said["styles"])


def test_more_requests_than_places_wait_and_are_all_answered(instant_url: str, tmp_path: Path) -> None:
    with gateway(tmp_path, instant_url, places=2) as running:
        answers: list[str] = []

        def ask(number: int) -> None:
            said = httpx.post(f"{running.url}/summarize", json={"text": f"slow 0.05 {number}"}, timeout=60).json()
            answers.append(said["summary"])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers, key=int) == [str(number) for number in range(20)]


def test_a_full_queue_is_429_with_when_to_come_again(instant_url: str, tmp_path: Path) -> None:
    with gateway(tmp_path, instant_url, places=1, queue=0) as running, in_the_background(running, "slow 3 a"):
        answer = httpx.post(f"{running.url}/summarize", json={"text": "say a"})
    assert problem_of(answer) == (429, "E7008")
    assert int(answer.headers["retry-after"]) >= 1


def test_an_upstream_that_dies_gives_its_work_to_the_others(
    instant_project: Path, instant_url: str, tmp_path: Path
) -> None:
    with (
        running_server(instant_project, timeout=60) as mortal,
        gateway(tmp_path, mortal, instant_url) as running,
        httpx.Client(base_url=running.url, timeout=60) as client,
    ):
        assert comes_true(lambda: all(one["up"] for one in client.get("/readyz").json()["upstreams"]))
        httpx.post(f"{mortal}/predictions", json={"input": {"text": "poison"}}, timeout=30)
        said = [client.post("/summarize", json={"text": f"say {n}"}).json()["summary"] for n in range(8)]
        first, second = client.get("/readyz").json()["upstreams"]
    assert said == [str(n) for n in range(8)]
    assert (first["up"], second["up"]) == (False, True)


def test_where_no_upstream_answers_the_gateway_says_that_it_is_not_ready(tmp_path: Path) -> None:
    with gateway(tmp_path, "http://127.0.0.1:9", patience=0.5) as running:
        assert httpx.get(f"{running.url}/readyz").status_code == 503
        assert httpx.get(f"{running.url}/healthz").status_code == 200
        assert problem_of(httpx.post(f"{running.url}/summarize", json={"text": "a"})) == (503, "E5011")


@contextmanager
def in_the_background(running: Running, text: str) -> Iterator[None]:
    """A request that is under way during the block."""
    thread = threading.Thread(
        target=lambda: httpx.post(f"{running.url}/summarize", json={"text": text}, timeout=60), daemon=True
    )
    thread.start()
    with httpx.Client(base_url=running.url) as client:
        assert comes_true(lambda: in_flight(client) == 1)
        yield
    thread.join()


def test_the_page_of_routes_asks_nobody_else_and_has_every_route(client: httpx.Client) -> None:
    page = client.get("/docs").text
    urls = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert {urlsplit(url).netloc for url in urls} == {client.base_url.netloc.decode()}
    assert all(client.get(url).is_success for url in urls)
    paths = client.get("/openapi.json").json()["paths"]
    wanted = {"/summarize", "/batch-summarize", "/jobs", "/jobs/{job_id}/results", "/styles", "/readyz", "/metrics"}
    assert wanted <= paths.keys()
