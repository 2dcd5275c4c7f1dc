"""Whatever is sent: never a 5xx, never a traceback, and nothing without a token reaches a model."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway import app, options
from gateway.settings import Settings
from tests.gateway.answers import comes_true
from tests.gateway.running import Running, gateway

# To shrink what fails takes a thousand requests; what failed is shown as it was.
unshrunk = [Phase.explicit, Phase.reuse, Phase.generate]
relaxed = settings(suppress_health_check=list(HealthCheck), max_examples=50, phases=unshrunk)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(TEXT, values, max_size=4),
    max_leaves=10,
)
OPTIONS = [name for name in options.fields() if name not in options.TEXTS]
KINDS = ["application/json", "application/jsonl", "text/csv", "multipart/form-data; boundary=b"]
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip)


@pytest.fixture(scope="module")
def fuzzed(instant_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("fuzzed"), instant_url, max_body=1_000_000, timeout=600) as running:
        yield running


def schema() -> dict[str, Any]:
    """The OpenAPI document, of an application that is not started."""
    made: dict[str, Any] = app.make(Settings(database="sqlite://", files="memory://fuzz")).openapi()  # type: ignore[arg-type]  # a secret
    return made


API: Any = schemathesis.openapi.from_dict(schema())
OPERATIONS = [result.ok() for result in API.get_all_operations()]


def check(status: int, text: str) -> None:
    """Whether an answer is one that may be: a refusal is a problem of ours."""
    assert status < 500, text
    assert "Traceback" not in text
    assert status < 400 or json.loads(text)["code"].startswith("E")


def post(running: Running, path: str, **content: Any) -> None:
    answer = httpx.post(f"{running.url}{path}", timeout=60, **content)
    check(answer.status_code, answer.text)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_what_fits_the_schema_is_answered(fuzzed: Running, operation: Any) -> None:
    @relaxed
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        if isinstance(case.body, dict):
            for name in ("document", "knowledge"):
                case.body.pop(name, None)  # any URL fits the schema, and none of them leads anywhere from here
        answer = case.call(base_url=fuzzed.url, timeout=60)
        check(answer.status_code, answer.text)

    run()


@relaxed
@given(body=ANY_JSON | st.fixed_dictionaries({"text": TEXT}, optional=dict.fromkeys(OPTIONS, ANY_JSON)))
def test_a_body_of_any_shape_is_answered(fuzzed: Running, body: Any) -> None:
    post(fuzzed, "/summarize", json=body)


@relaxed
@given(
    content=st.binary(max_size=300),
    kind=HEADER | st.sampled_from(["application/json", "multipart/form-data; boundary=b"]),
)
def test_bytes_of_any_kind_are_answered(fuzzed: Running, content: bytes, kind: str) -> None:
    for path in ("/summarize", "/batch-summarize"):
        post(fuzzed, path, content=content, headers={"Content-Type": kind})


@relaxed
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["X-Request-Id", "X-Request-Timeout", "Idempotency-Key", "X-Summary-Style", "X-Summary-Keep-Terms",
             "X-Summary-Max-Tokens", "X-Summary-Volume", "X-Webhook-Url", "Accept", "Range", "traceparent", "Origin"]
        ),
        HEADER,
    )
)  # fmt: skip
def test_headers_of_any_content_are_answered(fuzzed: Running, headers: dict[str, str]) -> None:
    if 0 < number(headers.get("X-Request-Timeout", "")) < 1:
        del headers["X-Request-Timeout"]  # that it took longer would be 504, and true
    post(fuzzed, "/summarize", json={"text": "say a"}, headers=headers)
    listed = httpx.get(f"{fuzzed.url}/jobs", headers=headers, timeout=60)
    check(listed.status_code, listed.text)


def number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


@relaxed
@given(name=TEXT, content=st.binary(max_size=500), fields=st.dictionaries(TEXT, TEXT, max_size=3))
def test_uploads_of_any_name_are_answered(fuzzed: Running, name: str, content: bytes, fields: dict[str, str]) -> None:
    post(fuzzed, "/summarize", files={"file": (name, content)}, data=fields)


class Recorder(BaseHTTPRequestHandler):
    """What stands where a model would, and only counts who comes as far."""

    reached = 0

    def do_GET(self) -> None:
        self.answer({"status": "READY"})

    def do_POST(self) -> None:
        type(self).reached += 1
        self.answer({"status": "failed", "error": "E1007"})

    def answer(self, said: dict[str, str]) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway with a token, before a recorder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with gateway(tmp_path_factory.mktemp("guarded"), f"http://127.0.0.1:{server.server_port}") as running:
        token = running.token("one", "--scope", "admin")
        assert comes_true(lambda: httpx.get(f"{running.url}/jobs").status_code == 401)
        httpx.post(
            f"{running.url}/summarize", json={"text": "a"}, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        assert Recorder.reached > 0  # it does count
        yield running
    server.shutdown()


@relaxed
@given(
    headers=st.dictionaries(
        st.sampled_from(["Authorization", "Precis-Key", "Precis-Secret", "Origin", "Host"]), HEADER
    ),
    body=ANY_JSON,
)
def test_nothing_without_a_token_reaches_a_model(guarded: Running, headers: dict[str, str], body: Any) -> None:
    before = Recorder.reached
    for method, path in (("POST", "/summarize"), ("POST", "/batch-summarize"), ("GET", "/jobs"), ("DELETE", "/jobs/x")):
        answer = httpx.request(method, f"{guarded.url}{path}", headers=headers, json=body, timeout=60)
        assert answer.status_code in (400, 401), (path, answer.status_code)
    assert Recorder.reached == before
