"""`precis batch …` and `precis deploy`: from what a person typed to a run, and what is said on the way.

Knows: arguments, and how times, prices and progress are written. Everything else is done elsewhere.
"""

import json
import re
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import UserError
from serving import inputs

if TYPE_CHECKING:
    from batch.webhooks import Webhooks
    from serving.signature import InputField

PRICES = Path(__file__).with_name("prices.toml")
_LEDGER = ".ledger"
_OF_ONE = {"text", "document", "documents", "output_format"}  # inputs that a batch sets itself
LOG_SECONDS = 10.0  # between two lines that say how far a run is, where there is no terminal
CLEAR = "\r\x1b[K"  # the line of a terminal
_BAR = 24  # characters
_AMOUNT = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def add_batch(commands: Any) -> None:
    """Add `precis batch …` to the commands."""
    command = commands.add_parser("batch", help="summarize many documents through models that are being served")
    actions = command.add_subparsers(required=True, metavar="run|status|export|retry-failed")
    action = actions.add_parser("run", help="summarize what is not done yet; the same command goes on after a stop")
    action.add_argument("input", help="JSON Lines, CSV, Parquet, Excel, a folder of files, or - for standard input")
    action.add_argument("--out", type=Path, help="a .jsonl or .parquet file; the ledger lies beside it")
    action.add_argument(
        "--to",
        nargs="+",
        metavar="TARGET",
        help="http://HOST:PORT; replicate:OWNER/NAME[:VERSION]; replicate:deployments/OWNER/NAME; ray[:HOST:PORT]",
    )
    inputs.add_argument(action)
    action.add_argument("--shard-rows", type=int, metavar="N", help="documents in one prediction; else by their pace")
    action.add_argument("--concurrency", type=int, metavar="N", help="predictions at once on each target, at most")
    action.add_argument("--deadline", help="when to stop: 06:00, an ISO time, or in 90s, 30m, 8h")
    action.add_argument("--max-cost", type=float, metavar="USD", help="stop when so much is spent")
    action.add_argument("--hardware", help="a name of batch/prices.toml: what a second of predict time costs")
    action.add_argument("--webhook", metavar="URL", help="where Replicate tells of ends; else it is asked all the time")
    action.add_argument("--webhook-port", type=int, metavar="N", help="where they arrive here; else the URL's port")
    action.add_argument("--strict", action="store_true", help="send nothing when any document is bad")
    action.add_argument("--dry-run", action="store_true", help="only say what there is to do; no target is asked")
    action.add_argument("--json-progress", action="store_true", help="progress as JSON Lines on stderr")
    action.set_defaults(run=run)
    action = actions.add_parser("status", help="say how far a batch is, also while it runs")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.set_defaults(run=lambda options: print(status(options.ledger)))
    action = actions.add_parser("export", help="write the results in the order of INPUT")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.add_argument("--out", type=Path, required=True, help="a .jsonl or .parquet file")
    action.set_defaults(run=lambda options: print(export(options.ledger, options.out)))
    action = actions.add_parser("retry-failed", help="make what failed work to do again, for the next `batch run`")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.set_defaults(run=lambda options: print(retry_failed(options.ledger)))


def add_deploy(commands: Any) -> None:
    """Add `precis deploy` to the commands."""
    command = commands.add_parser("deploy", help="make a deployment on Replicate, or change what differs")
    command.add_argument("name", metavar="OWNER/NAME")
    command.add_argument("--hardware", help="such as gpu-l40s; a new deployment must have it")
    command.add_argument("--min", type=int, metavar="N", help="instances at least; of a new one 0")
    command.add_argument("--max", type=int, metavar="N", help="instances at most; of a new one 1")
    command.add_argument("--model", metavar="OWNER/NAME", help="of a new one; without it that of the same name")
    command.add_argument("--version", help="the model's; without it the newest")
    command.add_argument("--wait", action="store_true", help="until it answers a prediction")
    command.set_defaults(run=deploy)


def deadline(written: str, now: datetime | None = None) -> float:
    """Return the time that is written as 30m, 06:00 (the next one) or an ISO time, in seconds since 1970.

    Raises UserError E1009 for anything else, and for a time that has passed.
    """
    now = now or datetime.now(UTC).astimezone()
    if match := _AMOUNT.fullmatch(written.strip()):
        return (now + timedelta(seconds=int(match[1]) * _SECONDS[match[2]])).timestamp()
    try:
        if re.fullmatch(r"\d\d:\d\d", written):
            hour, minute = map(int, written.split(":"))
            found = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            found += timedelta(days=found <= now)
        else:
            found = datetime.fromisoformat(written).astimezone(now.tzinfo)
    except ValueError:
        raise UserError("E1009", f"deadline is {written[:40]!r}; it must be 06:00, an ISO time, or as 30m") from None
    if found <= now:
        raise UserError("E1009", f"deadline is {found.isoformat()}, which has passed")
    return found.timestamp()


def price(hardware: str | None) -> float:
    """Return what a second costs on a hardware in US dollars; 0 for none. Raises UserError E1009 with the names."""
    if hardware is None:
        return 0.0
    prices: dict[str, float] = tomllib.loads(PRICES.read_text(encoding="utf-8"))["usd_per_second"]
    if hardware not in prices:
        raise UserError("E1009", f"hardware is {hardware[:40]!r}; it must be one of {', '.join(prices)}")
    return prices[hardware]


def teller(*, as_json: bool) -> Callable[[str, dict[str, Any]], None]:
    """Return what says things on stderr. How far a run is: a bar on a terminal, else a line now and then, or JSON."""
    is_terminal = sys.stderr.isatty()
    told = -LOG_SECONDS

    def tell(said: str, facts: dict[str, Any]) -> None:
        nonlocal told
        is_progress = facts["event"] == "progress" and facts["left"] > 0
        if as_json:
            print(json.dumps({"at": round(time.time(), 3), **facts}), file=sys.stderr, flush=True)
        elif is_progress and is_terminal:
            print(f"{CLEAR}precis: {bar(facts)} {said}", end="", file=sys.stderr, flush=True)
        elif not is_progress or time.monotonic() - told >= LOG_SECONDS:
            told = time.monotonic()
            print(f"{CLEAR * is_terminal}precis: {said}", file=sys.stderr, flush=True)

    return tell


def bar(facts: dict[str, Any]) -> str:
    """Show how far a run is."""
    ended = facts["done"] + facts["failed"]
    filled = _BAR * ended // max(ended + facts["left"], 1)
    return f"[{'#' * filled}{'-' * (_BAR - filled)}]"


def fields() -> "list[InputField]":
    """Return the model's inputs that can be the same for all documents."""
    from serving import server, signature

    return [field for field in signature.read(server.ROOT / "predict.py").inputs if field.name not in _OF_ONE]


def run(options: Any) -> int:
    """Run what `precis batch run` was asked, and return its exit code."""
    from batch import run as batch
    from batch import targets
    from batch.driver import Limits

    limits = Limits(deadline(options.deadline) if options.deadline else None, options.max_cost, price(options.hardware))
    for name in ("shard_rows", "concurrency"):
        if (asked_for := getattr(options, name)) is not None and asked_for < 1:
            raise UserError("E1009", f"{name.replace('_', '-')} is {asked_for:,}; it must be 1 or more")
    if limits.most_cost is not None and not limits.price:
        raise UserError("E1009", "max-cost needs hardware: what a second of it costs")
    missing = [f"--{name}" for name in ("out", "to") if not getattr(options, name)]
    if missing and not (options.dry_run and (options.out or options.input != "-")):
        raise UserError("E1009", f"{' and '.join(missing)} is missing; a dry run of a file needs neither")
    tell = teller(as_json=options.json_progress)
    source = _piped(options.out, tell) if options.input == "-" else Path(options.input)
    if options.dry_run:
        return batch.dry_run(source, limits, tell)
    told = _webhooks(options) if options.webhook else None
    asked = batch.Asked(
        source,
        options.out,
        [targets.parse(one, limits.deadline, told) for one in options.to],
        inputs.typed(options.inputs, fields()),
        options.shard_rows,
        options.concurrency,
        limits,
        options.strict,
    )
    return batch.run(asked, tell)


def _piped(out: Path, tell: Callable[[str, dict[str, Any]], None]) -> Path:
    """Return the file that standard input is kept in, which another run of the same command goes on with."""
    from batch import documents

    kept = spooled(out)
    if kept.exists():
        tell(f"this goes on with {kept}, and does not read standard input", {"event": "kept", "input": str(kept)})
    return documents.spool(kept)


def _webhooks(options: Any) -> "Webhooks":
    from batch.webhooks import Webhooks

    if not any(target.startswith("replicate:") for target in options.to):
        raise UserError("E1009", "webhook needs a target of replicate:, which alone sends any")
    return Webhooks(options.webhook, options.webhook_port)


def deploy(options: Any) -> None:
    """Make or change a deployment on Replicate."""
    from batch import deploy as deploying

    wanted = deploying.Wanted(options.name, options.model, options.version, options.hardware, options.min, options.max)
    deploying.deploy(wanted, print, is_waited_for=options.wait)


def status(ledger: Path) -> str:
    """Return how far a batch is, as JSON."""
    from batch.ledger import status as found

    return json.dumps(found(of(ledger)), indent=2)


def retry_failed(ledger: Path) -> str:
    """Make what failed work to do again, and say how much that is."""
    from batch.store import Store

    with closing(Store(_out(ledger))) as opened:
        count = opened.retry_failed()
    return f"{count:,} to do again, by the same `precis batch run`"


def export(ledger: Path, out: Path) -> str:
    """Write the results of a batch in the order of INPUT, and say how many there are."""
    from batch import export as exporting

    return f"{exporting.export(_out(ledger), out):,} results in {out}"


def of(ledger: Path) -> Path:
    """Return the ledger, which may be named by its OUT."""
    return ledger if ledger.suffix == _LEDGER else ledger.with_name(ledger.name + _LEDGER)


def _out(ledger: Path) -> Path:
    path = of(ledger)
    if not path.is_file():
        raise UserError("E6002", f"there is no ledger at {path}")
    return path.with_name(path.name.removesuffix(_LEDGER))


def spooled(out: Path) -> Path:
    """Return where what comes through a pipe is kept for a run of the same command."""
    return out.with_name(f"{out.name}.input")
