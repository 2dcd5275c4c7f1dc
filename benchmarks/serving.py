"""Latency through the real server at several numbers of streaming clients, beside the pipeline alone and the loop.

    python -m benchmarks.serving                              # 1, 8 and 32 clients
    python -m benchmarks.serving --clients 1 8 16 32 --svg docs/serving.svg
    python -m benchmarks.serving --clients 1 2 --each 1       # a quick look

Every client sends a document, reads its summary to the end, and sends the next. Times are the client's own: to the
first token from sending the request, and per output token after that. Three ways have the same load, one after another
so that none disturbs another: the server; the pipeline in this process, which shows what is the server's of the time;
and the loop that most people deploy, `generate()` for one prompt at a time, where a client waits until it is served.
Documents, answers and the loop are those of `benchmarks.throughput`, by its rules: no document twice, the same end of
an answer, and neither HTTP nor normalizing for the loop.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import engine, machine, plot, rows, throughput
from benchmarks.throughput import LENGTH, STYLE, NoRepeats, Work
from contract.request import SummaryRequest
from contract.results import Summary
from pipeline import Pipeline
from serving import client
from serving.server import running_server
from weights import load

T = TypeVar("T")
SERVER, PIPELINE, LOOP = "server", "pipeline alone", "generate(), one at a time"


@dataclass(frozen=True)
class Sample:
    """One request: seconds to the first token, seconds per token after it, and how many tokens its answer has."""

    first_token: float
    per_token: float
    tokens: int


@dataclass(frozen=True)
class Load:
    """All requests of one number of clients."""

    samples: list[Sample]
    seconds: float

    def row(self) -> str:
        """The cells of its row in the table."""
        first = percentiles([sample.first_token * 1000 for sample in self.samples])
        per = percentiles([sample.per_token * 1000 for sample in self.samples])
        return f"{len(self.samples)} | {first} | {per} | {self.per_minute:.1f}"

    @property
    def per_minute(self) -> float:
        """Requests a minute."""
        return 60 * len(self.samples) / self.seconds

    @property
    def tokens_a_second(self) -> float:
        """Generated tokens a second, of all requests together."""
        return sum(sample.tokens for sample in self.samples) / self.seconds

    @property
    def first_token(self) -> float:
        """The median of seconds to the first token."""
        return statistics.median(sample.first_token for sample in self.samples)


Loads = dict[int, Load]  # by the number of clients


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=rows.FOLDER, help="has news_*.jsonl")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument(
        "--each", type=int, default=2, help="requests of each client; a lone client sends four times as many"
    )
    parser.add_argument("--svg", type=Path, help="where a plot is written")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    counts = {clients: clients * options.each * (4 if clients == 1 else 1) for clients in options.clients}
    work = throughput.work_from(options.folder)
    loads = {
        SERVER: through_server(work, counts),
        PIPELINE: asyncio.run(through_pipeline(work, counts)),
        LOOP: through_loop(work, counts),
    }
    print_table(loads)
    if options.svg:
        options.svg.write_text(drawn(loads), encoding="utf-8")


def through_server(work: Iterator[Work], counts: dict[int, int]) -> Loads:
    """As many clients as `counts` says, with so many requests together, through a server that ends with this."""
    with running_server() as url:
        throughput.check_prompts(url, list(islice(work, 2)))
        return {
            clients: closed_loop(clients, list(islice(work, count)), lambda item: stream(url, item))
            for clients, count in counts.items()
        }


def stream(url: str, item: Work, max_tokens: int = 0) -> Sample:
    """One request of one client; without `max_tokens` its answer has what style and length ask for."""
    inputs = {"text": item.text, "style": STYLE, "length": LENGTH, "max_tokens": max_tokens}
    began = time.perf_counter()
    first = last = 0.0
    for event in client.stream(url, inputs, timeout=300):
        if isinstance(event, client.Chunk):
            last = time.perf_counter()
            first = first or last
        else:
            tokens = event.metrics["output_token_count"]
    if not first:  # an answer may have tokens and no text
        first = last = time.perf_counter()
    return Sample(first - began, (last - first) / max(tokens - 1, 1), tokens)


async def through_pipeline(work: Iterator[Work], counts: dict[int, int]) -> Loads:
    """The same without a server."""
    pipeline = await Pipeline.load()

    async def one(item: Work) -> Sample:
        began = time.perf_counter()
        first = last = 0.0
        async for piece in pipeline.stream(SummaryRequest(text=item.text, style=STYLE, length=LENGTH)):
            if isinstance(piece, Summary):
                tokens = piece.usage.output_token_count
                return Sample(first - began, (last - first) / max(tokens - 1, 1), tokens)
            last = time.perf_counter()
            first = first or last
        raise AssertionError("a stream ends with its Summary")

    await asyncio.gather(*map(one, islice(work, 2)))
    loads = {
        clients: await closed_loop_of_tasks(clients, list(islice(work, count)), one)
        for clients, count in counts.items()
    }
    await pipeline.close()
    return loads


def through_loop(work: Iterator[Work], counts: dict[int, int]) -> Loads:
    """The same one at a time, in a process that has ended when this returns."""
    some = {clients: [item.prompt for item in islice(work, count)] for clients, count in counts.items()}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(queue_for_loop, some, throughput.answer_limit()).result()


def queue_for_loop(prompts: dict[int, list[list[int]]], limit: int) -> Loads:
    """Answer the prompts of each number of clients, in the order in which they come."""
    model, _ = load.load(*load.find_for_setup(None))
    with ThreadPoolExecutor(1) as loop:  # not the main thread: generate() has it to itself, and threads are set in it
        loop.submit(throughput.choose_threads, model, next(iter(prompts.values()))[0]).result()

        def one(prompt: list[int]) -> Sample:
            began = time.perf_counter()
            first, last, (tokens,) = loop.submit(generate, model, [prompt], limit).result()
            return Sample(first - began, (last - first) / max(tokens - 1, 1), tokens)

        return {clients: closed_loop(clients, some, one) for clients, some in prompts.items()}


def generate(model: Any, prompts: list[list[int]], limit: int) -> tuple[float, float, list[int]]:
    """Answer prompts in one batch; return when the first tokens were chosen and the last, and how many each has."""
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    clock = FirstToken()
    rule = NoRepeats(len(prompts), max(map(len, prompts)))
    answers = engine.generate(model, prompts, limit, [rule, clock])
    ended = time.perf_counter()
    return clock.at, ended, [throughput.useful(answer, ends) for answer in answers]


class FirstToken:
    """A logits processor that changes nothing and notes when it is first asked."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self, _input_ids: Any, scores: Any) -> Any:
        """Return `scores`."""
        self.at = self.at or time.perf_counter()
        return scores


def closed_loop(clients: int, some: list[T], one: Callable[[T], Sample]) -> Load:
    """`clients` threads, each of which takes the next of `some` when it is done with one."""
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        samples = list(pool.map(one, some))
    return noted(clients, Load(samples, time.perf_counter() - began))


async def closed_loop_of_tasks(clients: int, some: list[T], one: Callable[[T], Awaitable[Sample]]) -> Load:
    """The same with tasks in the place of threads."""
    remaining = iter(some)

    async def client() -> list[Sample]:
        return [await one(item) for item in remaining]

    began = time.perf_counter()
    samples = [sample for own in await asyncio.gather(*(client() for _ in range(clients))) for sample in own]
    return noted(clients, Load(samples, time.perf_counter() - began))


def noted(clients: int, measured: Load) -> Load:
    """Say how far the run is."""
    print(f"# {clients} clients: {len(measured.samples)} requests in {measured.seconds:.0f} s", flush=True)
    return measured


def print_table(loads: dict[str, Loads]) -> None:
    print("| clients | requests | first token ms p50 / p95 | per token ms p50 / p95 | requests a minute |")
    print("|---|---|---|---|---|")
    for clients in loads[SERVER]:
        for way, of_way in loads.items():
            print(f"| {clients}, {way} | {of_way[clients].row()} |")
    for clients, served in loads[SERVER].items():
        direct, loop = loads[PIPELINE][clients], loads[LOOP][clients]
        print(
            f"{clients} clients: beside the pipeline {1000 * (served.first_token - direct.first_token):+.0f} ms to the "
            f"first token and {served.per_minute / direct.per_minute:.2f} times the rate; beside the loop "
            f"{served.first_token / loop.first_token:.2f} times the time to the first token and "
            f"{served.per_minute / loop.per_minute:.2f} times the rate"
        )


def drawn(loads: dict[str, Loads]) -> str:
    """An SVG of the rate and of the time to the first token, of the server and of the loop."""
    ways = {"Precis": loads[SERVER], LOOP: loads[LOOP]}
    rate = {way: [(clients, load.per_minute) for clients, load in of_way.items()] for way, of_way in ways.items()}
    first = {way: [(clients, load.first_token) for clients, load in of_way.items()] for way, of_way in ways.items()}
    return plot.svg(
        [
            plot.Panel("summaries a minute", rate),
            plot.Panel("seconds to the first token, median", first, logarithmic=True),
        ],
        across="clients that each wait for one summary and ask for the next",
        below=machine.describe(),
    )


def percentiles(values: list[float]) -> str:
    """The median and the 95th percentile as a cell."""
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} / {ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]:.0f}"


if __name__ == "__main__":
    main()
