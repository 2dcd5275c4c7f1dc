"""The server's memory while it answers a `documents` prediction of 200 rows, and then one of 20,000.

    python -m benchmarks.many_rows [--rows 200 20000]
    python -m benchmarks.many_rows --model smollm2-135m    # three quarters of an hour on two slow cores

Wanted: under 200 MB more at 20,000 rows than at 200. Rows are a sentence each and answers one token. The model has two
small layers of random weights, unless `--model` names another: what rows take does not depend on it, only how long.
Memory is that of the server and all its children, what they share counted once, its peak during a prediction. The
engine's cache takes its memory page by page, as pages are first written to, up to a limit that has nothing to do with
rows, and what steps of many tokens need stays with their process. So at first predictions of long rows fill all that;
without them it would be taken for growth.
"""

import argparse
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine, rows
from serving import server
from weights import load, registry

SAMPLE_SECONDS = 0.5
REPORT_EVERY = 1_000  # rows
READY_SECONDS = 300.0
CACHE_TOKENS = 100_000  # half as many again as the cache of a CPU's engine holds
SMALL = {
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
}
FILLS = 10  # times over: the second engine begins when the server is ready, and is to be filled, too
LONG_ROW = 800  # words, and at least as many tokens


@dataclass
class Peak:
    """The most memory seen so far."""

    megabytes: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 20_000])
    parser.add_argument("--model", help="what PRECIS_MODEL takes")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    with model(options.model) as os.environ["PRECIS_MODEL"], group_of_server() as (url, leader):
        print(f"server before its first request: {megabytes(leader):,.0f} MB", flush=True)
        with peak_of(leader) as filled:
            for _ in range(FILLS):
                answer(url, (long_row(number) for number in range(CACHE_TOKENS // LONG_ROW)))
        print(f"and with its cache full: {filled.megabytes:,.0f} MB", flush=True)
        peaks = []
        for count in options.rows:
            began = time.perf_counter()
            with peak_of(leader) as peak:
                answer(url, map(rows.sentence, range(count)))
            seconds = time.perf_counter() - began
            peaks.append(peak.megabytes)
            print(
                f"{count:,} rows: {seconds:.0f} s, {count / seconds:.1f} rows/s, {peak.megabytes:,.0f} MB", flush=True
            )
    print(f"{options.rows[-1]:,} rows take {peaks[-1] - peaks[0]:+,.0f} MB over {options.rows[0]:,}")


@contextmanager
def model(name: str | None) -> Iterator[str]:
    """The model to serve: `name`, or the folder of one with the default's tokenizer and next to no weights."""
    if name:
        yield name
        return
    from transformers import AutoConfig, AutoModelForCausalLM

    source = load.find(registry.resolve(registry.FALLBACK))
    config = AutoConfig.from_pretrained(source, **SMALL)
    with tempfile.TemporaryDirectory() as folder:
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        load.load_tokenizer(source).save_pretrained(folder)
        yield folder


def long_row(number: int) -> str:
    words = itertools.cycle(rows.sentence(number).split())
    return " ".join(itertools.islice(words, LONG_ROW))


def answer(url: str, texts: Iterable[str]) -> None:
    """Run one prediction of all the texts, and say now and then how far it is."""
    inputs = {"documents": rows.table(texts), "max_tokens": 1}
    for count, _ in enumerate(rows.answers(url, inputs), start=1):
        if count % REPORT_EVERY == 0:
            print(f"  {count:,} rows answered", flush=True)


@contextmanager
def group_of_server() -> Iterator[tuple[str, int]]:
    """A ready server's address, and the process that leads its group."""
    with tempfile.TemporaryDirectory() as folder:
        running = server.start(port=server.free_port(), log_file=Path(folder) / "server.log")
        try:
            running.wait_until_ready(READY_SECONDS)
            yield running.url, running.process.pid
        finally:
            running.stop()


@contextmanager
def peak_of(leader: int) -> Iterator[Peak]:
    """The most memory that the group had while the block ran."""
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            peak.megabytes = max(peak.megabytes, megabytes(leader))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
        peak.megabytes = max(peak.megabytes, megabytes(leader))


def megabytes(leader: int) -> float:
    """Resident memory of a process group: the proportional set sizes of its processes."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            group = int((process / "stat").read_text().rpartition(") ")[2].split()[2])
            if group == leader:
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:  # it has ended
            continue
    return total / 1024


if __name__ == "__main__":
    main()
