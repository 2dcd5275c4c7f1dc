"""`precis batch` and Ray Data on a real Ray cluster: two workers on this machine, with next to no weights."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from serving.server import ROOT
from tests.batch.test_run import command, lines, lines_so_far, table
from tests.serving.processes import children, eventually, needs_proc, title

pytest.importorskip("ray", reason="Ray is an extra: pip install -r requirements-ray.txt")

from ray.cluster_utils import Cluster

from batch import targets
from batch.ray_target import Room, room
from benchmarks import many_rows
from errors import UserError

TEXT = "The ferry to the island was late on day {} because of the wind. The harbour master asked everybody to wait."
SECONDS = 300
JOB = """
import sys
from batch import ray_data
from examples import ray_data as example
ray_data.BATCH_ROWS = int(sys.argv[1])
example.main(*sys.argv[2:])
"""
BATCH_ROWS = 8
ENGINE = "MapWorker(MapBatches(Summarizer))"  # an actor of Ray Data's, as it calls its process; what it does follows


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head without cores, and two workers with an engine each; the second has a core beside it that reads."""
    with many_rows.model(None) as model, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_MODEL", model)
        environment.setenv("PRECIS_REPLICAS", "1")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        started = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        try:
            for cores in (1, 2):
                started.add_node(num_cpus=cores)
            yield started
        finally:
            started.shutdown()


def actors(name: str) -> list[int]:
    """The processes of actors on the cluster's workers, which this process started."""
    workers = [pid for raylet in children(os.getpid()) for pid in children(raylet)]
    return [pid for pid in workers if title(pid).startswith(f"ray::{name}")]


def kill(processes: list[int]) -> None:
    assert processes
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


def write_parts(folder: Path) -> list[str]:
    """Write some Parquet files, more than two engines have at once, and return the ids of their rows, sorted."""
    folder.mkdir()
    ids = [f"doc-{n:03}" for n in range(320)]
    for first in range(0, len(ids), 80):
        some = ids[first : first + 80]
        columns = {"id": some, "text": [TEXT.format(one) for one in some]}
        pyarrow.parquet.write_table(pyarrow.table(columns), folder / f"{first}.parquet")
    return ids


class Job:
    """examples/ray_data.py on a cluster, with small batches, from in to out in a folder."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._out, self._log = folder / "out", folder / "log"
        self._command = [sys.executable, "-c", JOB, str(BATCH_ROWS), str(folder / "in"), str(self._out)]
        self._command += ["style=news", "max_tokens=4"]
        self._environment = os.environ | {"RAY_ADDRESS": cluster.address, "PYTHONPATH": str(ROOT)}

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """The job as a process, which is killed at the end of the block."""
        with self._log.open("wb") as log:
            process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def files(self) -> list[Path]:
        """Its results so far, a file for each batch."""
        return list(self._out.glob("*.parquet"))

    def written(self) -> list[dict[str, Any]]:
        """Its results, by their ids."""
        return sorted(pyarrow.parquet.read_table(self._out).to_pylist(), key=itemgetter("id"))

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-4000:]


@needs_proc
def test_workers_that_are_killed_cost_no_document_and_none_comes_twice(cluster: Cluster, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", [TEXT.format(n) for n in range(200)]), tmp_path / "out.jsonl"
    run = command("run", source, "--out", out, "--to", f"ray:{cluster.address}", "-i", "max_tokens=4")
    run += ["--shard-rows", "5", "--json-progress"]
    process = subprocess.Popen(run, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert eventually(lambda: lines_so_far(out), SECONDS)
        kill(actors("Engine"))
        _, said = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, said
    assert max(json.loads(line).get("retries", 0) for line in said.splitlines()) > 0
    assert {(one["id"], one["status"]) for one in lines(out)} == {(f"doc-{n}", "succeeded") for n in range(200)}
    assert "ferry" not in said
    assert eventually(lambda: not actors("Engine"))  # the cards are free


@needs_proc
def test_a_job_of_ray_data_that_is_killed_and_then_loses_its_engines_writes_every_row_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    job, ids = Job(cluster, tmp_path), write_parts(tmp_path / "in")
    with job.started():
        assert eventually(job.files, SECONDS)
    assert eventually(lambda: not actors("MapWorker"))  # they end with the job
    with job.started() as process:
        # Its files say nothing of its engines: small ones can be done, and gone, before Ray writes what they made.
        assert eventually(lambda: actors(f"{ENGINE}.submit"), SECONDS)
        kill(actors(ENGINE))
        assert len(job.files()) < len(ids) / BATCH_ROWS
        assert process.wait(timeout=SECONDS) == 0, job.said()
    assert [line["id"] for line in job.written()] == ids
    assert {(line["status"], line["style"]) for line in job.written()} == {("succeeded", "news")}


def test_that_ray_is_missing_is_one_sentence(tmp_path: Path) -> None:
    source = table(tmp_path / "in.jsonl", ["ferry"])
    arguments = ["batch", "run", str(source), "--out", str(tmp_path / "out.jsonl"), "--to", "ray"]
    code = f"import sys; sys.modules['ray'] = None; import cli; sys.exit(cli.main({arguments}))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (2, "precis: E6008 ray needs ray: pip install -r requirements-ray.txt\n")


@pytest.mark.parametrize("target", ["ray:127.0.0.1:1", "ray:127.0.0.1:99999", "ray://127.0.0.1:10001", "ray:nonsense"])
def test_a_cluster_that_cannot_be_joined_is_said_at_once(target: str) -> None:
    with pytest.raises(UserError, match="E6006"):
        targets.parse(target)


def test_an_engine_has_a_card_or_a_node() -> None:
    cards = [{"Alive": True, "Resources": {"CPU": 16.0, "GPU": 4.0}}, {"Alive": True, "Resources": {"CPU": 8.0}}]
    assert room(cards) == Room(4, num_cpus=1, num_gpus=1)
    cores = [{"Alive": alive, "Resources": {"CPU": cores}} for alive, cores in ((True, 8.0), (True, 4.0), (False, 2.0))]
    assert room([*cores, {"Alive": True, "Resources": {}}]) == Room(2, num_cpus=4, num_gpus=0)
    assert room([]) == Room(0, num_cpus=0, num_gpus=0)
