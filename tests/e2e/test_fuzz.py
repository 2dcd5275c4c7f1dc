"""Any JSON at all: the server never answers 5xx, never shows a traceback, and goes on."""

import re
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import client, schema
from serving.server import ROOT

API: Any = schemathesis.openapi.from_dict(schema.openapi(ROOT / "predict.py"))
OPERATION = API["/predictions"]["POST"]
SHORT = {"max_tokens": 4, "max_new_tokens": 0}  # what is generated is not the question here

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=12), values, max_size=4),
    max_leaves=10,
)
NAMES = sorted(schema.openapi(ROOT / "predict.py")["components"]["schemas"]["Input"]["properties"])
USERS_CODE = re.compile(r"\bE[14]\d{3} ")
relaxed = settings(suppress_health_check=list(HealthCheck))


def post(url: str, body: Any) -> httpx.Response:
    answer = httpx.post(f"{url}/predictions", json=body, timeout=60, trust_env=False)
    assert answer.status_code < 500, answer.status_code
    assert "Traceback" not in answer.text
    return answer


@relaxed
@given(case=OPERATION.as_strategy())
def test_bodies_that_fit_the_schema_are_answered(server_url: str, case: Any) -> None:
    body: Any = case.body if isinstance(case.body, dict) else {}
    inputs: dict[str, Any] = body["input"] if isinstance(body.get("input"), dict) else {}
    for name in ("document", "documents", "knowledge"):
        inputs.pop(name, None)  # any URL fits the schema, and none of them leads anywhere from here
    answer = post(server_url, {"input": inputs | SHORT})
    error = answer.json().get("error") or ""
    assert answer.status_code == 422 or answer.json()["status"] == "succeeded" or USERS_CODE.search(error), error


@relaxed
@given(body=ANY_JSON | st.fixed_dictionaries({"input": st.dictionaries(st.sampled_from(NAMES), ANY_JSON)}))
def test_bodies_of_any_shape_are_answered(server_url: str, body: Any) -> None:
    if isinstance(body, dict) and isinstance(body.get("input"), dict):
        body["input"] |= SHORT
    post(server_url, body)


def test_the_server_goes_on_after_all_that(server_url: str) -> None:
    text = "The council voted to build a bridge."
    assert client.summarize(server_url, {"text": text} | SHORT)["status"] == "succeeded"
