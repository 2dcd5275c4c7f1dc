"""Where what is added below a signature begins: "P.S.", "PPS", "P.D.".

Knows: how it is marked, in the languages that mails are written in most. Knows nothing about signatures.
"""

import re

BEGINS = re.compile(
    r"\W{0,3}(?:(?:p[. ]{0,2}){1,3}-? ?s\b|post[- ]?scriptum\b|post?data\s?[:.]|p\. ?d\.|pd\s?:"
    r"|n\. ?b\.|nb\s?:|п\. ?\u0441\.|п\u0441\s?:|зы\b|追伸|又及)",
    re.IGNORECASE,
)


def split(text: str) -> tuple[str, str]:
    """Return the text and its postscript, "" when it has none; together they are the text given."""
    lines = text.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if BEGINS.match(line)), len(lines))
    return "".join(lines[:start]), "".join(lines[start:])
