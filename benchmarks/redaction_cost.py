"""What redaction costs by what a text is made of: prose, and what is no prose and often as long.

    python -m benchmarks.redaction_cost [--characters 100000] [--profile KIND]

Each text is redacted alone, by one process and one core, the model of names included. The ratio is to prose: cost is
to follow length, whatever stands in it. `--profile` shows where the time of one of them goes.
"""

import argparse
import cProfile
import json
import pstats
import random
import time
from collections.abc import Callable, Iterator
from itertools import chain, cycle
from pathlib import Path

from benchmarks import machine
from contract.request import SummaryRequest
from normalizers.pii.detectors import Detectors, load_detectors, redactor_for
from weights import load

PROSE = Path(__file__).parent.parent / "examples" / "documents"
SEED = 20_260_801


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=100_000)
    parser.add_argument("--profile", choices=KINDS)
    options = parser.parse_args()
    detectors = load_detectors(load.find_names_model())
    redact("Ann Lee wrote to bob@example.com.", detectors)  # loads what is loaded at first use
    if options.profile:
        with cProfile.Profile() as profile:
            redact(text_of(options.profile, options.characters), detectors)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    print(f"# {machine.describe()}; {options.characters:,} characters of each")
    print("| text | seconds | redacted | ratio to prose |")
    print("|---|---|---|---|")
    of_prose = 0.0
    for kind in KINDS:
        text = text_of(kind, options.characters)
        began = time.perf_counter()
        redacted = redact(text, detectors)
        seconds = time.perf_counter() - began
        of_prose = of_prose or seconds
        print(f"| {kind} | {seconds:.2f} | {redacted:,} | {seconds / of_prose:.2f} |", flush=True)


def redact(text: str, detectors: Detectors) -> int:
    """Redact a text and return in how many places."""
    _, redactions = redactor_for(SummaryRequest(text=text, redact_pii="pseudonym"), detectors).redact(text)
    return len(redactions)


def text_of(kind: str, characters: int) -> str:
    """Lines of a kind, as many as make so many characters; the same each time."""
    lines: list[str] = []
    length = 0
    for line in KINDS[kind](random.Random(SEED)):
        lines.append(line)
        length += len(line) + 1
        if length > characters:
            break
    return "\n".join(lines)[:characters]


def _prose(_: random.Random) -> Iterator[str]:
    """The example documents over and over."""
    texts = [file.read_text("utf-8") for file in sorted(PROSE.glob("*.txt"))]
    return chain.from_iterable(text.splitlines() for text in cycle(texts))


def _digits(drawn: random.Random) -> Iterator[str]:
    while True:
        yield " ".join(str(drawn.randrange(10 ** drawn.randint(1, 9))) for _ in range(12))


def _json(drawn: random.Random) -> Iterator[str]:
    while True:
        order = {
            "id": drawn.randrange(10**8),
            "status": drawn.choice(["open", "paid", "sent"]),
            "total": round(drawn.uniform(1, 900), 2),
            "created_at": f"2025-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}T{drawn.randrange(24):02}:00:00Z",
            "items": [{"sku": f"{drawn.randrange(16**8):08x}", "count": drawn.randint(1, 9)} for _ in range(2)],
        }
        yield json.dumps(order)


def _csv(drawn: random.Random) -> Iterator[str]:
    while True:
        cells = (drawn.randrange(10**6), f"{drawn.uniform(0, 100):.4f}", drawn.choice("ABC"), drawn.randrange(100))
        yield f"{','.join(map(str, cells))},2025-06-{drawn.randint(1, 30):02},{drawn.randrange(16**12):012x}"


def _urls(drawn: random.Random) -> Iterator[str]:
    while True:
        path = "/".join(drawn.choice(["assets", "v2", "docs", "item", "blog"]) for _ in range(3))
        yield f"https://cdn{drawn.randrange(90)}.example.com/{path}/{drawn.randrange(16**10):010x}?page={drawn.randrange(500)}"


def _logs(drawn: random.Random) -> Iterator[str]:
    while True:
        clock = ":".join(f"{drawn.randrange(60):02}" for _ in range(2))
        stamp = f"2025-06-{drawn.randint(1, 30):02} {drawn.randrange(24):02}:{clock},{drawn.randrange(1000):03}"
        address = ".".join(str(drawn.randrange(1, 255)) for _ in range(4))
        said = f"{drawn.choice(['INFO', 'WARN', 'ERROR'])} [worker-{drawn.randrange(32)}] {address}"
        code = drawn.choice([200, 304, 404, 500])
        yield f'{stamp} {said} "GET /api/{drawn.randrange(10**5)}" {code} {drawn.randrange(10**5)}'


KINDS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "prose": _prose,
    "digits": _digits,
    "json": _json,
    "csv": _csv,
    "urls": _urls,
    "logs": _logs,
}


if __name__ == "__main__":
    main()
