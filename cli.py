"""The `precis` command: thin, one function a command.

Knows: arguments, exit codes (0 done, 1 our fault, 2 the caller's), what goes to stdout and what to stderr. Knows
nothing about how any of it is done; every command imports what it needs when it runs, so that --help is instant.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import signal
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from computing import telemetry
from errors import Fault, UserError
from gateway import commands as gateway
from serving import inputs, signature
from serving.signature import NotationError
from verification.commands import add_verify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BufferedReader

    from indexing.update import Change
    from retrieval.embed import Embedder
    from serving.signature import InputField

# Of `precis summarize`.
_SHORTHANDS = ("style", "length", "focus", "language", "knowledge", "max_tokens", "temperature", "seed")
_BAR = 40  # characters
_IMAGE = "cog.yaml"  # whose image, unless another file is named
_INPUT = "any input below; a file is @PATH; again for a list's next item"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    telemetry.forbid()
    logging.basicConfig(format="precis: %(message)s")
    logging.getLogger("precis").setLevel(logging.INFO)
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a server that the command started is stopped, too
    try:
        code = int(options.run(options) or 0)
        sys.stdout.flush()
        return code
    except (UserError, NotationError) as error:
        print(f"precis: {error}", file=sys.stderr)
        return 2
    except Fault as error:
        print(f"precis: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `precis … | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is not yet written goes nowhere
        return 141


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="precis", description="Summarize documents with a model of your own.")
    top.add_argument("--version", action="version", version=f"precis {version('precis')}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("serve", help="serve the model on this machine, without Docker")
    command.add_argument("--port", type=int, default=5000)
    command.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be reached from other machines")
    command.add_argument("--model", help="an alias of `precis weights list`, a folder, or owner/name@revision")
    command.add_argument("--grace", type=float, default=30.0, help="seconds that a signal leaves to what is under way")
    command.add_argument("--reload", action="store_true", help="start again when a .py or .toml file changes")
    command.add_argument(
        "--replicate-api",
        nargs="*",
        metavar="URL",
        help="speak Replicate's API, in front of the model or of servers at URLs",
    )
    command.add_argument(
        "--faults", type=Path, metavar="FILE", help="how the API misbehaves; see docs/replicate_api.md"
    )
    command.set_defaults(run=serve)

    command = commands.add_parser("schema", help="print the OpenAPI document that `cog build` would write")
    command.set_defaults(run=schema)

    command = commands.add_parser("summarize", help="summarize a file, on a running server or one for this once")
    command.add_argument("file", nargs="?", help="text, Markdown, HTML, PDF, DOCX or email; - for stdin")
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = f"inputs:\n{inputs.describe(_fields())}"
    command.add_argument("-i", dest="inputs", action="append", default=[], metavar="NAME=VALUE", help=_INPUT)
    for name in _SHORTHANDS:
        command.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=f"the same as -i {name}=VALUE")
    command.add_argument("--json", action="store_true", help="print one JSON object with usage and timings")
    command.add_argument("--url", help="a server's address; without it http://127.0.0.1:5000, or one for this once")
    command.set_defaults(run=summarize)

    add_verify(commands).set_defaults(run=verify)

    command = commands.add_parser("normalize", help="print the clean text that a model would see; no model is loaded")
    command.add_argument("file", help="text, Markdown, HTML, PDF, DOCX or email; with --lines JSON Lines, - for stdin")
    command.add_argument("--redact", choices=["mask", "pseudonym"], help="replace personal data")
    command.add_argument("--keep-boilerplate", action="store_true", help="take nothing out but markup")
    command.add_argument("--report", action="store_true", help="print what was removed and redacted, as JSON on stderr")
    command.add_argument("--lines", action="store_true", help="a row a line: {id, text or html}; all cores are used")
    command.set_defaults(run=normalize)

    command = commands.add_parser(
        "plan", help="print how a long document would be split and merged; no model is loaded"
    )
    command.add_argument("file", help="text, Markdown, HTML, PDF, DOCX or email; - for stdin")
    command.add_argument("--style", default="general", help="the name of a file in styles/")
    command.add_argument("--length", default="standard", help="brief, standard or detailed")
    command.add_argument("--strategy", default="auto", help="auto, single or map_reduce")
    command.add_argument("--max-input-tokens", type=int, default=0, help="refuse what would take more")
    command.set_defaults(run=plan)

    command = commands.add_parser("batch", help="summarize many documents through models that are being served")
    _batch_actions(command.add_subparsers(required=True, metavar="run|status|export|retry-failed"))

    command = commands.add_parser("deploy", help="make a deployment on Replicate, or change what differs")
    command.add_argument("name", metavar="OWNER/NAME")
    command.add_argument("--hardware", help="such as gpu-l40s; a new deployment must have it")
    command.add_argument("--min", type=int, metavar="N", help="instances at least; of a new one 0")
    command.add_argument("--max", type=int, metavar="N", help="instances at most; of a new one 1")
    command.add_argument("--model", metavar="OWNER/NAME", help="of a new one; without it that of the same name")
    command.add_argument("--version", help="the model's; without it the newest")
    command.add_argument("--wait", action="store_true", help="until it answers a prediction")
    command.set_defaults(run=deploy)

    gateway.add_gateway(commands)
    gateway.add_tokens(commands)

    command = commands.add_parser("knowledge", help="make and search an index of your own documentation")
    _knowledge_actions(command.add_subparsers(required=True, metavar="build|add|remove|search|stats|verify"))

    command = commands.add_parser("weights", help="fetch, check and list the models")
    actions = command.add_subparsers(required=True, metavar="pull|verify|list")
    action = actions.add_parser("pull", help="fetch models, every digest compared")
    action.add_argument("models", nargs="*", help="aliases, or owner/name@revision; without any what is embedded")
    action.set_defaults(run=weights_pull)
    action = actions.add_parser("verify", help="compare every byte of a model with its recorded digests")
    action.add_argument("model", nargs="?", help="without it all models that are here")
    action.set_defaults(run=weights_verify)
    action = actions.add_parser("list", help="show the models that have a name, and which are here")
    action.add_argument("--image", nargs="?", const=_IMAGE, metavar="FILE", help=f"what an image carries: of {_IMAGE}")
    action.set_defaults(run=weights_list)

    command = commands.add_parser("image", help="build or push an image of what is committed and the models it carries")
    actions = command.add_subparsers(required=True, metavar="build|push")
    action = actions.add_parser("build", help="build it here, with Cog's command line")
    action.add_argument("name", help="what it is called here")
    action.set_defaults(run=image_build)
    push = actions.add_parser("push", help="build it and push it to a registry")
    push.add_argument("name", help="r8.im/OWNER/NAME for Replicate, or HOST/PATH")
    push.set_defaults(run=image_push)
    for one in (action, push):
        one.add_argument("--file", default=_IMAGE, help="cog.yaml, or image-cpu.yaml; default: %(default)s")
        one.add_argument("--dirty", action="store_true", help="although there are changes that are not committed")
    return top


def _batch_actions(actions: Any) -> None:
    action = actions.add_parser("run", help="summarize what is not done yet; the same command goes on after a stop")
    action.add_argument("input", help="JSON Lines, CSV, Parquet, Excel, a folder of files, or - for standard input")
    action.add_argument("--out", type=Path, help="a .jsonl or .parquet file; the ledger lies beside it")
    action.add_argument(
        "--to",
        nargs="+",
        metavar="TARGET",
        help="http://HOST:PORT; replicate:OWNER/NAME[:VERSION]; replicate:deployments/OWNER/NAME; ray[:HOST:PORT]",
    )
    action.add_argument("-i", dest="inputs", action="append", default=[], metavar="NAME=VALUE", help=_INPUT)
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
    action.set_defaults(run=batch_run)
    action = actions.add_parser("status", help="say how far a batch is, also while it runs")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.set_defaults(run=batch_status)
    action = actions.add_parser("export", help="write the results in the order of INPUT")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.add_argument("--out", type=Path, required=True, help="a .jsonl or .parquet file")
    action.set_defaults(run=batch_export)
    action = actions.add_parser("retry-failed", help="make what failed work to do again, for the next `batch run`")
    action.add_argument("ledger", type=Path, help="OUT.ledger, or OUT")
    action.set_defaults(run=batch_retry_failed)


def _knowledge_actions(actions: Any) -> None:
    documents = (
        "a folder of Markdown, HTML, PDF, DOCX and text, one of these, or JSON Lines of {id, title, text, metadata}"
    )
    action = actions.add_parser("build", help="make an index that of these documents; only what changed is embedded")
    action.add_argument("documents", type=Path, help=documents)
    action.add_argument("--out", type=Path, default=Path("knowledge"), help="the index; default: %(default)s")
    action.set_defaults(run=knowledge_build)
    action = actions.add_parser("add", help="add documents to an index, or put them in their namesakes' place")
    action.add_argument("documents", type=Path, help=documents)
    action.set_defaults(run=knowledge_add)
    remove = actions.add_parser("remove", help="take documents out of an index")
    remove.add_argument("sources", nargs="+", metavar="source", help="as a search shows it")
    remove.set_defaults(run=knowledge_remove)
    search = actions.add_parser("search", help="print the passages that are best for a question")
    search.add_argument("question", nargs="?", help="or --lines")
    search.add_argument("--lines", help="JSON Lines of {id, text}, - for stdin; prints {id, hits} for each")
    search.add_argument("--top-k", type=int, default=5, help="passages; default: %(default)s")
    search.add_argument("--filter", action="append", default=[], metavar="KEY=VALUE", help="which metadata must be")
    search.set_defaults(run=knowledge_search)
    stats = actions.add_parser("stats", help="print what an index holds and was made with")
    stats.set_defaults(run=knowledge_stats)
    verify = actions.add_parser("verify", help="read every byte of an index and compare with what was written")
    verify.set_defaults(run=knowledge_verify)
    for one in (action, remove, search, stats, verify):
        one.add_argument("--index", type=Path, default=Path("knowledge"), help="the index; default: %(default)s")


def serve(options: argparse.Namespace) -> int:
    """Serve in the foreground until a signal ends it."""
    from serving import core_dumps, reload, server

    if options.replicate_api is None:
        if options.faults:
            raise UserError("E3101", "--faults are those of the API; give --replicate-api as well")
        return reload.serve(options.port, options.host, options.model, options.reload, options.grace)
    try:
        from replicate_api import serve as api
    except ModuleNotFoundError as error:
        raise UserError("E3102", f"--replicate-api needs {error.name}: pip install -r requirements-api.txt") from None
    core_dumps.forbid()  # documents pass through here, too
    if options.replicate_api:
        with api.in_front_of(options.replicate_api, options.host, options.port, options.faults):
            return api.wait_for_signal()
    port = server.free_port()
    with api.in_front_of([f"http://{server.HOST}:{port}"], options.host, options.port, options.faults):
        return reload.serve(port, server.HOST, options.model, options.reload, options.grace)


def schema(_options: argparse.Namespace) -> None:
    """Print the OpenAPI document of predict.py."""
    from serving import server
    from serving.schema import dumps, openapi

    print(dumps(openapi(server.ROOT / "predict.py")))


def summarize(options: argparse.Namespace) -> None:
    """Print a summary as it is generated, then tokens and times on stderr."""
    from serving.client import Chunk, describe, stream
    from serving.server import any_server

    given = {name: getattr(options, name) for name in _SHORTHANDS if getattr(options, name) is not None}
    pairs = [f"{name}={value}" for name, value in given.items()] + ["output_format=json"] * options.json
    asked = inputs.typed([*pairs, *options.inputs], _fields())
    if options.file is not None:
        asked |= _document(options.file)
    elif not asked.keys() & {"text", "prompt", "document", "documents"}:
        raise UserError("E1001", "name a FILE, or give -i text=@FILE, -i document=URL or -i documents=TABLE")
    with any_server(options.url) as url:
        for event in stream(url, asked, on_log=_show_progress):
            if isinstance(event, Chunk):
                print(event.text, end="", flush=True)
            else:
                print()
                print(f"precis: {describe(event.metrics)}", file=sys.stderr)


def verify(options: argparse.Namespace) -> None:
    """Print how far a document supports a summary. The model is loaded if its answers are worth asking for."""
    from contextlib import redirect_stdout

    from contract.request import SummaryRequest
    from normalizers import steps
    from pipeline import check
    from verification import commands

    request = SummaryRequest(**_source(options.source))
    summary = steps.normalize(SummaryRequest(**_source(options.summary), strip_boilerplate=False)).text
    with redirect_stdout(sys.stderr):  # what a setup says
        found = asyncio.run(check(summary, request))
    print(json.dumps({"summary": summary, **found.model_dump()}) if options.json else commands.table(summary, found))
    print(f"precis: {commands.cost(found)}", file=sys.stderr)


def _show_progress(line: str) -> None:
    """Show a line such as "part 12 of 40" on stderr, as a bar where that is a terminal."""
    found = re.fullmatch(r"(part|merge) ([\d,]+) of ([\d,]+)", line)
    if not found:
        return
    if not sys.stderr.isatty():
        print(f"precis: {line}", file=sys.stderr)
        return
    done, total = (int(number.replace(",", "")) for number in found.groups()[1:])
    filled = _BAR * done // max(total, 1)
    end = "\n" if done == total else ""
    print(f"\rprecis: [{'#' * filled}{'-' * (_BAR - filled)}] {line}", end=end, file=sys.stderr, flush=True)


def _fields() -> "tuple[InputField, ...]":
    """What `predict.py` says of its inputs."""
    from serving import server

    return signature.read(server.ROOT / "predict.py").inputs


def _document(file: str) -> dict[str, str]:
    """The input that a server takes `file` as; - is standard input. Raises UserError E1001, E1004 and E1005."""
    if file != "-":
        return {"document": inputs.data_url(Path(file))}
    text = sys.stdin.read()
    if not text.strip():  # before a server is started for it
        raise UserError("E1001", f"standard input holds {len(text)} characters, none of them visible")
    return {"text": text}


def normalize(options: argparse.Namespace) -> None:
    """Print one file's clean text, or a line of JSON for every line of a file."""
    from computing import cores
    from contract.request import SummaryRequest
    from normalizers import steps
    from normalizers.pii.detectors import load_detectors
    from normalizers.row import RowNormalizer, report
    from rows import json_lines, processes
    from weights import load

    names_model = load.find_names_model() if options.redact else None
    inputs: dict[str, Any] = {"strip_boilerplate": not options.keep_boilerplate, "redact_pii": options.redact or "off"}
    if options.lines:
        with _open(options.file) as file:
            _print_lines(processes.in_order(RowNormalizer(inputs, names_model), json_lines.read(file), cores.count()))
        return
    request = SummaryRequest(**_source(options.file), **inputs)
    document = steps.prepare(request, load_detectors(names_model) if names_model else ()).document
    print(document.text)
    if options.report:
        print(report(document), file=sys.stderr)


def plan(options: argparse.Namespace) -> None:
    """Print the prompts that one file takes: one, or a row for each piece and each merge round."""
    from contract.request import SummaryRequest
    from generation import languages, long_documents
    from generation.plan_table import table
    from generation.prompts import Prompt, PromptTemplate
    from normalizers import steps
    from styles import catalog
    from weights import load

    names = ("style", "length", "strategy", "max_input_tokens")
    request = SummaryRequest(**_source(options.file), **{name: getattr(options, name) for name in names})
    style = catalog.get(request.style)
    text = steps.normalize(request).text
    request = languages.resolved(request, text)
    folder, spec, _ = load.find_served(None, may_fetch_default=False)
    template = PromptTemplate(partial(load.load_tokenizer, folder), spec.prompting, style, request)
    planned = long_documents.plan(template, text, spec.context_length)
    if isinstance(planned, Prompt):
        print(f"{len(text):,} characters, one prompt of {len(planned.tokens):,} tokens")
    else:
        print(table(planned))


def _source(file: str) -> dict[str, Any]:
    """The input that a request takes `file` as; - is standard input."""
    return {"text": sys.stdin.read()} if file == "-" else {"document": Path(file)}


def _open(file: str) -> "BufferedReader":
    try:
        return open(0, "rb", closefd=False) if file == "-" else Path(file).open("rb")
    except OSError as error:
        raise UserError("E1004", f"{file} cannot be read ({type(error).__name__})") from None


def _print_lines(lines: "Iterable[str]") -> None:
    """Print lines of JSON as soon as there are any, in UTF-8 whatever the terminal's encoding is."""
    for line in lines:
        sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.buffer.flush()


def batch_run(options: argparse.Namespace) -> int:
    """Summarize what is not done yet of many documents."""
    from batch import commands

    return commands.run(options)


def batch_status(options: argparse.Namespace) -> None:
    """Print how far a batch is, as JSON."""
    from batch import commands

    print(commands.status(options.ledger))


def batch_export(options: argparse.Namespace) -> None:
    """Write the results of a batch in the order of its documents."""
    from batch import commands

    print(commands.export(options.ledger, options.out))


def batch_retry_failed(options: argparse.Namespace) -> None:
    """Make what failed in a batch work to do again."""
    from batch import commands

    print(commands.retry_failed(options.ledger))


def deploy(options: argparse.Namespace) -> None:
    """Make or change a deployment on Replicate."""
    from batch import deploy as deploying

    wanted = deploying.Wanted(options.name, options.model, options.version, options.hardware, options.min, options.max)
    deploying.deploy(wanted, print, is_waited_for=options.wait)


def knowledge_build(options: argparse.Namespace) -> int:
    """Make an index that of some documents."""
    from indexing import update

    return _changed(update.build(options.documents, options.out, _embedder()))


def knowledge_add(options: argparse.Namespace) -> int:
    """Add documents to an index."""
    from indexing import update

    return _changed(update.add(options.documents, options.index, _embedder()))


def _changed(change: "Change") -> int:
    """Print what became of an index; 2 when there was a document that could not be read."""
    for source, error in change.failures:
        print(f"precis: {source}: {error}", file=sys.stderr)
    print(change)
    return 2 if change.failures else 0


def knowledge_remove(options: argparse.Namespace) -> None:
    """Take documents out of an index."""
    from indexing import update

    left = update.remove(options.index, options.sources)
    print(f"{len(set(options.sources)):,} removed; {left.sources:,} sources, {left.chunks:,} chunks")


def knowledge_search(options: argparse.Namespace) -> None:
    """Print passages, or a line of JSON for every line of a file."""
    from retrieval import commands
    from rows import json_lines

    where = dict(map(commands.pair, options.filter))
    if (options.question is None) == (options.lines is None):
        raise UserError("E1003" if options.lines else "E1001", "give either a question or --lines")
    if options.top_k < 1:
        raise UserError("E1009", f"--top-k is {options.top_k:,}; it must be 1 or more")
    embedder = _embedder()
    if options.lines:
        with _open(options.lines) as file:
            _print_lines(commands.find_lines(options.index, embedder, json_lines.read(file), options.top_k, where))
        return
    for hit in commands.find(options.index, embedder, options.question, options.top_k, where):
        print(f"{hit.score:.3f} {commands.place(hit.chunk)}\n{hit.chunk.text.strip()}\n")


def _embedder() -> "Embedder":
    """The embedding model, with all cores: nothing else runs."""
    from computing import cores
    from indexing.library import load_embedder
    from weights import load

    return load_embedder(*load.find_embedding_model(), cores.count())


def knowledge_stats(options: argparse.Namespace) -> None:
    """Print what an index holds."""
    from retrieval import commands

    for name, value in commands.stats(options.index).items():
        print(f"{name:<10} {value}")


def knowledge_verify(options: argparse.Namespace) -> None:
    """Check an index."""
    from retrieval import commands

    made = commands.verify(options.index)
    print(f"{made.sources:,} sources, {made.chunks:,} chunks, every byte as written and every row indexed")


def weights_pull(options: argparse.Namespace) -> None:
    """Fetch models."""
    from weights import commands

    if not options.models:
        commands.pull_embedded()
    for name in options.models:
        commands.pull(name)


def weights_verify(options: argparse.Namespace) -> None:
    """Check a model, or all that are here."""
    from weights import commands

    commands.verify(options.model)


def weights_list(options: argparse.Namespace) -> None:
    """Print the models, or those that an image carries."""
    from image import commands as image_commands
    from weights import commands

    if options.image:
        image_commands.show(options.image)
    else:
        commands.list_models()


def image_build(options: argparse.Namespace) -> int:
    """Build an image."""
    from image import commands

    return commands.build(options.name, options.file, options.dirty)


def image_push(options: argparse.Namespace) -> int:
    """Build an image and push it."""
    from image import commands

    return commands.push(options.name, options.file, options.dirty)


if __name__ == "__main__":
    sys.exit(main())
