"""The replicate client for Python, 1.0.7, unmodified."""

from replicate.client import Client

from tests.replicate_api.names import MODEL


def version(client: Client) -> str:
    latest = client.models.get(MODEL).latest_version
    assert latest is not None
    return str(latest.id)


def test_a_model_runs_and_its_output_is_whole(client: Client) -> None:
    assert "".join(client.run(MODEL, input={"text": "one two three"})) == "one two three "
    assert "".join(client.run(f"{MODEL}:{version(client)}", input={"text": "one two"}, wait=False)) == "one two "


def test_a_model_streams(client: Client) -> None:
    events = list(client.stream(MODEL, input={"text": "one two"}))
    assert [event.event.value for event in events] == ["output", "output", "done"]
    assert "".join(map(str, events)) == "one two "
