"""The replicate client for Python, 2.0.0b4, unmodified: it cannot be installed beside 1.0.7."""

from pathlib import Path
from typing import Any

import pytest

from tests.replicate_api import foreign
from tests.replicate_api.names import MODEL

BEGIN = f"""
import json, os, pathlib, sys
from replicate import Replicate
MODEL = {MODEL!r}
client = Replicate(bearer_token="secret-token", base_url=os.environ["REPLICATE_BASE_URL"])
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign.pip(tmp_path_factory.mktemp("replicate2"), "replicate==2.0.0b4")


def run(packages: Path, url: str, script: str) -> Any:
    return foreign.python(packages, BEGIN + script, REPLICATE_BASE_URL=url, REPLICATE_API_TOKEN="secret-token")


@pytest.mark.parametrize("path", ["", "/v1"])
def test_a_model_runs_at_the_root_and_under_v1(packages: Path, api_url: str, path: str) -> None:
    script = 'print(json.dumps("".join(client.run(MODEL, input={"text": "one two three"}))))'
    assert run(packages, api_url + path, script) == "one two three "


def test_a_model_streams(packages: Path, api_url: str) -> None:
    script = 'print(json.dumps([str(piece) for piece in client.stream(MODEL, input={"text": "one two"})]))'
    assert "".join(run(packages, f"{api_url}/v1", script)) == "one two "


def test_predictions_are_made_found_listed_and_canceled(packages: Path, api_url: str) -> None:
    script = """
version = client.models.get(model_owner="acme", model_name="precis").latest_version.id
made = client.predictions.create(version=version, input={"text": "one sleep"})
found = client.predictions.get(prediction_id=made.id)
listed = made.id in [prediction.id for prediction in client.predictions.list()]
canceled = client.predictions.cancel(prediction_id=made.id)
print(json.dumps([made.status, found.id == made.id, listed, canceled.status]))
"""
    assert run(packages, f"{api_url}/v1", script) == ["starting", True, True, "canceled"]


def test_a_failure_is_an_error_with_its_text(packages: Path, api_url: str) -> None:
    script = """
try:
    client.run(MODEL, input={"text": "refuse"})
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""
    name, text = run(packages, f"{api_url}/v1", script)
    assert name == "ModelError"
    assert "E1002 document is 9,214 tokens" in text


def test_a_file_is_uploaded_and_its_bytes_reach_the_model(packages: Path, api_url: str, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("alpha beta")
    script = f"""
with open({str(tmp_path / "report.txt")!r}, "rb") as file:
    print(json.dumps("".join(client.run(MODEL, input={{"document": file}}))))
"""
    assert "alpha beta" in run(packages, f"{api_url}/v1", script)


def test_what_the_account_has_is_listed(packages: Path, api_url: str) -> None:
    script = """
account = client.account.get()
hardware = client.hardware.list()
secret = client.webhooks.default.secret.get()
print(json.dumps([account.username, hardware[0].sku, secret.key[:6]]))
"""
    assert run(packages, f"{api_url}/v1", script) == ["local", "cpu", "whsec_"]
