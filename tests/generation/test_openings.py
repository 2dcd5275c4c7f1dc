"""An answer does not begin with "The text explains", unless the text itself speaks of a text."""

from generation import openings
from tests.generation.test_prompts import embedded_tokenizer

PLAIN = "The council voted to close the bridge."


def written(text: str) -> set[str]:
    return {embedded_tokenizer().decode(pair) for pair in openings.forbidden(embedded_tokenizer(), text)}


def test_words_about_the_text_are_forbidden() -> None:
    assert {"The text", "This article", "The document", "Der Text"} <= written(PLAIN)


def test_what_the_text_speaks_of_may_be_spoken_of() -> None:
    said = written(f"{PLAIN} Amendments to the text of the treaty were refused.")
    assert "The text" not in said
    assert "The article" in said
