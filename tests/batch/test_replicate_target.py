"""`precis batch` through Replicate's API, the local one, which misbehaves as Replicate does now and then."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from batch.documents import Document
from batch.replicate_target import ReplicateTarget
from batch.shards import Row, Shard
from replicate_api import serve
from serving.server import ROOT
from tests.batch.test_run import has_more_than, lines, table
from tests.serving.processes import eventually

FAULTS = """
seed = 11
[[fault]]
kind = "throttled"
rate = 0.1
seconds = 0.1
[[fault]]
kind = "error"
rate = 0.1
[[fault]]
kind = "unanswered"
rate = 0.2
on = "create"
[[fault]]
kind = "dropped"
rate = 0.05
on = "any"
[[fault]]
kind = "aborted"
rate = 0.1
"""


@contextmanager
def api(instant_url: str, folder: Path, faults: str = "") -> Iterator[str]:
    """The address of the API, with these faults."""
    (folder / "faults.toml").write_text(faults)
    with serve.in_front_of([instant_url], "127.0.0.1", 0, folder / "faults.toml" if faults else None) as url:
        yield url


def command(url: str, *arguments: object, token: str | None = None) -> tuple[list[str], dict[str, str]]:
    environment = os.environ | {"REPLICATE_BASE_URL": url, "REPLICATE_API_TOKEN": "any" if token is None else token}
    return [sys.executable, "-m", "cli", "batch", "run", *map(str, arguments)], environment


def run(url: str, *arguments: object, token: str | None = None) -> subprocess.CompletedProcess[str]:
    said, environment = command(url, *arguments, token=token)
    return subprocess.run(said, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)


def predictions(url: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/v1/predictions", headers={"Authorization": "Bearer any"}, trust_env=False)
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.mark.parametrize("target", ["me/precis", "deployments/me/nightly"])
def test_every_document_comes_back_from_a_model_and_a_deployment(instant_url: str, tmp_path: Path, target: str) -> None:
    source = table(tmp_path / "in.jsonl", [f"ferry {n} was late" for n in range(100)])
    with api(instant_url, tmp_path) as url:
        body = {"name": "nightly", "model": "me/precis", "version": version(url), "hardware": "cpu"}
        made = httpx.post(
            f"{url}/v1/deployments", json=body | {"min_instances": 0, "max_instances": 1},
            headers={"Authorization": "Bearer any"}, trust_env=False,
        )  # fmt: skip
        assert made.is_success
        ran = run(
            url, source, "--out", tmp_path / "out.jsonl", "--to", f"replicate:{target}", "--shard-rows", 40,
            "--hardware", "gpu-t4", "--deadline", "1h",
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert len(predictions(url)) == 3
    assert len(lines(tmp_path / "out.jsonl")) == 100
    assert "$0.0" in ran.stderr


def version(url: str) -> str:
    answer = httpx.get(f"{url}/v1/models/me/precis", headers={"Authorization": "Bearer any"}, trust_env=False)
    return str(answer.json()["latest_version"]["id"])


def test_no_more_predictions_are_made_in_a_minute_than_replicate_takes(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run_all() -> None:
        target = ReplicateTarget("me/precis")
        shards = [Shard({n: Row(n, 0, Document(n, n, {"text": "good ferry"}, None))}) for n in range(1, 26)]

        async def note(_ticket: str) -> None:
            pass

        async def run_one(shard: Shard) -> None:
            async for _ in target.run(shard, {}, note):
                pass

        await asyncio.gather(*map(run_one, shards))
        await target.close()

    with api(instant_url, tmp_path) as url:
        monkeypatch.setenv("REPLICATE_API_TOKEN", "any")
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        asyncio.run(run_all())
        times = sorted(datetime.fromisoformat(one["created_at"]).timestamp() for one in predictions(url))
    assert len(times) == 25
    assert all(later - earlier > 0.9 for earlier, later in zip(times, times[10:], strict=False))  # ten a second


def test_no_fault_loses_a_document_or_makes_a_prediction_twice(instant_url: str, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", [f"ferry {n} was late" for n in range(200)]), tmp_path / "out.jsonl"
    with api(instant_url, tmp_path, FAULTS) as url:
        ran = run(url, source, "--out", out, "--to", "replicate:me/precis", "--shard-rows", 10, "--concurrency", 4)
        assert ran.returncode == 0, ran.stderr
        files = [one["input"]["documents"] for one in predictions(url)]
    assert len(lines(out)) == 200
    assert len(files) == len(set(files))


def test_a_prediction_whose_driver_was_killed_is_asked_for_and_not_made_again(instant_url: str, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", ["slow ferry"] * 120), tmp_path / "out.jsonl"
    arguments = (source, "--out", out, "--to", "replicate:me/precis", "--shard-rows", 120)
    with api(instant_url, tmp_path) as url:
        said, environment = command(url, *arguments)
        process = subprocess.Popen(said, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            assert eventually(lambda: bool(predictions(url)), seconds=60)
        finally:
            process.kill()
            process.wait()
        assert run(url, *arguments).returncode == 0
        assert len(predictions(url)) == 1
    assert len(lines(out)) == 120
    assert not has_more_than(120, out)


@pytest.mark.parametrize(
    ("arguments", "token", "said"),
    [
        (["--to", "replicate:me/precis:0000"], "any", "E6007 "),
        (["--to", "replicate:deployments/me/none"], "any", "E6006 "),
        (["--to", "replicate:me/precis"], "wrong", "E6005 "),
        (["--to", "replicate:me/precis"], "", "E6005 REPLICATE_API_TOKEN is not set"),
        (["--to", "replicate:me"], "any", "E6006 'replicate:me' must be replicate:[deployments/]OWNER/NAME"),
        (["--to", "replicate:me/precis", "-i", "style=none"], "any", "E6007 "),
    ],
)
def test_what_no_other_try_would_mend_stops_at_once(
    instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], token: str, said: str
) -> None:
    monkeypatch.setenv("PRECIS_API_TOKEN", "any")
    source = table(tmp_path / "in.jsonl", ["ferry"] * 10)
    with api(instant_url, tmp_path) as url:
        ran = run(url, source, "--out", tmp_path / "out.jsonl", *arguments, token=token)
        assert not predictions(url)
    assert ran.returncode == 2, ran.stderr
    assert f"precis: {said}" in ran.stderr
    assert "Traceback" not in ran.stderr
