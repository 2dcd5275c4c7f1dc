"""Which language a text is in.

Knows: py3langid's model of 97 languages (Lui & Baldwin, "langid.py: An Off-the-shelf Language Identification Tool",
2012). Knows nothing of what languages are called.
"""

from collections import Counter
from functools import cache
from typing import Any

_READ = 5_000  # characters: what they do not tell, more of the text will not
_LINES = 8  # of them, the longest: a line in two scripts, or half a quotation, passes for Latin
_SURE = 0.99  # of numbers, names or code no language is as probable


def code(text: str) -> str:
    """Return the code (ISO 639-1) of the language that most of a text's beginning is in; empty if none can be told."""
    lines = sorted(text[:_READ].splitlines(), key=len, reverse=True)[:_LINES]
    characters = Counter[str]()
    for line in lines:
        found, probability = _identifier().classify(line)
        characters[str(found) if probability >= _SURE else ""] += len(line)
    [(most, count)] = characters.most_common(1) or [("", 0)]
    return most if 2 * count > characters.total() else ""


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
