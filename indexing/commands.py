"""`precis knowledge …`: from what a person typed to an index, or to what is found in one.

Knows: arguments, and how changes and passages are shown. Everything else is done elsewhere.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import UserError

if TYPE_CHECKING:
    from indexing.update import Change
    from retrieval.embed import Embedder

    LoadEmbedder = Callable[[], Embedder]

_DOCUMENTS = (
    "a folder of Markdown, HTML, PDF, DOCX and text, one of these, or JSON Lines of {id, title, text, metadata}"
)


def add_knowledge(commands: Any, load_embedder: "LoadEmbedder") -> None:
    """Add `precis knowledge …` to the commands."""
    command = commands.add_parser("knowledge", help="make and search an index of your own documentation")
    actions = command.add_subparsers(required=True, metavar="build|add|remove|search|stats|verify")
    action = actions.add_parser("build", help="make an index that of these documents; only what changed is embedded")
    action.add_argument("documents", type=Path, help=_DOCUMENTS)
    action.add_argument("--out", type=Path, default=Path("knowledge"), help="the index; default: %(default)s")
    action.set_defaults(run=partial(build, load_embedder))
    action = actions.add_parser("add", help="add documents to an index, or put them in their namesakes' place")
    action.add_argument("documents", type=Path, help=_DOCUMENTS)
    action.set_defaults(run=partial(add, load_embedder))
    removing = actions.add_parser("remove", help="take documents out of an index")
    removing.add_argument("sources", nargs="+", metavar="source", help="as a search shows it")
    removing.set_defaults(run=remove)
    searching = actions.add_parser("search", help="print the passages that are best for a question")
    searching.add_argument("question", nargs="?", help="or --lines")
    searching.add_argument("--lines", help="JSON Lines of {id, text}, - for stdin; prints {id, hits} for each")
    searching.add_argument("--top-k", type=int, default=5, help="passages; default: %(default)s")
    searching.add_argument("--filter", action="append", default=[], metavar="KEY=VALUE", help="which metadata must be")
    searching.set_defaults(run=partial(search, load_embedder))
    showing = actions.add_parser("stats", help="print what an index holds and was made with")
    showing.set_defaults(run=stats)
    verifying = actions.add_parser("verify", help="read every byte of an index and compare with what was written")
    verifying.set_defaults(run=verify)
    for one in (action, removing, searching, showing, verifying):
        one.add_argument("--index", type=Path, default=Path("knowledge"), help="the index; default: %(default)s")


def build(load_embedder: "LoadEmbedder", options: argparse.Namespace) -> int:
    """Make an index that of some documents."""
    from indexing import update

    return _changed(update.build(options.documents, options.out, load_embedder()))


def add(load_embedder: "LoadEmbedder", options: argparse.Namespace) -> int:
    """Add documents to an index."""
    from indexing import update

    return _changed(update.add(options.documents, options.index, load_embedder()))


def _changed(change: "Change") -> int:
    """Print what became of an index; 2 when there was a document that could not be read."""
    for source, error in change.failures:
        print(f"precis: {source}: {error}", file=sys.stderr)
    print(change)
    return 2 if change.failures else 0


def remove(options: argparse.Namespace) -> None:
    """Take documents out of an index."""
    from indexing import update

    left = update.remove(options.index, options.sources)
    print(f"{len(set(options.sources)):,} removed; {left.sources:,} sources, {left.chunks:,} chunks")


def search(load_embedder: "LoadEmbedder", options: argparse.Namespace) -> None:
    """Print passages, or a line of JSON for every line of a file."""
    from retrieval import commands
    from rows import json_lines, standard_streams

    where = dict(map(commands.pair, options.filter))
    if (options.question is None) == (options.lines is None):
        raise UserError("E1003" if options.lines else "E1001", "give either a question or --lines")
    if options.top_k < 1:
        raise UserError("E1009", f"--top-k is {options.top_k:,}; it must be 1 or more")
    embedder = load_embedder()
    if options.lines:
        with standard_streams.opened(options.lines) as file:
            questions = json_lines.read(file)
            found = commands.find_lines(options.index, embedder, questions, options.top_k, where)
            standard_streams.print_lines(found)
        return
    for hit in commands.find(options.index, embedder, options.question, options.top_k, where):
        print(f"{hit.score:.3f} {commands.place(hit.chunk)}\n{hit.chunk.text.strip()}\n")


def stats(options: argparse.Namespace) -> None:
    """Print what an index holds."""
    from retrieval import commands

    for name, value in commands.stats(options.index).items():
        print(f"{name:<10} {value}")


def verify(options: argparse.Namespace) -> None:
    """Check an index."""
    from retrieval import commands

    made = commands.verify(options.index)
    print(f"{made.sources:,} sources, {made.chunks:,} chunks, every byte as written and every row indexed")
