"""Real documents through `precis batch run` on two Cog servers, one of them killed half-way, beside one server alone.

    python -m benchmarks.batch_servers [--documents 200] [--max-tokens 16]     # ten minutes on two slow cores

Abstracts of SciFact, and the embedded model. Every server has one core, so that two are twice one; the driver has what
they leave. First one server does all documents. Then two others do the same ones, and when half of the lines are in OUT
one of them gets kill -9, with its whole process group. Wanted: OUT has a line for every id, none twice, all succeeded.
If two servers were twice as fast and the kill cost nothing, the second run would take three quarters of the time of the
first: 1.33 times its rate. Summaries are of few tokens, so that it is soon done.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks import machine
from benchmarks.batch import lines_in
from benchmarks.sets import DATA, present
from serving import server
from serving.server import ROOT, Server

READY_SECONDS = 300.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Ran:
    """What came of a batch."""

    documents: int
    lines: Counter[str]  # of each id
    failed: int
    tried_again: int
    seconds: float
    half: float  # seconds until half of the lines were there
    half_lines: int

    @property
    def a_minute(self) -> float:
        """Documents a minute."""
        return 60 * self.documents / self.seconds

    @property
    def a_minute_until_half(self) -> float:
        """Documents a minute until half of them were done."""
        return 60 * self.half_lines / self.half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--max-tokens", type=int, default=16, help="of a summary")
    parser.add_argument("--folder", type=Path, default=DATA / "retrieval" / "scifact", help="has corpus.jsonl")
    options = parser.parse_args()
    corpus = present(options.folder / "corpus.jsonl")
    print(f"# {machine.describe()}; a core a server, max_tokens={options.max_tokens}")
    print("| | documents | once | lost | twice | failed | tried again | seconds | a minute: first half, all |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.jsonl"
        write(corpus, options.documents, source)
        alone = run(source, options.max_tokens, cores=some_cores(1))
        show("one server alone", alone)
        two = run(source, options.max_tokens, cores=some_cores(2), is_one_killed=True)
        show("two servers, one killed half-way", two)
    print(
        f"two servers, one killed half-way, beside one alone, {options.documents} documents each: "
        f"{two.a_minute / alone.a_minute:.2f} times the rate; "
        f"{two.a_minute_until_half / alone.a_minute_until_half:.2f} times until the kill"
    )


def write(corpus: Path, count: int, source: Path) -> None:
    """Write the first documents of the corpus as a table. Ends the program when there are fewer."""
    with corpus.open(encoding="utf-8") as lines:
        documents = [json.loads(line) for line in islice(lines, count)]
    if len(documents) < count:
        raise SystemExit(f"{corpus} has {len(documents):,} documents; --documents is {count:,}")
    rows = ({"id": one["id"], "text": f"{one['title']}\n\n{one['text']}"} for one in documents)
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def some_cores(count: int) -> list[int]:
    """So many cores that this process may use. Ends the program when it has fewer."""
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < count:
        raise SystemExit(f"this needs {count} cores; there are {len(mine)}")
    return mine[:count]


def run(source: Path, max_tokens: int, cores: Sequence[int], *, is_one_killed: bool = False) -> Ran:
    """Run a batch on a server for each of the cores."""
    count = lines_in(source)
    with tempfile.TemporaryDirectory() as name, servers(cores, Path(name)) as running:
        out, log = Path(name) / "out.jsonl", Path(name) / "log"
        command = [sys.executable, "-m", "cli", "batch", "run", str(source), "--out", str(out), "--to"]
        command += [one.url for one in running] + ["-i", f"max_tokens={max_tokens}", "--json-progress"]
        began = time.perf_counter()
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, stderr=file)
        try:
            while (half_lines := lines_in(out)) < (count + 1) // 2 and process.poll() is None:
                time.sleep(LOOK_SECONDS)
            half = time.perf_counter() - began
            if is_one_killed:
                os.killpg(running[-1].process.pid, signal.SIGKILL)
            process.wait()
            seconds = time.perf_counter() - began
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            raise SystemExit(f"the batch ended with {process.returncode}: {log.read_text().splitlines()[-1]}")
        said = [json.loads(line) for line in log.read_text().splitlines()]
        found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    lines = Counter(str(line["id"]) for line in found)
    failed = sum(line["status"] != "succeeded" for line in found)
    return Ran(count, lines, failed, max(one.get("retries", 0) for one in said), seconds, half, half_lines)


@contextmanager
def servers(cores: Sequence[int], folder: Path) -> Iterator[list[Server]]:
    """Ready servers, each on a core of its own: it has as many engines and threads as it sees cores."""
    with ExitStack() as stack:
        running = []
        for core in cores:
            with on_core(core):
                running.append(server.start(port=server.free_port(), log_file=folder / f"server-{core}.log"))
            stack.callback(running[-1].stop)
        for one in running:
            one.wait_until_ready(READY_SECONDS)
        yield running


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started within has this core, and no other."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def show(what: str, ran: Ran) -> None:
    once = sum(times == 1 for times in ran.lines.values())
    twice = sum(times > 1 for times in ran.lines.values())
    cells = (ran.documents, once, ran.documents - len(ran.lines), twice, ran.failed, ran.tried_again)
    numbers = " | ".join(f"{cell:,}" for cell in cells)
    print(f"| {what} | {numbers} | {ran.seconds:.0f} | {ran.a_minute_until_half:.0f}, {ran.a_minute:.0f} |", flush=True)


if __name__ == "__main__":
    main()
