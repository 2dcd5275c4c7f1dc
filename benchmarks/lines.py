"""`precis normalize --lines --redact mask` on few rows and on many: rows a second, and the memory of its processes.

    python -m benchmarks.lines [--rows 500 10000] [--source benchmarks/data/pii/synthetic_en.jsonl]

The rows of the source are repeated as often as needed. Memory is the largest process's peak: it must not grow with the
number of rows. Each count runs in a process of its own, so that one's peak is not the other's.
"""

import argparse
import itertools
import resource
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks import machine
from benchmarks.sets import DATA


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 10_000])
    parser.add_argument("--source", type=Path, default=DATA / "pii" / "synthetic_en.jsonl")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    print("| rows | seconds | rows a second | largest process MB |")
    print("|---|---|---|---|")
    for rows in options.rows:
        with get_context("spawn").Pool(1) as pool:
            seconds, megabytes = pool.apply(measure, (options.source, rows))
        print(f"| {rows:,} | {seconds:.1f} | {rows / seconds:.0f} | {megabytes:.0f} |")


def measure(source: Path, rows: int) -> tuple[float, float]:
    """Seconds and the peak megabytes of the largest process, start included."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    command = [sys.executable, "-m", "cli", "normalize", "-", "--lines", "--redact", "mask"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        process.stdin.writelines(itertools.islice(itertools.cycle(lines), rows))
        process.stdin.close()
        assert process.wait() == 0
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
