"""A plan of a long document as a person reads it before paying.

Knows: a plan. Knows nothing of how one is made.
"""

from generation.labels import where
from generation.long_documents import Plan


def table(plan: Plan) -> str:
    """Return a row for each piece, then one for each round."""
    lines = ["part  characters           repeated  tokens  where"]
    for piece in plan.pieces:
        place, stands = f"{piece.start:,} to {piece.end:,}", where(piece, piece).lstrip(", ")
        lines.append(f"{piece.number:4,}  {place:19}  {piece.overlap:8,}  {piece.tokens:6,}  {stands}")
    lines.append("")
    for number, (count, tokens) in enumerate(plan.rounds, start=1):
        what = "notes on each part" if number == 1 else "the summary" if count == 1 else "merge notes"
        lines.append(f"round {number}: {count:,} prompt{'s' * (count > 1)}, at most {tokens:,} tokens: {what}")
    return "\n".join([*lines, f"in all at most {plan.input_tokens:,} input tokens"])
