"""Time to first token of single predictions, on an idle server and beside one `documents` prediction of 500 rows.

    python -m benchmarks.mixed_load [--rows 500] [--each 20]

One interactive client streams one short summary after the other, of a text of 100 words and of one of 600 in turns,
each with a first line of its own: first on the idle server, then while the rows are being answered. The big prediction
is cancelled when it has been measured beside. Wanted: the ratio is at most 3. Answers end after 16 tokens, because only
the first is timed; what an interactive prediction costs the rows is then a little less than it would be.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from benchmarks import machine, rows
from serving import client
from serving.server import running_server

WORDS = (100, 600)
ANSWER_TOKENS = 16
START_SECONDS = 300.0  # to the first row's answer


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
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--each", type=int, default=20, help="interactive predictions of each length, idle and beside")
    parser.add_argument("--folder", type=Path, default=rows.FOLDER, help="has news_*.jsonl")
    options = parser.parse_args()
    articles = rows.articles(options.folder)
    texts = interactive(articles)

    print(f"# {machine.describe()}")
    # The server stops before the pool waits for its thread: with the server the big prediction ends in any case.
    with ThreadPoolExecutor(1) as pool, running_server() as url:
        first_tokens(url, texts, 1)  # warm
        idle = first_tokens(url, texts, options.each)
        with big_prediction(pool, url, rows.table(islice(rows.numbered(articles), options.rows))) as big:
            began = time.perf_counter()
            beside = first_tokens(url, texts, options.each, big.ended)
            ended = big.answered[-1] if big.ended.is_set() else time.perf_counter()
            rate = big.rows_a_minute(began, ended)

    print(
        f"| text | predictions | idle ms p50 / p95 | beside {options.rows} rows ms p50 / p95 | ratio of p50, of p95 |"
    )
    print("|---|---|---|---|---|")
    for words in WORDS:
        before, after = percentiles(idle[words]), percentiles(beside[words])
        ratios = ", ".join(f"{a / b:.2f}" for a, b in zip(after, before, strict=True))
        print(
            f"| {words} words | {len(idle[words])}, {len(beside[words])} | {cell(before)} | {cell(after)} | {ratios} |"
        )
    print(f"the {options.rows} rows meanwhile: {rate:.0f} a minute, over {ended - began:.0f} s")


def interactive(articles: list[str]) -> dict[int, Iterator[str]]:
    """For each number of words, texts without end that have so many."""
    long_enough = [article.split() for article in articles if len(article.split()) >= max(WORDS)]
    return {words: rows.numbered([" ".join(article[:words]) for article in long_enough]) for words in WORDS}


def first_tokens(
    url: str, texts: dict[int, Iterator[str]], each: int, until: threading.Event | None = None
) -> dict[int, list[float]]:
    """Milliseconds to the first token of `each` predictions of each length, fewer if `until` is set before."""
    times: dict[int, list[float]] = {words: [] for words in texts}
    for _ in range(each):
        for words, some in texts.items():
            milliseconds = 1000 * first_token(url, next(some))
            if until is None or not until.is_set():
                times[words].append(milliseconds)
    return times


def first_token(url: str, text: str) -> float:
    """Seconds from sending the request to the first piece of its answer, which is then read to its end."""
    began = time.perf_counter()
    inputs = {"text": text, "length": "brief", "max_tokens": ANSWER_TOKENS}
    pieces = (event for event in client.stream(url, inputs) if isinstance(event, client.Chunk))
    next(pieces)
    seconds = time.perf_counter() - began
    for _ in pieces:
        pass
    return seconds


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
