"""`precis deploy` as a user types it, against the local Replicate API."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from batch import deploy
from cli import main
from tests.batch.test_replicate_target import api, predictions, version

NAME = "me/nightly"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "any")


def release(url: str) -> dict[str, Any]:
    answer = httpx.get(f"{url}/v1/deployments/{NAME}", headers={"Authorization": "Bearer any"}, trust_env=False)
    found: dict[str, Any] = answer.raise_for_status().json()["current_release"]
    return found


def test_a_deployment_is_made_then_changed_then_left_as_it_is(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with api(instant_url, tmp_path) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        served = version(url)
        assert main(["deploy", NAME, "--model", "me/precis", "--hardware", "gpu-t4"]) == 0
        assert capsys.readouterr().out == (
            f"created me/nightly of me/precis: min_instances 0, max_instances 1, version {served[:12]}, "
            "hardware gpu-t4\n"
        )
        assert release(url)["model"] == "me/precis"
        assert main(["deploy", NAME, "--hardware", "gpu-l40s", "--max", "3"]) == 0
        assert capsys.readouterr().out == ("updated me/nightly: hardware gpu-t4 → gpu-l40s, max_instances 1 → 3\n")
        assert release(url)["configuration"] == {"hardware": "gpu-l40s", "min_instances": 0, "max_instances": 3}
        for same in (["--min", "0", "--max", "3"], ["--version", served], ["--model", "me/precis"], []):
            assert main(["deploy", NAME, *same]) == 0
            assert capsys.readouterr().out.startswith("nothing changed: me/nightly has hardware gpu-l40s")
        assert release(url)["number"] == 2


def test_it_is_waited_for_until_it_answers(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "_LOOK_SECONDS", 0.1)
    with api(instant_url, tmp_path, '[[fault]]\nkind = "cold"\nseconds = 1') as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        assert main(["deploy", NAME, "--hardware", "cpu", "--wait"]) == 0
        assert [(one["status"], one["deployment"]) for one in predictions(url)] == [("succeeded", NAME)]
    assert "me/nightly answered after " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nightly"], "E6006 'nightly' must be OWNER/NAME"),
        ([NAME], "E1009 me/nightly is new, and hardware is not said"),
        ([NAME, "--hardware", "abacus"], "E6007 Replicate refuses what is asked: - hardware: must be one of cpu"),
        ([NAME, "--hardware", "cpu", "--min", "3"], "E6007 Replicate refuses what is asked: - min_instances: must be"),
        ([NAME, "--hardware", "cpu", "--version", "1"], "E6007 Replicate refuses what is asked: - version: is not"),
    ],
)
def test_what_cannot_be_deployed_is_said_in_one_sentence(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    with api(instant_url, tmp_path) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        assert main(["deploy", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"precis: {said}")


def test_a_deployment_keeps_its_model(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with api(instant_url, tmp_path) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        main(["deploy", NAME, "--hardware", "cpu"])
        assert main(["deploy", NAME, "--model", "you/other"]) == 2
    assert "E1009 me/nightly has the model me/nightly, and a deployment keeps its model" in capsys.readouterr().err


def test_a_token_that_is_wrong_stops_at_once(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRECIS_API_TOKEN", "another")
    with api(instant_url, tmp_path) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        assert main(["deploy", NAME, "--hardware", "cpu"]) == 2
    assert "E6005 Replicate answered 401" in capsys.readouterr().err
