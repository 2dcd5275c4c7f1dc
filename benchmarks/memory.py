"""The memory of a server: when it is ready, while it reads a long document, and when nobody has asked for a while.

    python -m benchmarks.memory [--characters 300000]

Memory is that of the server and all its children, what they share counted once (see `benchmarks.many_rows`). A cache
takes its memory as it is written to, and gives it back when its engine has had no request for a minute.
"""

import argparse
import itertools
import time

from benchmarks import machine, rows
from benchmarks.many_rows import group_of_server, megabytes, peak_of
from generation.engine import IDLE
from serving import client


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=300_000)
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    text = " ".join(itertools.islice(map(rows.sentence, itertools.count()), options.characters // 60))
    text = (text * 2)[: options.characters]
    with group_of_server() as (url, leader):
        time.sleep(10)  # the second engine begins when the server is ready
        print(f"ready: {megabytes(leader):,.0f} MB", flush=True)
        began = time.perf_counter()
        with peak_of(leader) as peak:
            client.summarize(url, {"text": text, "length": "brief"}, timeout=3_600)
        seconds = time.perf_counter() - began
        print(f"at most, during {len(text):,} characters in {seconds:,.0f} s: {peak.megabytes:,.0f} MB", flush=True)
        print(f"right after: {megabytes(leader):,.0f} MB", flush=True)
        time.sleep(IDLE + 10)
        print(f"after {IDLE + 10:.0f} s without a request: {megabytes(leader):,.0f} MB")


if __name__ == "__main__":
    main()
