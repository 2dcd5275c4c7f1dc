"""Jobs in the background, against a real Cog server of a model that answers at once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batch import background, jobs
from errors import Fault, UserError
from serving.server import ROOT, free_port
from storage import places
from tests.serving.processes import eventually


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return places.state() / "jobs"


def ferries(count: int, word: str = "quick") -> list[jobs.Row]:
    return [{"id": f"doc-{n}", "text": f"{word} ferry number {n} was late"} for n in range(count)]


def numbers(results: list[dict[str, Any]]) -> list[int]:
    return sorted(result["line"] for result in results)


def test_a_job_gives_the_result_of_each_row_with_the_options_of_all(instant_url: str, home: Path) -> None:
    job = jobs.submit([*ferries(50), "a ferry without an id"], to=instant_url, style="legal")
    results = list(job.results())
    assert numbers(results) == list(range(1, 52))
    assert {(result["status"], result["style"]) for result in results} == {("succeeded", "legal")}
    assert job.done()
    assert (home / job.id).stat().st_mode & 0o077 == 0
    assert "ferry" not in (home / job.id / "log").read_text()


def test_another_process_reads_the_results_by_the_id_after_the_caller_has_gone(instant_url: str) -> None:
    submitting = f"from batch import jobs; print(jobs.submit(['slow ferry'] * 40, to={instant_url!r}).id)"
    reading = "import json, sys; from batch import jobs\nfor r in jobs.get(sys.argv[1]).results(): print(json.dumps(r))"
    job_id = python(submitting).strip()
    results = [json.loads(line) for line in python(reading, job_id).splitlines()]
    assert numbers(results) == list(range(1, 41))


def python(code: str, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    return ran.stdout


def test_results_come_before_the_job_is_done(instant_url: str) -> None:
    job = jobs.submit(ferries(400, "slow"), to=instant_url)
    try:
        assert next(job.results())["status"] == "succeeded"
        assert not job.done()
    finally:
        job.cancel()


def test_a_job_that_was_killed_says_so_and_is_finished_by_resuming(instant_url: str) -> None:
    job = jobs.submit(ferries(200, "slow"), to=instant_url)
    results = job.results()
    came = [next(results)]
    os.kill(pid(job), signal.SIGKILL)
    with pytest.raises(Fault, match="E5010"):
        came += results
    assert len(came) < 200
    job.resume()
    assert numbers(list(job.results())) == list(range(1, 201))
    lines = (job.folder / background.OUT).read_text().splitlines()
    assert len(lines) == 200


def pid(job: jobs.Job) -> int:
    return int((job.folder / "lock").read_text().split()[0])


def test_a_canceled_job_ends_with_its_predictions_and_keeps_what_came(instant_url: str) -> None:
    job = jobs.submit(ferries(400, "slow"), to=instant_url)
    next(job.results())
    job.cancel()
    assert job.done()
    with pytest.raises(Fault, match="E5010"):
        list(job.results())
    assert 0 < len((job.folder / background.OUT).read_text().splitlines()) < 400


def test_a_job_that_runs_is_not_begun_twice(instant_url: str) -> None:
    job = jobs.submit(ferries(100, "slow"), to=instant_url)
    try:
        with pytest.raises(UserError, match="E6001"):
            job.resume()
    finally:
        job.cancel()


def test_a_folder_that_is_given_has_one_job_that_is_found_by_it(instant_url: str, tmp_path: Path) -> None:
    job = jobs.submit(ferries(3), to=[instant_url], folder=tmp_path / "mine")
    assert jobs.get(str(tmp_path / "mine")) == job
    assert jobs.get(job.id) == job
    with pytest.raises(UserError, match="E6002"):
        jobs.submit(ferries(3), to=[instant_url], folder=tmp_path / "mine")
    assert len(list(job.results())) == 3


def test_map_keeps_the_order_of_the_rows_and_leaves_nothing(instant_url: str, home: Path) -> None:
    rows = ["slow ferry", *[f"quick ferry {n}" for n in range(60)]]
    results = list(jobs.map(rows, to=instant_url))
    assert [result["summary"] for result in results if isinstance(result, dict)] == [
        "ferry", *map(str, range(60)),
    ]  # fmt: skip
    assert not home.exists()


def test_map_without_an_order_yields_what_is_there(instant_url: str) -> None:
    rows: list[jobs.Row] = [{"text": "slow ferry", "id": "first"}, *ferries(20)]
    results = list(jobs.map(rows, to=instant_url, order=False))
    assert {result["id"] for result in results if isinstance(result, dict)} == {
        "first", *(f"doc-{n}" for n in range(20)),
    }  # fmt: skip


def test_a_row_that_failed_raises_its_error_or_is_yielded_as_one(instant_url: str) -> None:
    rows: list[jobs.Row] = ["good ferry", "bad ferry", "fault ferry", {"text": "two", "html": "sources"}]
    with pytest.raises(UserError, match="E1007"):
        list(jobs.map(rows, to=instant_url))
    results = list(jobs.map(rows, to=instant_url, return_exceptions=True))
    assert isinstance(results[0], dict)
    assert [(type(error), getattr(error, "code", None)) for error in results[1:]] == [
        (UserError, "E1007"),
        (Fault, "E5001"),
        (UserError, "E1013"),
    ]


def test_a_loop_that_ends_early_ends_the_job(instant_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    results = jobs.map(["slow ferry"] * 400, to=instant_url, order=False)
    next(results)
    (folder,) = tmp_path.glob("precis-run-*")
    process = pid(jobs.Job("", folder))
    results.close()  # type: ignore[attr-defined]  # a generator, as every loop knows
    assert not folder.exists()
    assert eventually(lambda: not Path(f"/proc/{process}").exists(), seconds=10)


def test_nothing_is_made_of_nothing(instant_url: str) -> None:
    assert list(jobs.map([], to=instant_url)) == []


@pytest.mark.parametrize(
    ("row", "options", "code"),
    [
        ("ferry", {"to": "http://127.0.0.1:1", "volume": 3}, "E1009 'volume' is no input"),
        ("ferry", {"to": "http://127.0.0.1:1", "seed": {3}}, "E1009 seed is a set that cannot be written"),
        ("ferry", {"to": "http://127.0.0.1:1", "knowledge": Path("none")}, "E1004 none cannot be read"),
        ("ferry", {"to": "ftp://there"}, "E6006"),
        (7, {"to": "http://127.0.0.1:1"}, "E1013 row 1 is a int"),
        ({"text": {1, 2}}, {"to": "http://127.0.0.1:1"}, "E1013 row 1 cannot be written"),
    ],
)
def test_what_cannot_be_is_said_when_it_is_submitted(home: Path, row: Any, options: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError, match=code):
        jobs.submit([row], **options)
    assert not list(home.glob("*/in.jsonl"))


@pytest.mark.parametrize(("style", "code"), [("general", "E3001"), ("none", "E6007")])
def test_what_stops_the_whole_job_is_raised_where_results_are_read(instant_url: str, style: str, code: str) -> None:
    url = instant_url if style == "none" else f"http://127.0.0.1:{free_port()}"
    job = jobs.submit(ferries(3), to=url, style=style)
    with pytest.raises(UserError, match=code):
        list(job.results())


def test_an_id_that_nobody_has_is_said(home: Path) -> None:
    with pytest.raises(UserError, match="E6002 there is no job"):
        jobs.get("none")
