"""How well summaries keep to their style, by rules that need no reader: every style, one model or several.

    python -m benchmarks.styles                                   # the embedded model, every style
    python -m benchmarks.styles FOLDER --model smollm2-135m qwen2.5-1.5b --style legal news --limit 10

FOLDER, benchmarks/data/summaries unless named, has sets of lines {id, document, reference}; each style reads those
that suit it. Printed for each style: words beside the words asked for, and the share of summaries within them (a tenth
over is within); the share in the style's form (bullets are bullets, one line is one line, prose has no lists); the
share that the token limit cut; of the amounts, dates and numbers that references name, the share that summaries name;
the share whose first sentence has a name or a number; and the share that speaks of its own source or task ("The text
says", "A stranger asks", "In summary"), as no summary should. `--show` prints the summaries.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine
from benchmarks.sets import DATA, present
from benchmarks.summaries import summarize
from contract.results import Summary
from pipeline import Pipeline
from splitting.sentences import ends
from styles import catalog
from verification.numbers import unsupported_numbers

SETS = {
    "legal": ("legal_tos",),
    "minutes": ("dialogue_dialogsum",),
    "news": ("news_cnndm", "news_xsum"),
    "abstract": ("news_cnndm",),
}
ANY = ("dialogue_dialogsum", "legal_tos", "news_xsum")
COLUMNS = ("style", "documents", "words / asked", "within", "in form", "cut", "numbers kept", "first sentence", "leaks")
_OVER = 1.1  # a tenth more words than asked are within
_ITEM = re.compile(r"\s*(?:[-*•]|\d+[.)])\s+\S")
_HEADING = re.compile(r"\s*(?:#+\s|\*\*[^*]+\*\*:?\s*$|[A-Z][\w ]{0,40}:\s*$)")
_NAME_OR_NUMBER = re.compile(r"\d|(?<!^)(?<![.!?\"“] )\b[A-Z][a-z]+")
_LEAK = re.compile(
    r"\bstrangers?\b|\b(?:the|this|input) (?:input|text|document|passage|article|transcript|summary)\b|\binput text\b"
    r"|^\W*(?:in )?summary\b|\bsummari[sz]e|\bas an AI\b|\binstructions?\b|\^|^\W*here (?:is|are)\b",
    re.IGNORECASE,
)


class Row(NamedTuple):
    """A document and its summary."""

    document: str
    reference: str
    summary: Summary


async def main() -> None:
    arguments = _arguments()
    print(f"# {machine.describe()}")
    for model in arguments.model:
        if model:
            os.environ["PRECIS_MODEL"] = model
        pipeline = await Pipeline.load()
        print(f"# {model or 'the default'}, length {arguments.length}")
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        for style in arguments.style:
            found = await asyncio.gather(*(_row(pipeline, row, style, arguments) for row in _rows(arguments, style)))
            rows = [row for row in found if row]
            print(_table_row(style, catalog.get(style).lengths[arguments.length].words, rows), flush=True)
            for row in rows if arguments.show else ():
                print(f"  > {row.summary.summary!r}")
        await pipeline.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "summaries")
    parser.add_argument("--model", nargs="+", default=[""], help="what PRECIS_MODEL takes; several are run in turn")
    parser.add_argument("--style", nargs="+", default=list(catalog.load_all()), choices=list(catalog.load_all()))
    parser.add_argument("--length", default="standard", choices=["brief", "standard", "detailed"])
    parser.add_argument("--limit", type=int, default=10, help="documents of each style")
    parser.add_argument("--show", action="store_true", help="print the summaries, too")
    return parser.parse_args()


def _rows(arguments: argparse.Namespace, style: str) -> list[dict[str, Any]]:
    """Return documents that suit the style, from each of its sets in turn."""
    paths = [present(arguments.folder / f"{name}.jsonl") for name in SETS.get(style, ANY)]
    lines = [path.read_text(encoding="utf-8").splitlines() for path in paths]
    mixed = [line for together in zip(*lines, strict=False) for line in together]
    return [json.loads(line) for line in mixed[: arguments.limit]]


async def _row(pipeline: Pipeline, row: dict[str, Any], style: str, arguments: argparse.Namespace) -> Row | None:
    summary = await summarize(pipeline, row["document"], style=style, length=arguments.length)
    return None if summary is None else Row(row["document"], row["reference"], summary)


def _table_row(style: str, asked: int, rows: list[Row]) -> str:
    texts = [row.summary.summary for row in rows]
    words = [len(text.split()) for text in texts]
    kept = [share for row in rows if (share := numbers_kept(row.reference, row.summary.summary)) is not None]
    shares = (
        statistics.mean(count <= asked * _OVER for count in words),
        statistics.mean(is_in_form(style, text) for text in texts),
        statistics.mean(row.summary.finish_reason == "length" for row in rows),
        statistics.mean(kept) if kept else 0.0,
        statistics.mean(bool(_NAME_OR_NUMBER.search(first_sentence(text))) for text in texts),
        statistics.mean(leaks(text) for text in texts),
    )
    cells = (style, str(len(rows)), f"{statistics.mean(words):.0f} / {asked}", *(f"{share:.0%}" for share in shares))
    return f"| {' | '.join(cells)} |"


def is_in_form(style: str, summary: str) -> bool:
    """Whether a summary has the form that its style asks for."""
    lines = [line for line in summary.splitlines() if line.strip()]
    return FORMS.get(style, _is_prose)(lines)


def _is_prose(lines: list[str]) -> bool:
    return bool(lines) and not any(_ITEM.match(line) or _HEADING.match(line) for line in lines)


def _is_list(lines: list[str]) -> bool:
    return len(lines) > 1 and all(_ITEM.match(line) for line in lines)


def _is_one_line(lines: list[str]) -> bool:
    return _is_prose(lines) and len(lines) == 1 and sum(1 for _ in ends(lines[0])) <= 1


def _is_one_paragraph(lines: list[str]) -> bool:
    return _is_prose(lines) and len(lines) == 1


def _is_minutes(lines: list[str]) -> bool:
    starts = [re.sub(r"^[\W_]+", "", line).casefold() for line in lines]
    return all(any(start.startswith(part) for start in starts) for part in ("decisions", "actions", "open questions"))


FORMS: dict[str, Callable[[list[str]], bool]] = {
    "abstract": _is_one_paragraph,
    "bullets": _is_list,
    "minutes": _is_minutes,
    "tldr": _is_one_line,
}


def numbers_kept(reference: str, summary: str) -> float | None:
    """Return the share of a reference's amounts, dates and numbers that a summary has; None where it has none."""
    named = sum(1 for _ in unsupported_numbers(reference, [""]))
    return 1 - sum(1 for _ in unsupported_numbers(reference, [summary])) / named if named else None


def first_sentence(summary: str) -> str:
    """Return a summary as far as its first sentence or line goes."""
    return next((summary[: end.end] for end in ends(summary)), summary)


def leaks(summary: str) -> bool:
    """Whether a summary speaks of its source or its task in place of what it is about."""
    return bool(_LEAK.search(summary))


if __name__ == "__main__":
    asyncio.run(main())
