"""Replicate's client for JavaScript, 1.4.0, unmodified."""

from pathlib import Path
from typing import Any

import pytest

from tests.replicate_api import foreign
from tests.replicate_api.names import MODEL

BEGIN = f"""
import Replicate from "replicate";
const model = "{MODEL}";
const client = new Replicate({{ auth: "secret-token", baseUrl: process.env.URL + "/v1" }});
const show = (value) => console.log(JSON.stringify(value));
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign.npm(tmp_path_factory.mktemp("javascript"), "replicate@1.4.0")


def run(packages: Path, url: str, script: str) -> Any:
    return foreign.node(packages, BEGIN + script, URL=url)


def test_a_model_runs_waiting_and_polling(packages: Path, api_url: str) -> None:
    script = """
const waited = await client.run(model, { input: { text: "one two" } });
const version = (await client.models.get("acme", "precis")).latest_version.id;
const wait = { mode: "poll", interval: 50 };
const polled = await client.run(`${model}:${version}`, { input: { text: "one two" }, wait });
show([waited.join(""), polled.join("")]);
"""
    assert run(packages, api_url, script) == ["one two ", "one two "]


def test_a_model_streams(packages: Path, api_url: str) -> None:
    script = """
const events = [];
for await (const { event, data, id } of client.stream(model, { input: { text: "one\\n\\ntwo three" } })) {
  events.push([event, data, id]);
}
show(events);
"""
    events = run(packages, api_url, script)
    assert [event for event, _, _ in events] == ["output", "output", "done"]
    assert "".join(data for event, data, _ in events if event == "output") == "one\n\ntwo three "
    assert len({number for _, _, number in events}) == 3


def test_a_stream_that_fails_raises_its_text(packages: Path, api_url: str) -> None:
    script = """
try {
  for await (const event of client.stream(model, { input: { text: "one refuse" } })) { }
} catch (error) { show(error.message); }
"""
    assert "E1002 document is 9,214 tokens" in run(packages, api_url, script)


def test_a_buffer_is_uploaded_and_its_bytes_reach_the_model(packages: Path, api_url: str) -> None:
    script = """
const output = await client.run(model, { input: { document: Buffer.from("alpha beta") } });
const files = await client.files.list();
const one = await client.files.get(files.results[0].id);
const deleted = await client.files.delete(one.id);
show([output.join(""), one.size, deleted]);
"""
    assert run(packages, api_url, script) == ["document.txt alpha beta ", 10, True]


def test_a_client_as_an_input_is_refused_and_its_token_is_kept_nowhere(packages: Path, api_url: str) -> None:
    script = """
const careless = new Replicate({
  auth: "very-secret", baseUrl: process.env.URL + "/v1", fileEncodingStrategy: "data-uri" });
let message = "";
try { await careless.run(model, { input: { text: "one" } }); } catch (error) { message = error.message; }
const kept = JSON.stringify(await client.predictions.list());
show([message, kept.includes("very-secret")]);
"""
    message, is_kept = run(packages, api_url, script)
    assert "422" in message
    assert "is a client and not a model's inputs" in message
    assert "very-secret" not in message
    assert not is_kept


def test_deployments_come_and_go(packages: Path, api_url: str) -> None:
    script = """
const version = (await client.models.get("acme", "precis")).latest_version.id;
const made = await client.deployments.create({
  name: "from-javascript", model, version, hardware: "cpu", min_instances: 0, max_instances: 1 });
const updated = await client.deployments.update("acme", "from-javascript", { max_instances: 3 });
let prediction = await client.deployments.predictions.create(
  "acme", "from-javascript", { input: { text: "one two" }, wait: true });
await client.deployments.delete("acme", "from-javascript");
let status = 0;
try { await client.deployments.get("acme", "from-javascript"); } catch (error) { status = error.response.status; }
show([made.owner, updated.current_release.number, updated.current_release.configuration.max_instances,
      prediction.output.join(""), status]);
"""
    assert run(packages, api_url, script) == ["acme", 2, 3, "one two ", 404]
