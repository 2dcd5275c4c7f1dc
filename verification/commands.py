"""`precis verify`: from what a person typed to a check, and how it is shown.

Knows: arguments, and a table of sentences. Knows nothing of how a summary is checked.
"""

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contract.results import Verification

_WIDTH = 88  # characters of a sentence on a line


def add_verify(commands: Any) -> Any:
    """Add `precis verify` to the commands, and return it."""
    command = commands.add_parser("verify", help="check any summary, whoever wrote it, against its document")
    command.add_argument("summary", metavar="SUMMARY", help="a file of any kind that can be summarized; - for stdin")
    command.add_argument("--source", required=True, metavar="DOCUMENT", help="the same kinds; what it is checked with")
    command.add_argument("--json", action="store_true", help="print one JSON object with offsets, support and evidence")
    return command


def table(summary: str, found: "Verification") -> str:
    """Return a line for each sentence of `summary`: its support, whether it is doubted, and why."""
    lines = ["support", "-------"]
    for sentence in found.sentences:
        places = [place for place in found.unsupported if sentence.start <= place.start < sentence.end]
        named = ", ".join(f"{place.kind} {summary[place.start : place.end]!r}" for place in places)
        number = "      -" if sentence.support is None else f"{sentence.support:7.2f}"
        text = " ".join(summary[sentence.start : sentence.end].split())
        first, *rest = textwrap.wrap(text, _WIDTH) or [""]
        lines.append(f"{number} {'!' if sentence.unsupported else ' '} {first}")
        lines += [f"{'':10}{line}" for line in rest]
        lines += [f"{'':10}unsupported: {named}"] if named else []
    doubted = sum(sentence.unsupported for sentence in found.sentences)
    return "\n".join([*lines, "", f"{doubted:,} of {len(found.sentences):,} sentences unsupported (!)"])


def cost(found: "Verification") -> str:
    """Return what the check took, or that no model was asked."""
    if found.asked is None:
        return "checked by rules alone: this model's answers were not measured, so sentences have no support"
    asked = found.asked
    computed = asked.input_token_count - asked.cached_token_count
    return f"{asked.prompts:,} questions, {computed:,} tokens computed, {asked.seconds:.1f} s"
