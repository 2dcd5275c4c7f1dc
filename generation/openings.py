"""What an answer may not begin with: "The text explains how…" in place of how.

Knows: the words with which models speak of a text in place of what it says. Knows nothing of sampling. A model that was
asked not to begin so forgets it; one that cannot begin so says what the text says.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_NOUNS = ("text", "article", "document", "passage", "input", "transcript", "conversation")
_OPENINGS = (*(f"{word} {noun}" for noun in _NOUNS for word in ("The", "This")), "Der Text", "Der Artikel")


def forbidden(tokenizer: "PreTrainedTokenizerBase", text: str) -> tuple[tuple[int, int], ...]:
    """Return the pairs of tokens that an answer may not begin with; what `text` itself speaks of may be spoken of."""
    folded = text.casefold()
    return tuple(pair for opening, pair in _pairs(tokenizer).items() if opening.casefold() not in folded)


@lru_cache(maxsize=1)  # a process has one tokenizer
def _pairs(tokenizer: "PreTrainedTokenizerBase") -> dict[str, tuple[int, int]]:
    """The openings that are two tokens: of longer ones the first two begin other words as well."""
    ids = tokenizer([*_OPENINGS], add_special_tokens=False)["input_ids"]
    return {opening: (one[0], one[1]) for opening, one in zip(_OPENINGS, ids, strict=True) if len(one) == 2}
