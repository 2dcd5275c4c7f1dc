"""What a server says of its setup, and what stands in the logs of its predictions."""

import zipfile
from pathlib import Path

from serving import client, server
from serving.inputs import data_url
from serving.server import Server

TEXT = "The council met on Monday. It voted to mend the bridge over the Alm for three million pounds."
KINDS = ["model", "engine", "memory", "ready"]


def test_a_setups_log_is_what_was_loaded_from_where_onto_what_and_how_long(server_url: str) -> None:
    lines = server.health(server_url)["setup"]["logs"].splitlines()
    assert all(line.startswith("[coglet::setup] ") for line in lines), lines
    said = dict(line.removeprefix("[coglet::setup] ").split(": ", 1) for line in lines)
    assert list(said) == KINDS
    assert said["model"].startswith("smollm2-135m (")
    assert said["model"].endswith("weights/smollm2-135m")
    assert " on cpu, " in said["engine"]
    assert " MB for requests, " in said["memory"]
    assert said["ready"].startswith("after ")


def test_a_predictions_log_has_nothing_of_what_is_loaded_for_it(server_url: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.zip"
    with zipfile.ZipFile(notes, "w") as archive:
        archive.writestr("alm.md", "# The Alm\n\nThe Alm is a river. Its ferry is older than the bridge.\n")
    prediction = client.summarize(
        server_url, {"text": TEXT, "max_tokens": 8, "knowledge": data_url(notes), "redact_pii": "mask"}
    )
    assert prediction["logs"] == ""


def test_metrics_say_which_model_it_is_and_why(server_url: str) -> None:
    metrics = client.summarize(server_url, {"text": TEXT, "max_tokens": 2})["metrics"]
    assert metrics["model"] == "smollm2-135m"
    assert metrics["model_reason"] in ("the default", "named by PRECIS_MODEL")
    assert (metrics["device"], metrics["attention"], metrics["fast_paths"]) == ("cpu", "precis_cpu", [])
    assert metrics["dtype"] in ("float32", "bfloat16")


def test_the_servers_own_log_has_no_bars_and_no_deprecations(server: Server) -> None:
    assert server.log is not None
    log = server.log.read_text(errors="replace")
    assert "ready: " in log
    assert "Loading weights" not in log
    assert "deprecated" not in log
