"""Documents a minute through the real server, beside the loop most people deploy and beside static batches of 16.

    python -m benchmarks.throughput [--rounds 2]     # a quarter of an hour on two slow cores
    python -m benchmarks.throughput --limit 4        # a quick look: at most 4 documents each way

Ours: 1, 8, 16 and 32 clients that each wait for one summary and ask for the next, and one file of 200 rows. The
server normalizes, and shares the machine with its clients. The loop: a process with the same model in the same
number format, plain transformers with sdpa and a KV cache, which calls `generate()` for one prompt at a time; static
batches: the same with 16 prompts in order of arrival, padded to the longest. They are given the tokens of the
server's prompts; neither HTTP nor normalizing nor tokenizing is charged to them. They compute with torch's own number
of threads or with the engine's, whichever is faster at that moment.

Documents are compared, not tokens, because a caller waits for documents. So answers must end by the same rules: the
same end tokens, the same limit, greedy, and the engine's rule on repeats for the others too (it costs them a
thousandth of their time). What is left is rounding in bfloat16, which changes texts and so lengths a little; the
table has the lengths. Every prompt has a first line of its own after the shared instructions; the prefix cache, which
is part of ours, holds the instructions and nothing else. Ways are measured in turns: the two baselines, ours, and the
baselines once more; server and baselines never run at the same time. All turns of a way are added up.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import engine, machine, rows
from contract.request import SummaryRequest
from generation import batching
from generation.prompts import PromptTemplate
from generation.sampling import RepeatGuard
from normalizers import steps
from serving import client
from serving.server import running_server
from styles import catalog
from weights import load

STYLE, LENGTH = "general", "standard"
STATIC_BATCH = 16
LOOP, STATIC = "generate(), one at a time", f"static batches of {STATIC_BATCH}"
BASELINES = {LOOP: (1, 8), STATIC: (STATIC_BATCH, STATIC_BATCH)}  # batch, documents a turn
CLIENTS = {1: 6, 8: 32, 16: 48, 32: 64}  # documents a turn
FILE_ROWS = 200


@dataclass(frozen=True)
class Work:
    """A document, and the prompt that the server makes of it."""

    text: str
    prompt: list[int]


@dataclass(frozen=True)
class Load:
    """What was done in one or more turns."""

    documents: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.documents + other.documents,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.seconds + other.seconds,
        )

    @property
    def documents_a_minute(self) -> float:
        """Documents a minute."""
        return 60 * self.documents / self.seconds

    @property
    def tokens_a_second(self) -> float:
        """Generated tokens a second."""
        return self.tokens_out / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=int, help="at most so many documents each way, for a quick look")
    parser.add_argument("--folder", type=Path, default=rows.FOLDER, help="has news_*.jsonl")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    work = work_from(options.folder)
    loads = baselines(work, options.limit)
    for _ in range(options.rounds):
        for measured in (ours(work, options.limit), baselines(work, options.limit)):
            loads = loads | {way: loads.get(way, Load()) + load for way, load in measured.items()}
    print_table(loads)


def work_from(folder: Path) -> Iterator[Work]:
    """News without end, those left out that do not fit the context."""
    return work_of(rows.numbered(rows.articles(folder)))


def work_of(texts: Iterable[str]) -> Iterator[Work]:
    """The texts with their prompts, those left out that do not fit the context."""
    model_folder, spec = load.find_for_setup(None)
    load_tokenizer = partial(load.load_tokenizer, model_folder)
    for text in texts:
        request = SummaryRequest(text=text, style=STYLE, length=LENGTH)
        document = steps.normalize(request)
        template = PromptTemplate(load_tokenizer, spec.prompting, catalog.get(STYLE), request)
        prompt = template.prompt(document.text).tokens
        if len(prompt) + answer_limit() <= spec.context_length:
            yield Work(text, prompt)


def answer_limit() -> int:
    """The most tokens of an answer."""
    return catalog.get(STYLE).lengths[LENGTH].max_tokens


def baselines(work: Iterator[Work], limit: int | None) -> dict[str, Load]:
    """One turn of both, each in a process that has ended when this returns."""
    loads = {}
    for way, (batch, documents) in BASELINES.items():
        some = [item.prompt for item in islice(work, min(documents, limit or documents))]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            loads[way] = noted(way, process.submit(generate, some, batch, answer_limit()).result())
    return loads


def generate(prompts: list[list[int]], batch: int, limit: int) -> Load:
    """Answer all prompts with transformers' own `generate()`, `batch` at a time, and count the useful tokens."""
    model, _ = load.load(*load.find_for_setup(None))
    ends = model.generation_config.eos_token_id
    choose_threads(model, prompts[0])
    tokens_out = 0
    began = time.perf_counter()
    for first in range(0, len(prompts), batch):
        some = prompts[first : first + batch]
        rule = NoRepeats(len(some), max(map(len, some)))
        answers = engine.generate(model, some, limit, [rule])
        tokens_out += sum(useful(answer, ends if isinstance(ends, list) else [ends]) for answer in answers)
    return Load(len(prompts), sum(map(len, prompts)), tokens_out, time.perf_counter() - began)


def choose_threads(model: Any, prompt: list[int]) -> None:
    """Warm up, and take the number of threads that is faster: torch's own or the engine's."""
    import torch

    own = torch.get_num_threads()
    batching.set_threads()
    seconds = {}
    for count in (own, torch.get_num_threads()):
        torch.set_num_threads(count)
        engine.generate(model, [prompt], 4)
        began = time.perf_counter()
        engine.generate(model, [prompt], 48)
        seconds[count] = time.perf_counter() - began
    fastest = min(seconds, key=lambda count: seconds[count])
    torch.set_num_threads(fastest)
    print(f"# baseline with {fastest} of {sorted(seconds)} threads", flush=True)


def useful(answer: list[int], ends: list[int]) -> int:
    """How many tokens `answer` has up to its end token, and that one; what follows is padding."""
    return next((count for count, token in enumerate(answer, start=1) if token in ends), len(answer))


class NoRepeats:
    """The engine's rule on repeats for `generate()`, a guard for each row of a batch."""

    def __init__(self, rows: int, prompt_length: int) -> None:
        self._guards = [RepeatGuard() for _ in range(rows)]
        self._prompt_length = prompt_length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Forbid in `scores` [rows, vocabulary] what may not follow in `input_ids` [rows, tokens]."""
        for row, (guard, generated) in enumerate(
            zip(self._guards, input_ids[:, self._prompt_length :].tolist(), strict=True)
        ):
            guard.extend(generated)
            for last, banned in guard.bans(len(generated)):
                if last == generated[-1]:
                    scores[row, banned] = float("-inf")
        return scores


def ours(work: Iterator[Work], limit: int | None) -> dict[str, Load]:
    """One turn through a server that has ended when this returns."""
    with running_server() as url:
        check_prompts(url, list(islice(work, 2)))
        loads = {}
        for clients, documents in CLIENTS.items():
            some = list(islice(work, min(documents, limit or documents)))
            way = f"{clients} clients" if clients > 1 else "1 client"
            loads[way] = noted(way, one_by_one(url, some, clients))
        some = list(islice(work, min(FILE_ROWS, limit or FILE_ROWS)))
        way = f"one file of {len(some)} rows"
        loads[way] = noted(way, as_file(url, some))
    return loads


def noted(way: str, measured: Load) -> Load:
    """Say how far the run is."""
    print(f"# {way}: {measured.documents} documents in {measured.seconds:.0f} s", flush=True)
    return measured


def check_prompts(url: str, some: list[Work], max_tokens: int = 0) -> None:
    """Warm up, and end the program if the server's prompts are not those that the baselines are given."""
    for item in some:
        theirs = summarize(url, item, max_tokens)["input_token_count"]
        if theirs != len(item.prompt):
            raise SystemExit(f"the server's prompt has {theirs} tokens, the baselines' {len(item.prompt)}")


def one_by_one(url: str, some: list[Work], clients: int) -> Load:
    """`clients` threads, each of which sends the next document when it has its summary."""
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        return total(list(pool.map(lambda item: summarize(url, item), some)), began)


def as_file(url: str, some: list[Work], max_tokens: int = 0) -> Load:
    """All in one prediction; making the file is not part of the time, sending it is."""
    table = rows.table(item.text for item in some)
    inputs = {"documents": table, "style": STYLE, "length": LENGTH, "max_tokens": max_tokens}
    began = time.perf_counter()
    return total([answer["usage"] for answer in rows.answers(url, inputs)], began)


def summarize(url: str, item: Work, max_tokens: int = 0) -> dict[str, Any]:
    """The metrics of one prediction; without `max_tokens` its answer has what style and length ask for."""
    inputs = {"text": item.text, "style": STYLE, "length": LENGTH, "max_tokens": max_tokens}
    metrics: dict[str, Any] = client.summarize(url, inputs)["metrics"]
    return metrics


def total(counts: list[dict[str, Any]], began: float) -> Load:
    """What was done since `began`."""
    seconds = time.perf_counter() - began
    tokens_in = sum(count["input_token_count"] for count in counts)
    return Load(len(counts), tokens_in, sum(count["output_token_count"] for count in counts), seconds)


def print_table(loads: dict[str, Load]) -> None:
    print("| | documents | tokens in, out each | documents/minute | x the loop | x static | tokens/s | x the loop |")
    print("|---|---|---|---|---|---|---|---|")
    loop, static = loads[LOOP], loads[STATIC]
    for way, way_load in loads.items():
        count, rate = way_load.documents, way_load.documents_a_minute
        cells = [
            way,
            str(count),
            f"{way_load.tokens_in / count:.0f}, {way_load.tokens_out / count:.0f}",
            f"{rate:.1f}",
            f"{rate / loop.documents_a_minute:.2f}",
            f"{rate / static.documents_a_minute:.2f}",
            f"{way_load.tokens_a_second:.1f}",
            f"{way_load.tokens_a_second / loop.tokens_a_second:.2f}",
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
