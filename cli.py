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

from batch import commands as batch
from computing import telemetry
from errors import Fault, UserError
from gateway import commands as gateway
from indexing import commands as indexing
from serving import inputs, signature
from serving.signature import NotationError
from verification.commands import add_verify

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from serving.signature import InputField

# Of `precis summarize`.
_SHORTHANDS = ("style", "length", "focus", "language", "knowledge", "max_tokens", "temperature", "seed")
_BAR = 40  # characters
_IMAGE = "cog.yaml"  # whose image, unless another file is named


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
    inputs.add_argument(command)
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

    batch.add_batch(commands)
    batch.add_deploy(commands)
    gateway.add_gateway(commands)
    gateway.add_tokens(commands)
    indexing.add_knowledge(commands, _embedder)

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
    from rows import json_lines, processes, standard_streams
    from weights import load

    names_model = load.find_names_model() if options.redact else None
    inputs: dict[str, Any] = {"strip_boilerplate": not options.keep_boilerplate, "redact_pii": options.redact or "off"}
    if options.lines:
        with standard_streams.opened(options.file) as file:
            rows = json_lines.read(file)
            lines = processes.in_order(RowNormalizer(inputs, names_model), rows, cores.count())
            standard_streams.print_lines(lines)
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


def _embedder() -> "Embedder":
    """The embedding model, with all cores: nothing else runs."""
    from computing import cores
    from indexing.library import load_embedder
    from weights import load

    return load_embedder(*load.find_embedding_model(), cores.count())


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
