"""Latency through the real server: 1, 8 and 32 streaming clients, beside the same load on the pipeline alone.

    python -m benchmarks.serving [--documents ../shared/data/summaries/news_cnndm.jsonl]

Every client sends its documents one after the other. Times are the client's own: to the first token from sending the
request, and per output token after that. Then the server is stopped and the same requests run, as many at once,
straight through the pipeline in this process: what is left of the difference is the server's.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from contract.request import SummaryRequest
from contract.results import Summary
from pipeline import Pipeline
from serving import client
from serving.server import running_server


@dataclass(frozen=True)
class Sample:
    """One request: seconds to the first token, seconds per token after it."""

    first_token: float
    per_token: float


@dataclass(frozen=True)
class Load:
    """All requests of one level of concurrency."""

    samples: list[Sample]
    seconds: float

    def row(self) -> str:
        """The cells of its row in the table."""
        first = _percentiles([sample.first_token * 1000 for sample in self.samples])
        per = _percentiles([sample.per_token * 1000 for sample in self.samples])
        return f"{len(self.samples)} | {first} | {per} | {self.per_minute:.0f}"

    @property
    def per_minute(self) -> float:
        """Requests a minute."""
        return 60 * len(self.samples) / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=Path("../shared/data/summaries/news_cnndm.jsonl"))
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument(
        "--each", type=int, default=2, help="requests of each client; a lone client sends four times as many"
    )
    options = parser.parse_args()
    if not options.documents.is_file():
        parser.error(f"{options.documents} is missing: name a .jsonl file whose lines have a `document`")
    inputs = [
        {"text": json.loads(line)["document"], "style": "news", "length": "brief"}
        for line in options.documents.read_text().splitlines()
    ]
    each = {count: options.each * (4 if count == 1 else 1) for count in options.clients}

    with running_server() as url:
        through_server(url, inputs, 2, 1)
        served = {count: through_server(url, inputs, count, each[count]) for count in options.clients}
    direct = asyncio.run(through_pipeline(inputs, each))

    print(f"# {machine.describe()}")
    print("| clients | requests | first token ms p50 / p95 | per token ms p50 / p95 | requests a minute |")
    print("|---|---|---|---|---|")
    for count in options.clients:
        print(f"| {count}, server | {served[count].row()} |")
        print(f"| {count}, pipeline alone | {direct[count].row()} |")
    for count in options.clients:
        first = [statistics.median(s.first_token for s in load[count].samples) for load in (served, direct)]
        share = served[count].per_minute / direct[count].per_minute
        print(f"{count} clients: {1000 * (first[0] - first[1]):+.0f} ms to the first token, {share:.2f} of the rate")


def through_server(url: str, inputs: list[dict[str, Any]], clients: int, each: int) -> Load:
    """Run `clients` threads, each of which streams `each` summaries in a row."""

    def run(number: int) -> list[Sample]:
        return [_stream(url, inputs[(number * each + i) % len(inputs)]) for i in range(each)]

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        samples = list(itertools.chain.from_iterable(pool.map(run, range(clients))))
    return Load(samples, time.perf_counter() - began)


def _stream(url: str, inputs: dict[str, Any]) -> Sample:
    began = time.perf_counter()
    first = last = 0.0
    for event in client.stream(url, inputs, timeout=300):
        if isinstance(event, client.Chunk):
            last = time.perf_counter()
            first = first or last
        else:
            tokens = event.metrics["output_token_count"]
    return Sample(first - began, (last - first) / max(tokens - 1, 1))


async def through_pipeline(inputs: list[dict[str, Any]], each: dict[int, int]) -> dict[int, Load]:
    """The same loads without a server."""
    pipeline = await Pipeline.load()

    async def one(inputs: dict[str, Any]) -> Sample:
        began = time.perf_counter()
        first = last = 0.0
        async for item in pipeline.stream(SummaryRequest(**inputs)):
            if isinstance(item, Summary):
                return Sample(first - began, (last - first) / max(item.usage.output_token_count - 1, 1))
            last = time.perf_counter()
            first = first or last
        raise AssertionError("a stream ends with its Summary")

    async def run(number: int, requests: int) -> list[Sample]:
        return [await one(inputs[(number * requests + i) % len(inputs)]) for i in range(requests)]

    loads = {}
    await asyncio.gather(run(0, 1), run(1, 1))
    for clients, requests in each.items():
        began = time.perf_counter()
        samples = await asyncio.gather(*(run(number, requests) for number in range(clients)))
        loads[clients] = Load(list(itertools.chain.from_iterable(samples)), time.perf_counter() - began)
    await pipeline.close()
    return loads


def _percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} / {ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]:.0f}"


if __name__ == "__main__":
    main()
