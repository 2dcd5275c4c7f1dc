"""What the gateway costs, beside calling Cog's server directly, and whether it is fair under load.

    python -m benchmarks.gateway cost [--requests 400]
    python -m benchmarks.gateway load [--clients 1000] [--seconds 300] [--kill]

A real Cog predictor that answers at once stands for the model, since the gateway is what is measured. `cost` sends the
same requests to Cog and through the gateway by turns, with 1 and 32 clients; the gateway has one core of its own.
Wanted of `load`, 1,000 clients of four tokens before 32 places: no answer lost, mixed up or unexplained, no 5xx, and
shares by token within 10% of fair; with `--kill` the same while one of two upstreams is killed every 20 seconds.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import machine
from serving import http1
from serving.server import ROOT, Server, free_port, running_server, start
from tests.gateway.running import Running, gateway

PREDICTOR = ROOT / "tests" / "gateway" / "predictors" / "instant.py"
TOKENS = ("a", "b", "c", "d")
KILL_SECONDS = 20.0
STREAMS = 500
FULL = 409  # of Cog's
EVENTS = {"Accept": "text/event-stream"}
WORD_SECONDS = 0.2  # so that it is the model that all wait for, as it is in earnest
WORDS = "say the council voted to build a bridge over the river"

Json = dict[str, object]
Ask = Callable[[], Awaitable[float]]  # a request, and the seconds that were measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cost", "load"])
    parser.add_argument("--requests", type=int, default=400, help="of each kind")
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--kill", action="store_true", help="and bring back, one of two upstreams")
    options = parser.parse_args()
    print(f"# {machine.describe()}")
    with tempfile.TemporaryDirectory() as name:
        if options.what == "cost":
            cost(Path(name), options.requests)
        else:
            asyncio.run(load(Path(name), options.clients, options.seconds, options.kill))


def project(folder: Path, places: int = 32) -> Path:
    """A project of the stub model, with so many places."""
    made = folder / f"model-{places}"
    made.mkdir()
    source = PREDICTOR.read_text(encoding="utf-8").replace("max=32", f"max={places}")
    (made / "predict.py").write_text(source, encoding="utf-8")
    return made


# What it costs.


def cost(folder: Path, requests: int) -> None:
    with running_server(project(folder), timeout=60) as cog, gateway(folder, cog) as running:
        pin(running)
        print(
            "| clients | what | Cog p50 | p99 | gateway p50 | p99 | adds (p50) | n |\n|---|---|---|---|---|---|---|---|"
        )
        for clients in (1, 32):
            for what, ask in (("whole answer", whole), ("first event of text", first_event)):
                direct, through = asyncio.run(compared(cog, running.url, clients, requests, ask))
                shown = [f"{1000 * value:.1f}" for value in (*quantiles(direct), *quantiles(through))]
                adds = 1000 * (statistics.median(through) - statistics.median(direct))
                print(f"| {clients} | {what} | {' | '.join(shown)} | {adds:.1f} ms | {len(through)} |", flush=True)
        before, began = cpu_seconds(running), time.monotonic()
        asyncio.run(many(32, requests, lambda: whole(running.url, "/summarize", {"text": WORDS})))
        seconds = time.monotonic() - began
        each = (cpu_seconds(running) - before) / requests
        print(f"one core: {1 / each:,.0f} requests a second by processor time ({1000 * each:.2f} ms each); "
              f"{requests / seconds:,.0f} a second here, where model and clients share the other core")  # fmt: skip
    with (
        running_server(project(folder, STREAMS + 50), timeout=60) as cog,
        gateway(folder, cog, places=STREAMS + 50) as running,
    ):
        asyncio.run(memory(running))


async def compared(
    cog: str, url: str, clients: int, requests: int, ask: Callable[[str, str, Json], Awaitable[float]]
) -> tuple[list[float], list[float]]:
    """Seconds of the same request to Cog and through the gateway, by turns."""
    direct: list[float] = []
    through: list[float] = []
    is_stream = ask is first_event
    body: Json = {"input": {"text": WORDS, "output_format": "json_stream" if is_stream else "json"}}
    for _ in range(8):
        direct += await many(clients, requests // 8, lambda: ask(cog, "/predictions", body))
        through += await many(clients, requests // 8, lambda: ask(url, "/summarize", {"text": WORDS}))
    return direct, through


async def many(clients: int, requests: int, ask: Ask) -> list[float]:
    """Send so many requests, by so many clients at once."""
    left = iter(range(requests))

    async def client() -> list[float]:
        return [await ask() for _ in left]

    return [seconds for one in await asyncio.gather(*(client() for _ in range(clients))) for seconds in one]


async def whole(url: str, path: str, body: Json) -> float:
    """Seconds until an answer is there, with as many tries as it takes where Cog says that it is full."""
    began = time.perf_counter()
    while True:
        status, said = await post(url, path, body)
        if status != FULL:
            assert status == 200, said
            return time.perf_counter() - began


async def first_event(url: str, path: str, body: Json) -> float:
    """Seconds until the first piece of text has come."""
    began = time.perf_counter()
    seconds = 0.0
    while not seconds:
        async with sent(url, path, body, EVENTS) as (reader, head):
            if int(head.start[0]) == FULL:
                continue
            assert head.start[0] == "200"
            async for piece in http1.body(reader, head):  # to its end, or it would be cancelled
                if not seconds and b"event: output" in piece.data:
                    seconds = time.perf_counter() - began
    return seconds


async def memory(running: Running) -> None:
    """What an open stream takes."""
    await many(32, 200, lambda: whole(running.url, "/summarize", {"text": WORDS}))
    before = resident(running)

    async def stream() -> None:
        async with sent(
            running.url, "/summarize", {"text": "slow 3 " + "a " * 20}, {"Accept": "text/event-stream"}
        ) as (
            reader,
            head,
        ):
            async for piece in http1.body(reader, head):
                if b"event: output" in piece.data:
                    opened.append(1)
                    await asyncio.sleep(60)

    opened: list[int] = []
    tasks = [asyncio.create_task(stream()) for _ in range(STREAMS)]
    while len(opened) < STREAMS:  # noqa: ASYNC110 # each says so itself
        await asyncio.sleep(0.2)
    print(f"memory of an open stream: {(resident(running) - before) / STREAMS / 1024:.0f} kB ({STREAMS} at once)")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# Whether it is fair.


@dataclass
class Seen:
    """What clients saw."""

    answers: Counter[str] = field(default_factory=Counter)  # right ones, by token
    late: int = 0  # right ones when the time was over: of all that waited then, however many of each token
    refused: Counter[str] = field(default_factory=Counter)  # by code
    faults: Counter[str] = field(default_factory=Counter)  # 5xx, by code
    mixed_up: int = 0
    unexplained: Counter[str] = field(default_factory=Counter)


async def load(folder: Path, clients: int, seconds: float, is_killing: bool) -> None:
    made = project(folder)
    with ExitStack() as stack:
        servers = [started(made) for _ in range(1 + is_killing)]
        for server in servers:
            stack.callback(server.stop)
        running = stack.enter_context(
            gateway(folder, *(server.url for server in servers), queue=2 * clients, places=32)
        )
        tokens = {name: running.token(name) for name in TOKENS}
        await asyncio.sleep(3)
        seen, until = Seen(), time.monotonic() + seconds
        killing = asyncio.create_task(killer(made, servers, until)) if is_killing else None
        # A token has as many clients as its place in the list says, twice, thrice: its share must not tell.
        weights = [name for number, name in enumerate(TOKENS, 1) for _ in range(number)]
        names = [weights[number % len(weights)] for number in range(clients)]
        asking = (client(running.url, name, tokens[name], number, until, seen) for number, name in enumerate(names))
        await asyncio.gather(*asking)
        if killing:
            killing.cancel()
        show(seen, Counter(names), seconds)
        for server in servers:
            server.stop()


async def client(url: str, name: str, token: str, number: int, until: float, seen: Seen) -> None:
    """Ask, one request after the other, each with a text of its own."""
    count = 0
    while time.monotonic() < until:
        count += 1
        said = f"client {number} request {count}"
        try:
            status, answer = await post(
                url, "/summarize", {"text": f"slow {WORD_SECONDS} {said}"}, {"Authorization": f"Bearer {token}"}
            )
        except (OSError, http1.BadMessageError) as error:
            seen.unexplained[type(error).__name__] += 1
            continue
        if status == 200:
            if answer.get("summary") != said:
                seen.mixed_up += 1
            elif time.monotonic() < until:
                seen.answers[name] += 1
            else:
                seen.late += 1
        else:
            counts = seen.faults if status >= 500 else seen.refused
            counts[str(answer.get("code"))] += 1
            await asyncio.sleep(1)


async def killer(made: Path, servers: list[Server], until: float) -> None:
    """Kill the second server every KILL_SECONDS, and start another at its address."""
    while time.monotonic() < until:
        await asyncio.sleep(KILL_SECONDS / 2)
        await asyncio.to_thread(killed, servers[1])
        await asyncio.sleep(KILL_SECONDS / 2)
        servers[1] = await asyncio.to_thread(started, made, urlsplit(servers[1].url).port)


def started(made: Path, port: int | None = None) -> Server:
    server = start(made, port=port or free_port(), log_file=made / "log")
    server.wait_until_ready(60)
    return server


def killed(server: Server) -> None:
    os.killpg(server.process.pid, 9)
    server.process.wait()


def show(seen: Seen, clients: Counter[str], seconds: float) -> None:
    total = sum(seen.answers.values())
    print(
        f"{total:,} answers in {seconds:.0f} s, {total / seconds:,.0f} a second, by {sum(clients.values()):,} clients"
    )
    print("| token | clients | answers | share | of fair |\n|---|---|---|---|---|")
    for name in TOKENS:
        share = seen.answers[name] / max(total, 1)
        print(f"| {name} | {clients[name]} | {seen.answers[name]:,} | {share:.3f} | {share * len(TOKENS):.2f} |")
    others = {"unexplained": seen.unexplained, "refused": seen.refused, "5xx": seen.faults}
    print(f"mixed up {seen.mixed_up}, " + ", ".join(f"{name} {dict(counts)}" for name, counts in others.items()))


# HTTP, as light as it can be: a thousand clients share a core with the model.


@asynccontextmanager
async def sent(
    url: str, path: str, body: Json, headers: dict[str, str]
) -> AsyncIterator[tuple[asyncio.StreamReader, http1.Head]]:
    """An answer's head, and where its body comes from."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=http1.MAX_HEAD)
    content = json.dumps(body).encode()
    lines = {"Host": address.netloc, "Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    try:
        writer.write(head.encode() + content)
        yield reader, await http1.read_response(reader)
    finally:
        writer.close()


async def post(url: str, path: str, body: Json, headers: dict[str, str] | None = None) -> tuple[int, Json]:
    """Status and JSON of an answer."""
    async with sent(url, path, body, headers or {}) as (reader, head):
        content = await http1.read_body(reader, head, 10_000_000)
    return int(head.start[0]), json.loads(content)


# The process of the gateway.


def pin(running: Running) -> None:
    """Give the gateway a core of its own, where there are two and the system can."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(running.process.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:])


def cpu_seconds(running: Running) -> float:
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(running: Running) -> int:
    """Bytes."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """The median, and the 99th of a hundred."""
    return statistics.median(seconds), sorted(seconds)[int(0.99 * (len(seconds) - 1))]


if __name__ == "__main__":
    main()
