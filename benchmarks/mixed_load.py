"""Single predictions from their first token to the last, on an idle server and beside a `documents` prediction.

    python -m benchmarks.mixed_load [--rows 400] [--each 12] [--tables line short article]

One interactive client streams one short summary after the other, of a text of 100 words and of one of 600 in turns,
each with a first line of its own: first on the idle server, then beside a table of one-line rows, one of rows of about
60 tokens, and one of news articles. A big prediction is cancelled when it has been measured beside. Wanted: a median to
the first token of at most 3 times that on the idle server, and a median time per token of at most 1.5 times.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks import machine, rows
from serving import client
from serving.server import running_server

WORDS = (100, 600)
ANSWER_TOKENS = 64
START_SECONDS = 300.0  # to the first row's answer
ROWS: dict[str, Callable[[list[str]], Iterator[str]]] = {
    "line": lambda _: rows.sentences(1),
    "short": lambda _: rows.sentences(3),  # of 20 tokens
    "article": rows.numbered,
}


@dataclass(frozen=True)
class Sample:
    """One interactive prediction, in milliseconds."""

    first: float  # from sending it to the first piece of its answer
    each: float  # to each token after the first
    total: float


class BigPrediction:
    """A `documents` prediction under way in a thread."""

    def __init__(self, url: str, table: str) -> None:
        self._url = url
        self._table = table
        self._cancelled = threading.Event()
        self.started = threading.Event()  # the first row is answered
        self.ended = threading.Event()
        self.answered: list[float] = []  # when, on time.perf_counter's clock

    def run(self) -> None:
        """Take answers until there are no more, or until the first after cancel()."""
        try:
            with closing(rows.answers(self._url, {"documents": self._table})) as answers:
                for _ in answers:
                    self.answered.append(time.perf_counter())
                    self.started.set()
                    if self._cancelled.is_set():
                        return
        finally:
            self.ended.set()
            self.started.set()

    def cancel(self) -> None:
        """End it at its next answer."""
        self._cancelled.set()

    def rows_a_minute(self, began: float, ended: float) -> float:
        """Answers a minute between two moments."""
        return 60 * sum(began <= moment <= ended for moment in self.answered) / (ended - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--each", type=int, default=12, help="interactive predictions of each length, idle and beside")
    parser.add_argument("--tables", nargs="+", choices=ROWS, default=list(ROWS), help="what a row is")
    parser.add_argument("--folder", type=Path, default=rows.FOLDER, help="has news_*.jsonl")
    options = parser.parse_args()
    articles = rows.articles(options.folder)
    texts = interactive(articles)

    print(f"# {machine.describe()}")
    print("| beside | text | predictions | first token ms p50 / p95 | each token ms | total ms | ratios of p50 |")
    print("|---|---|---|---|---|---|---|", flush=True)
    # The server stops before the pool waits for its thread: with the server the big prediction ends in any case.
    with ThreadPoolExecutor(1) as pool, running_server() as url:
        measured(url, texts, 1)  # warm
        idle = measured(url, texts, options.each)
        show("nothing", idle, idle)
        for name in options.tables:
            table = rows.table(islice(ROWS[name](articles), options.rows))
            with big_prediction(pool, url, table) as big:
                began = time.perf_counter()
                beside = measured(url, texts, options.each, big.ended)
                ended = big.answered[-1] if big.ended.is_set() else time.perf_counter()
                rate = big.rows_a_minute(began, ended)
            show(f"{options.rows} rows, {name}, {rate:.0f} a minute", beside, idle)


def interactive(articles: list[str]) -> dict[int, Iterator[str]]:
    """For each number of words, texts without end that have so many."""
    long_enough = [article.split() for article in articles if len(article.split()) >= max(WORDS)]
    return {words: rows.numbered([" ".join(article[:words]) for article in long_enough]) for words in WORDS}


def measured(
    url: str, texts: dict[int, Iterator[str]], each: int, until: threading.Event | None = None
) -> dict[int, list[Sample]]:
    """`each` predictions of each length, fewer if `until` is set before."""
    samples: dict[int, list[Sample]] = {words: [] for words in texts}
    for _ in range(each):
        for words, some in texts.items():
            sample = measure(url, next(some))
            if until is not None and until.is_set():
                return samples
            samples[words].append(sample)
    return samples


def measure(url: str, text: str) -> Sample:
    """Run one prediction to its end."""
    began = time.perf_counter()
    first = last = 0.0
    for event in client.stream(url, {"text": text, "length": "brief", "max_tokens": ANSWER_TOKENS}, timeout=300):
        if isinstance(event, client.Chunk):
            last = time.perf_counter()
            first = first or last
        else:
            tokens = event.metrics["output_token_count"]
    return Sample(1000 * (first - began), 1000 * (last - first) / max(tokens - 1, 1), 1000 * (last - began))


def show(beside: str, samples: dict[int, list[Sample]], idle: dict[int, list[Sample]]) -> None:
    """Print a line for each length."""
    for words, some in samples.items():
        if not some:
            raise SystemExit("the rows were answered before one prediction was: take more of them")
        both = [(values(some, name), values(idle[words], name)) for name in ("first", "each", "total")]
        cells = " | ".join(cell(percentiles(now)) for now, _ in both)
        ratios = ", ".join(f"{statistics.median(now) / statistics.median(before):.2f}" for now, before in both)
        print(f"| {beside} | {words} words | {len(some)} | {cells} | {ratios} |", flush=True)


def values(samples: list[Sample], name: str) -> list[float]:
    return [getattr(sample, name) for sample in samples]


@contextmanager
def big_prediction(pool: Executor, url: str, table: str) -> Iterator[BigPrediction]:
    """A prediction that has answered its first row, and that is cancelled at the end of the block."""
    big = BigPrediction(url, table)
    run = pool.submit(big.run)
    big.started.wait(START_SECONDS)
    if not big.answered:
        raise SystemExit(f"no row was answered within {START_SECONDS:g} s, or the prediction failed")
    yield big
    big.cancel()
    run.result()


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]


def cell(values: tuple[float, float]) -> str:
    return " / ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    main()
