"""The replicate client for Python, 1.0.7, unmodified."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError

from tests.replicate_api.names import MODEL


@pytest.fixture
def version(client: Client) -> str:
    latest = client.models.get(MODEL).latest_version
    assert latest is not None
    return str(latest.id)


@pytest.fixture
def deployment(client: Client, version: str) -> Iterator[str]:
    client.deployments.create(
        name="nightly", model=MODEL, version=version, hardware="gpu-h100", min_instances=0, max_instances=1
    )
    yield "acme/nightly"
    client.deployments.delete("acme", "nightly")


def test_a_model_runs_and_its_output_is_whole(client: Client, version: str) -> None:
    for reference in (MODEL, f"{MODEL}:{version}"):
        for wait in (True, False, 5):
            assert "".join(client.run(reference, input={"text": "one two three"}, wait=wait)) == "one two three "


def test_a_model_streams(client: Client, version: str) -> None:
    for reference in (MODEL, f"{MODEL}:{version}"):
        events = list(client.stream(reference, input={"text": "one two log"}))
        assert [event.event.value for event in events if event.event.value != "logs"] == ["output"] * 3 + ["done"]
        assert "part 1 of 2" in "".join(event.data for event in events if event.event.value == "logs")
        assert "".join(map(str, events)) == "one two log "


def test_words_that_begin_as_urls_stay_texts(client: Client, version: str) -> None:
    text = "see https://example.com or data:text or"
    assert "".join(client.run(MODEL, input={"text": text})) == f"{text} "
    assert "".join(client.run(f"{MODEL}:{version}", input={"text": text}, wait=False)) == f"{text} "
    assert "".join(map(str, client.stream(MODEL, input={"text": text}))) == f"{text} "


def test_lines_that_end_in_other_ways_lose_nothing_in_a_stream(client: Client) -> None:
    text = "".join(f"a{end}b" for end in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") + "c\r\nd"
    streamed = "".join(map(str, client.stream(MODEL, input={"text": text})))
    assert streamed == "a\nb" * 10 + "c\nd "


def test_what_takes_longer_than_the_wait_is_polled_for_and_whole(client: Client) -> None:
    assert "".join(client.run(MODEL, input={"text": "one wait wait two"}, wait=1)) == "one wait wait two "


def test_a_prediction_is_made_found_listed_and_ends(client: Client, version: str) -> None:
    made = client.predictions.create(version=version, input={"text": "one"})
    assert (made.status, made.output, made.model) == ("starting", [], "local/precis")
    made.wait()
    found = client.predictions.get(made.id)
    assert (found.status, found.output, found.input) == ("succeeded", ["one "], {"text": "one"})
    assert found.metrics is not None
    assert found.metrics["predict_time"] <= found.metrics["total_time"]
    assert found.started_at
    assert client.predictions.list().results[0].id == made.id


def test_a_prediction_is_canceled_and_keeps_what_it_said(client: Client) -> None:
    made = client.models.predictions.create(MODEL, input={"text": "one sleep"})
    while not made.output:
        made.reload()
    made.cancel()
    assert (made.status, made.output) == ("canceled", ["one "])
    assert list(map(str, made.stream())) == ["one ", ""]
    assert client.predictions.cancel(made.id).completed_at == made.completed_at  # once is enough


def test_a_failure_is_an_error_with_its_text(client: Client) -> None:
    with pytest.raises(ModelError, match="E1002 document is 9,214 tokens"):
        client.run(MODEL, input={"text": "refuse"})
    with pytest.raises(RuntimeError, match="E1002 document is 9,214 tokens"):
        list(client.stream(MODEL, input={"text": "one refuse"}))


@pytest.mark.parametrize("inputs", [{"style": "shrill"}, {"temperature": "hot"}, {"text": "x" * 1001}])
def test_a_bad_input_is_refused_at_once_and_names_the_field(client: Client, inputs: dict[str, Any]) -> None:
    with pytest.raises(ReplicateError) as refused:
        client.run(MODEL, input=inputs)
    assert refused.value.status == 422
    assert f"input.{next(iter(inputs))}" in str(refused.value.detail)


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for ask in (
        lambda: client.predictions.get("none"),
        lambda: client.deployments.get("acme/none"),
        lambda: client.files.get("none"),
        lambda: client.models.get(MODEL).versions.get("0" * 64),
    ):
        with pytest.raises(ReplicateError) as refused:
            ask()
        assert (refused.value.status, refused.value.detail) == (404, "The requested resource could not be found.")
    with pytest.raises(ReplicateError, match="version does not exist"):
        client.predictions.create(version="0" * 64, input={"text": "a"})


def test_a_file_handle_is_uploaded_and_its_bytes_reach_the_model(client: Client, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("alpha beta")
    with (tmp_path / "report.html").open("rb") as file:
        assert "".join(client.run(MODEL, input={"document": file})) == "document.html alpha beta "


def test_files_come_and_go(client: Client) -> None:
    made = client.files.create(io.BytesIO(b"alpha"), filename="a.md", metadata={"of": "tests"})
    assert (made.size, made.name, made.metadata) == (5, "a.md", {"of": "tests"})
    assert made.id in [file.id for file in client.files.list()]
    assert client.files.get(made.id).checksums == made.checksums
    assert client.files.delete(made.id)
    with pytest.raises(ReplicateError, match=r"files live an hour"):
        client.run(MODEL, input={"document": made.urls["get"]})


def test_a_deployment_answers_under_its_name(client: Client, version: str, deployment: str) -> None:
    made = client.deployments.predictions.create(deployment, input={"text": "one"})
    made.wait()
    assert made.output == ["one "]
    changed = client.deployments.update("acme", "nightly", min_instances=1, max_instances=2)
    release = changed.current_release
    assert release is not None
    assert (release.number, release.configuration.min_instances, release.version) == (2, 1, version)
    assert [listed.name for listed in client.deployments.list()] == ["nightly"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"hardware": "abacus"}, "hardware"), ({"min_instances": 3}, "min_instances"), ({"version": "0"}, "version")],
)
def test_a_deployment_of_what_there_is_not_is_refused(
    client: Client, version: str, wrong: dict[str, Any], field: str
) -> None:
    right = {"name": "bad", "model": MODEL, "version": version, "hardware": "cpu", "min_instances": 0}
    with pytest.raises(ReplicateError, match=field):
        client.deployments.create(**{**right, "max_instances": 1, **wrong})


def test_account_hardware_models_and_versions_are_there(client: Client, version: str) -> None:
    assert client.accounts.current().username == "local"
    assert "gpu-h100" in [hardware.sku for hardware in client.hardware.list()]
    assert client.models.list().results[0].owner == "local"
    model = client.models.get(MODEL)
    assert (model.owner, model.name) == ("acme", "precis")
    assert [found.id for found in model.versions.list()] == [version]
    schemas = model.versions.get(version).openapi_schema["components"]["schemas"]
    assert schemas["Input"]["properties"]["text"]["x-order"] == 0
    assert schemas["Output"]["x-cog-array-display"] == "concatenate"
