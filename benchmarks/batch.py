"""`precis batch run` through the local Replicate API while all goes wrong, beside a loop over the replicate client.

    python -m benchmarks.batch [--documents 1000 10000 100000] [--loop 2000] [--dry-run 10000 1000000]

A real Cog predictor that answers at once stands for the model, since the driver is what is measured. Of the API's
answers 2% are 429, 1% are 500, 0.5% are dropped connections, and 0.2% of the predictions end as aborted; the driver is
killed (kill -9) three times and started again by the same command. Then `asyncio.gather` over the replicate client, 32
at a time, has the first documents, one in a prediction, by the same faults and without being killed. Exactly once: OUT
has each id, and none twice. Wanted: that, under 250 MB, at most 1 ms of processor time a document, and both flat. Last,
what `--dry-run` takes of memory.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import machine
from replicate_api import serve
from serving.server import ROOT, running_server

PREDICTOR = ROOT / "tests" / "batch" / "predictors" / "instant.py"
FAULTS = """
seed = 20260801
[[fault]]
kind = "throttled"
rate = 0.02
seconds = 0.5
on = "any"
[[fault]]
kind = "error"
rate = 0.01
on = "any"
[[fault]]
kind = "dropped"
rate = 0.005
on = "any"
[[fault]]
kind = "aborted"
rate = 0.002
"""
KILLS = 3
AT_ONCE = 32
TOKEN = {"REPLICATE_API_TOKEN": "any"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--loop", type=int, default=2_000, help="documents that the loop has")
    parser.add_argument("--dry-run", type=int, nargs="*", default=[10_000, 1_000_000], help="documents that it reads")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    print("| | documents | once | lost | twice | seconds | ms of processor time a document | most memory MB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in options.documents:
            source = written(folder, count)
            with api(folder) as url:
                show(f"precis batch, killed {KILLS} times", count, *driven(url, source, count))
        with api(folder) as url:
            show("gather over the replicate client", options.loop, *looped(url, options.loop))
        for count in options.dry_run:
            seconds, memory = dry_run(written(folder, count))
            print(f"--dry-run of {count:,} documents: {seconds:.0f} s, {memory:,.0f} MB", flush=True)


def written(folder: Path, count: int) -> Path:
    """A table of so many documents, and no OUT beside it."""
    shutil.rmtree(folder / "batch", ignore_errors=True)
    (folder / "batch").mkdir()
    source = folder / "batch" / "in.jsonl"
    with source.open("w") as file:
        file.writelines(map(row, range(count)))
    return source


def row(number: int) -> str:
    text = f"Ferry number {number} left the harbour late because of the fog, its captain said. " * 3
    return json.dumps({"id": f"doc-{number}", "text": text}) + "\n"


@contextmanager
def api(folder: Path) -> Iterator[str]:
    """The address of an API in front of a model that answers at once."""
    project, faults = folder / "project", folder / "faults.toml"
    project.mkdir(exist_ok=True)
    shutil.copy(PREDICTOR, project / "predict.py")
    faults.write_text(FAULTS)
    with running_server(project) as cog, serve.in_front_of([cog], "127.0.0.1", 0, faults) as url:
        yield url


def driven(url: str, source: Path, count: int) -> tuple[Counter[str], float, float, float]:
    """Run the batch, killed now and then; return how often each id came, seconds, processor time and most memory."""
    out = source.with_name("out.jsonl")
    command = [
        sys.executable,
        "-m",
        "cli",
        "batch",
        "run",
        str(source),
        "--out",
        str(out),
        "--to",
        "replicate:me/precis",
    ]
    environment = os.environ | TOKEN | {"REPLICATE_BASE_URL": url}
    began, before, memory = time.perf_counter(), os.times(), 0.0
    for kill in range(KILLS + 1):
        log = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        kill_at = count * (kill + 1) // (KILLS + 1)  # lines
        while process.poll() is None:
            memory = max(memory, peak_megabytes(process.pid))
            if kill < KILLS and lines_in(out) >= kill_at:
                process.kill()
            time.sleep(0.05)
        if kill < KILLS and process.returncode >= 0:
            raise SystemExit("the batch was done before it was killed: take more documents")
    usage = os.times()
    processor = sum(usage[2:4]) - sum(before[2:4])  # of children that have ended: the server is not one of them yet
    ids = Counter(json.loads(line)["id"] for line in out.open())
    return ids, time.perf_counter() - began, processor, memory


def dry_run(source: Path) -> tuple[float, float]:
    """Return the seconds and the most memory of a dry run."""
    command = [sys.executable, "-m", "cli", "batch", "run", str(source), "--out", "-", "--to", "-", "--dry-run"]
    began, memory = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        memory = max(memory, peak_megabytes(process.pid))
        time.sleep(0.05)
    return time.perf_counter() - began, memory


def peak_megabytes(pid: int) -> float:
    """The most resident memory that a process has had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1_000 for line in lines if line.startswith("VmHWM:"))


def lines_in(out: Path) -> int:
    if not out.exists():
        return 0
    with out.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def looped(url: str, count: int) -> tuple[Counter[str], float, float, float]:
    """Do what a loop over the client does; an id counts as often as a prediction of it was made and its text came."""
    from replicate.client import Client

    os.environ |= TOKEN
    came: Counter[str] = Counter()

    async def one(client: Any, number: int, places: asyncio.Semaphore) -> None:
        async with places:
            inputs = {"text": json.loads(row(number))["text"]}
            try:
                output = await client.async_run("me/precis", input=inputs)
            except Exception:  # of whatever kind: that document is lost
                return
        came[f"doc-{number}"] += bool("".join(output))

    async def everything() -> None:
        client = Client(base_url=url, api_token="any")  # noqa: S106 # of an API on this machine, which takes any
        places = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(one(client, number, places) for number in range(count)))

    began, before = time.perf_counter(), time.process_time()
    asyncio.run(everything())
    return came, time.perf_counter() - began, time.process_time() - before, 0.0


def show(what: str, count: int, came: Counter[str], seconds: float, processor: float, memory: float) -> None:
    once = sum(times == 1 for times in came.values())
    twice = sum(times > 1 for times in came.values())
    cells = (count, once, count - len([times for times in came.values() if times]), twice)
    most = f"{memory:,.0f}" if memory else "-"
    numbers = " | ".join(f"{cell:,}" for cell in cells)
    print(f"| {what} | {numbers} | {seconds:.0f} | {1000 * processor / count:.2f} | {most} |", flush=True)


if __name__ == "__main__":
    main()
