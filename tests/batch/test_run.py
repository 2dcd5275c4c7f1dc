"""`precis batch` as a user runs it, against real Cog servers of a model that answers at once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from serving.server import ROOT, free_port, health, start
from tests.serving.processes import eventually, needs_proc

SECONDS = 120


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return table(tmp_path / "in.jsonl", [f"ferry number {n} was late" for n in range(300)])


def table(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"id": f"doc-{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "cli", "batch", *map(str, arguments)]


def batch(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, **{"input": ""} | options
    )


def lines(out: Path) -> list[dict[str, Any]]:
    """What OUT has, which has each id once; every line is whole."""
    text = out.read_text() if out.exists() else ""
    assert text.endswith("\n") or not text
    found = [json.loads(line) for line in text.splitlines()]
    ids = [line["id"] for line in found if line["id"] is not None]
    assert len(ids) == len(set(ids))
    return found


def test_every_document_comes_back_with_the_options_of_all(instant_url: str, source: Path, tmp_path: Path) -> None:
    ran = batch("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url, "-i", "style=legal")
    assert ran.returncode == 0, ran.stderr
    found = lines(tmp_path / "out.jsonl")
    assert {line["id"] for line in found} == {f"doc-{n}" for n in range(300)}
    assert {(line["status"], line["summary"], line["style"]) for line in found} == {("succeeded", "late", "legal")}
    assert "300 done, 0 failed, 0 left" in ran.stderr
    assert "ferry" not in ran.stderr


def test_a_run_that_is_killed_again_and_again_is_finished_by_the_same_command(instant_url: str, tmp_path: Path) -> None:
    source = table(tmp_path / "in.jsonl", ["slow ferry"] * 20 + ["quick ferry"] * 400)
    arguments = command("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url, "--shard-rows", 20)
    done = 0
    for _ in range(3):
        process = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            assert eventually(partial(has_more_than, done, tmp_path / "out.jsonl"), seconds=60)
        finally:
            process.kill()
            process.wait()
        done = len(lines(tmp_path / "out.jsonl"))
        assert done < 420
    assert batch(*arguments[4:]).returncode == 0
    assert len(lines(tmp_path / "out.jsonl")) == 420


def has_more_than(count: int, out: Path) -> bool:
    return len(lines_so_far(out)) > count


def lines_so_far(out: Path) -> list[str]:
    return out.read_text().splitlines() if out.exists() else []


def test_any_character_of_a_summary_comes_back(instant_url: str, tmp_path: Path) -> None:
    words = [f"x{mark}y" for mark in "\u2028\u2029\x85\x0b\x0c\u00e9\u4e2d\U0001f600"]
    source, out = table(tmp_path / "in.jsonl", [f"ferry\t{word}" for word in words]), tmp_path / "out.jsonl"
    assert batch("run", source, "--out", out, "--to", instant_url).returncode == 0
    found = [json.loads(line) for line in out.read_bytes().split(b"\n") if line]
    assert len(found) == len(words)


def test_what_failed_is_tried_again_when_it_is_asked_for(instant_url: str, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", ["good ferry", "bad ferry", "fault ferry"]), tmp_path / "out.jsonl"
    run = ("run", source, "--out", out, "--to", instant_url)
    assert batch(*run).returncode == 3
    status = json.loads(batch("status", out).stdout)
    assert (status["done"], status["failed"], status["codes"]) == (1, 2, {"E1007": 1, "E5001": 1})
    assert batch(*run).returncode == 3
    assert "2 to do again" in batch("retry-failed", out).stdout
    assert len(lines(out)) == 1
    assert batch(*run).returncode == 3
    assert len(lines(out)) == 3


def test_other_options_are_new_work(instant_url: str, source: Path, tmp_path: Path) -> None:
    run = ("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url)
    batch(*run)
    again = batch(*run, "-i", "style=legal")
    assert "300 that were done are new work" in again.stderr
    assert {line["style"] for line in lines(tmp_path / "out.jsonl")} == {"legal"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-i", "style=none"], "E6007 the model refuses what is asked of all documents: style: "),
        (["-i", "volume=3"], "E1009 'volume' is no input"),
        (["--max-cost", "5"], "E1009 max-cost needs hardware"),
        (["--concurrency", "0"], "E1009 concurrency is 0; it must be 1 or more"),
        (["--shard-rows", "-1"], "E1009 shard-rows is -1; it must be 1 or more"),
        (["--hardware", "abacus"], "E1009 hardware is 'abacus'; it must be one of cpu"),
        (["--deadline", "yesterday"], "E1009 deadline is 'yesterday'"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    instant_url: str, source: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    ran = batch("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url, *options)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_nobody_there_is_said_before_anything_is_sent(source: Path, tmp_path: Path) -> None:
    ran = batch("run", source, "--out", tmp_path / "out.jsonl", "--to", f"http://127.0.0.1:{free_port()}")
    assert ran.returncode == 2
    assert "E3001" in ran.stderr


def test_strict_sends_nothing_when_a_document_is_bad(instant_url: str, source: Path, tmp_path: Path) -> None:
    source.write_text(source.read_text() + '{"id": "doc-3", "text": "twice"}\n')
    ran = batch("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url, "--strict")
    assert ran.returncode == 2
    assert "E1013 bad documents: 1; strict was asked for, so nothing was sent" in ran.stderr
    assert not lines(tmp_path / "out.jsonl")


def test_a_dry_run_needs_no_server_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    there = set(tmp_path.iterdir())
    ran = batch("run", source, "--dry-run", "--hardware", "cpu", "--json-progress")
    assert ran.returncode == 0
    said = json.loads(ran.stderr)
    assert (said["documents"], said["bad"], said["shards"]) == (300, 0, 1)
    assert said["tokens"] > 1_000
    assert set(tmp_path.iterdir()) == there


@pytest.mark.parametrize(
    ("arguments", "missing"), [(["in.jsonl"], "--out and --to"), (["-", "--dry-run"], "--out and --to")]
)
def test_what_a_run_cannot_do_without_is_named(arguments: list[str], missing: str) -> None:
    ran = batch("run", *arguments)
    assert ran.returncode == 2
    assert f"E1009 {missing} is missing" in ran.stderr


def test_what_comes_through_a_pipe_is_kept_and_gone_on_with(instant_url: str, source: Path, tmp_path: Path) -> None:
    run = ("run", "-", "--out", tmp_path / "out.jsonl", "--to", instant_url)
    first = batch(*run, input=source.read_text())
    again = batch(*run, input="")
    assert (first.returncode, again.returncode) == (0, 0)
    assert "does not read standard input" not in first.stderr
    assert "this goes on with " in again.stderr
    assert len(lines(tmp_path / "out.jsonl")) == 300


def test_parquet_is_written_in_the_order_of_the_input(instant_url: str, source: Path, tmp_path: Path) -> None:
    assert batch("run", source, "--out", tmp_path / "out.parquet", "--to", instant_url).returncode == 0
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["id"] for row in found] == [f"doc-{n}" for n in range(300)]
    assert found[0]["summary"] == "late"
    assert json.loads(found[0]["usage"])["output_token_count"] == 1


def test_results_are_exported_in_the_order_of_the_input(instant_url: str, source: Path, tmp_path: Path) -> None:
    assert batch("run", source, "--out", tmp_path / "out.jsonl", "--to", instant_url).returncode == 0
    said = batch("export", tmp_path / "out.jsonl", "--out", tmp_path / "sorted.jsonl")
    assert said.stdout == f"300 results in {tmp_path / 'sorted.jsonl'}\n"
    assert [line["id"] for line in lines(tmp_path / "sorted.jsonl")] == [f"doc-{n}" for n in range(300)]
    assert "E6002" in batch("status", tmp_path / "none.jsonl").stderr


def test_a_deadline_ends_a_run_with_a_code_of_its_own_and_another_goes_on(instant_url: str, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", ["slow ferry"] * 400), tmp_path / "out.jsonl"
    run = ("run", source, "--out", out, "--to", instant_url, "--shard-rows", 40)
    ended = batch(*run, "--deadline", "3s", "--hardware", "cpu")
    assert ended.returncode == 4
    assert " left, $0.00 so far" in ended.stderr
    assert "the same command goes on from here" in ended.stderr
    assert batch(*run).returncode == 0
    assert len(lines(out)) == 400


@needs_proc
def test_the_first_signal_drains_and_says_how_to_go_on(instant_url: str, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", ["slow ferry"] * 400), tmp_path / "out.jsonl"
    arguments = command("run", source, "--out", out, "--to", instant_url, "--shard-rows", 40)
    process = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert eventually(lambda: bool(lines_so_far(out)), seconds=60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in said
    assert len(lines(out)) % 40 == 0


@pytest.fixture
def two_servers(instant_project: Path) -> Iterator[list[Any]]:
    servers = [start(instant_project, port=free_port()) for _ in range(2)]
    try:
        for server in servers:
            server.wait_until_ready(60)
        yield servers
    finally:
        for server in servers:
            server.stop(at_once=True)


@needs_proc
def test_when_one_server_is_killed_the_other_does_its_work(two_servers: list[Any], tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", ["slow ferry"] * 600), tmp_path / "out.jsonl"
    urls = [server.url for server in two_servers]
    arguments = command("run", source, "--out", out, "--to", *urls, "--shard-rows", 20)
    process = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert eventually(lambda: len(lines_so_far(out)) > 100, seconds=60)
    os.killpg(two_servers[0].process.pid, signal.SIGKILL)
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert len(lines(out)) == 600


@needs_proc
def test_a_document_that_kills_workers_fails_alone(instant_project: Path, tmp_path: Path) -> None:
    """Cog never restarts a worker: whoever runs the container does, as is done here."""
    source, out = table(tmp_path / "in.jsonl", ["ferry", "poison ferry", *["ferry"] * 30]), tmp_path / "out.jsonl"
    server = start(instant_project, port=free_port())
    server.wait_until_ready(60)
    process = subprocess.Popen(
        command("run", source, "--out", out, "--to", server.url), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if health(server.url).get("status") == "UNHEALTHY":  # it may be so again before it was ever seen ready
                server.stop(at_once=True)
                server = start(instant_project, port=int(server.url.rpartition(":")[2]))
            time.sleep(0.1)
    finally:
        server.stop(at_once=True)
        process.kill()
    _, said = process.communicate(timeout=10)
    assert process.returncode == 3, said
    found = {line["id"]: line for line in lines(out)}
    assert len(found) == 32
    assert [name for name, line in found.items() if line["status"] == "failed"] == ["doc-1"]
    assert found["doc-1"]["error"]["code"] == "E5009"
