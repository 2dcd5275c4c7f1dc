"""`precis batch` and Ray Data on a real Ray cluster: two workers on this machine, with the embedded model."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from serving.server import ROOT
from tests.batch.test_run import command, lines, lines_so_far, table
from tests.serving.processes import children, eventually, needs_proc

pytest.importorskip("ray", reason="Ray is an extra: pip install -r requirements-ray.txt")

from ray.cluster_utils import Cluster

from batch import targets
from batch.ray_target import Room, room
from errors import UserError

TEXT = "The ferry to the island was late on day {} because of the wind. The harbour master asked everybody to wait."
SECONDS = 300


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head without cores, and two workers with an engine each; the second has a core beside it that reads."""
    with pytest.MonkeyPatch.context() as environment:
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
    return [pid for pid in workers if Path(f"/proc/{pid}/cmdline").read_text().startswith(f"ray::{name}")]


def kill(processes: list[int]) -> None:
    assert processes
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


@needs_proc
def test_workers_that_are_killed_cost_no_document_and_none_comes_twice(cluster: Cluster, tmp_path: Path) -> None:
    source, out = table(tmp_path / "in.jsonl", [TEXT.format(n) for n in range(40)]), tmp_path / "out.jsonl"
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
    assert {(one["id"], one["status"]) for one in lines(out)} == {(f"doc-{n}", "succeeded") for n in range(40)}
    assert "ferry" not in said
    assert eventually(lambda: not actors("Engine"))  # the cards are free


@needs_proc
def test_a_job_of_ray_data_that_is_started_again_writes_no_row_twice(cluster: Cluster, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    ids = [f"doc-{n}" for n in range(96)]
    for part in range(0, 96, 32):
        columns = {"id": ids[part : part + 32], "text": [TEXT.format(n) for n in range(part, part + 32)]}
        pyarrow.parquet.write_table(pyarrow.table(columns), source / f"{part}.parquet")
    job = [sys.executable, "examples/ray_data.py", str(source), str(out), "style=news", "max_tokens=4"]
    environment = os.environ | {"RAY_ADDRESS": cluster.address, "PYTHONPATH": str(ROOT)}

    process = subprocess.Popen(job, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: [*out.glob("*.parquet")], SECONDS)
    finally:
        process.kill()
        process.wait()
    ran = subprocess.run(job, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    found = pyarrow.parquet.read_table(out).to_pylist()
    assert sorted(line["id"] for line in found) == sorted(ids)
    assert {(line["status"], line["style"]) for line in found} == {("succeeded", "news")}


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
