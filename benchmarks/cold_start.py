"""How long until the server takes requests, beside what any server of this model must at least do.

    python -m benchmarks.cold_start [--rounds 5]

The bare process imports torch and transformers, loads the tokenizer and `from_pretrained` of the same folder. Ours
starts Cog's server and its worker, loads, allocates the cache, packs the weights and generates once, to READY. The
two take turns; the ratio is that of the medians.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import machine
from serving.server import running_server
from weights import load

BARE = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
AutoTokenizer.from_pretrained(sys.argv[1])
AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=getattr(torch, sys.argv[2]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    folder, _ = load.find_for_setup(None)
    bare(folder)  # once for the page cache
    times = [(bare(folder), ours()) for _ in range(rounds)]
    bare_median, our_median = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"# {machine.describe()}")
    print(f"median of {rounds} rounds: bare import and load {bare_median:.2f} s, ours to READY {our_median:.2f} s")
    print(f"ratio {our_median / bare_median:.2f}")


def bare(folder: Path) -> float:
    """Seconds of a process that does the least."""
    from computing import hardware

    dtype = str(hardware.dtype(hardware.device())).removeprefix("torch.")
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE, str(folder), dtype], check=True, capture_output=True)
    return time.perf_counter() - began


def ours() -> float:
    """Seconds from starting the server to its being ready."""
    began = time.perf_counter()
    with running_server():
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
