"""What a document calls by name is found where it is explained. Plain chunks, no model and no index."""

from retrieval.mentions import mentions, names_of, tokens_of
from retrieval.records import Chunk


def passage(number: int, text: str, *headings: str, title: str = "Handbook") -> Chunk:
    return Chunk("handbook.md", number, title, headings, 0, len(text), text)


def ranked(document: str, *passages: Chunk) -> list[int]:
    scores = mentions(document, {one.key: one for one in passages})
    return [number for _, number in sorted(scores, key=lambda key: -scores[key])]


def test_names_are_capitalized_codes_or_abbreviations_and_no_days_or_months() -> None:
    text = "The QUILL of Caldmoor stopped with HX-09. Nobody knew why. In May iPhones, 30 of 4117, rang at x1y2."
    assert names_of(text) == {"quill", "caldmoor", "hx-09", "4117", "x1y2"}


def test_tokens_are_written_as_names_are() -> None:
    assert {"hx-09", "crew", "doors", "handbook"} <= tokens_of(passage(1, "The crew and HX-09.", "Doors"))


def test_a_name_counts_more_than_a_common_word_that_is_as_rare() -> None:
    quill, letters = passage(1, "What quill does at night."), passage(2, "What letters do at night.")
    assert ranked("Some letters came. Then QUILL stopped.", letters, quill) == [1, 2]
    assert ranked("Some letters came. Then the quill stopped.", letters, quill) == [2, 1]


def test_a_heading_counts_more_than_the_text_and_whatever_its_form() -> None:
    headed, beside = passage(1, "How far they run.", "Ripples"), passage(2, "How ripples run.")
    inside = passage(3, "Of stones.\n\n## Ripples\n\nHow far they run.")
    assert ranked("There was a ripple.", beside, headed) == [1, 2]
    assert ranked("There was a ripple.", beside, inside) == [3, 2]


def test_a_word_that_every_passage_has_tells_less_than_a_rare_one() -> None:
    passages = [passage(number, "The bank and the desk.") for number in range(1, 9)]
    assert ranked("Of the bank and the crypt.", *passages, passage(9, "Of the crypt."))[0] == 9


def test_the_best_has_one_and_nothing_shared_has_nothing() -> None:
    assert list(mentions("crypt", {("a", 1): passage(1, "The crypt."), ("a", 2): passage(2, "Else.")}).values()) == [
        1,
        0,
    ]
    assert mentions("crypt", {}) == {}
    assert list(mentions("", {("a", 1): passage(1, "The crypt.")}).values()) == [0]


def test_eight_words_count_and_no_more() -> None:
    shared = [f"word{letter}" for letter in "abcdfghijklmnopqrtuvwxyz"]
    few, many = passage(1, " ".join(shared[:8]) + " filler" * 8, title=""), passage(2, " ".join(shared[8:]), title="")
    assert set(mentions(" ".join(shared), {few.key: few, many.key: many}).values()) == {1}
