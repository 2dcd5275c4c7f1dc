"""How much of a sentence stands in the sources as it is."""

import pytest

from verification.copying import copied
from verification.grounding import Grounding

SOURCES = Grounding(["The old bridge opened in 1984. It carries trams to the sea.", "Boats pass under it at noon."])


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The old bridge opened in 1984.", 1.0),
        ("the OLD bridge opened", 1.0),
        ("It opened in 1984.", 10 / 16),  # "It" and three others
        ("old bridges opening in 1984", 1.0),  # forms of a word are one
        ("Penguins swim.", 0.0),
        ("Sea noon boats", 3 / 9),
        ("...", 0.0),
    ],
)
def test_a_sentence_is_read_as_the_pieces_that_are_copied(sentence: str, expected: float) -> None:
    assert copied(sentence, SOURCES) == pytest.approx(expected)


def test_the_longest_piece_is_taken_wherever_it_stands() -> None:
    assert copied("a b c d", Grounding(["a b x. a b c d. a b c x."])) == 1.0


def test_a_document_that_repeats_two_words_takes_no_time_worth_speaking_of() -> None:
    source = Grounding(["of the " * 40_000 + "of the end"])
    assert copied("of the end", source) == 1.0
