import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from splitting.pieces import OVERLAP, cut
from splitting.structure import SENTENCE, atoms

ROOM = 120


def words(texts: Sequence[str]) -> list[int]:
    """Count a token for each word, and for a long word one for every ten characters."""
    return [sum(1 + len(word) // 10 for word in text.split()) for text in texts]


def sentences(count: int, start: int = 0) -> str:
    return " ".join(f"The council heard report number {n} and filed it." for n in range(start, start + count))


def test_pieces_cover_the_text_and_none_is_over_the_limit() -> None:
    text = "\n\n".join(sentences(7, n) for n in range(0, 140, 7))
    pieces = cut(text, words, ROOM)
    assert "".join(text[piece.start + piece.overlap : piece.end] for piece in pieces) == text
    assert [piece.tokens for piece in pieces] == words([text[piece.start : piece.end] for piece in pieces])
    assert max(piece.tokens for piece in pieces) <= ROOM
    assert [piece.number for piece in pieces] == list(range(1, len(pieces) + 1))


def test_no_sentence_is_cut_and_each_piece_repeats_the_end_of_the_one_before() -> None:
    text = sentences(100)
    pieces = cut(text, words, ROOM)
    begins = {atom.start for atom in atoms(text) if atom.strength >= SENTENCE}
    assert all(piece.start + piece.overlap in begins for piece in pieces)
    assert [piece.overlap > 0 for piece in pieces] == [False] + [True] * (len(pieces) - 1)
    repeated = [text[piece.start : piece.start + piece.overlap] for piece in pieces]
    assert max(words(repeated)) <= OVERLAP


def test_a_heading_is_the_first_choice_and_nothing_is_repeated_over_it() -> None:
    text = "# First\n\n" + sentences(10) + "\n\n# Second\n\n" + sentences(10)
    first, second = cut(text, words, ROOM + OVERLAP)
    assert text[second.start :].startswith("# Second")
    assert second.overlap == 0
    assert (first.headings, second.headings) == (("First",), ("Second",))


def test_a_piece_knows_the_headings_it_stands_under() -> None:
    text = "# Book\n\n## Bridge\n\n" + sentences(40) + "\n\n## Ferry\n\n" + sentences(5)
    headings = [piece.headings for piece in cut(text, words, ROOM)]
    assert headings[0] == ("Book",)
    assert headings[1] == ("Book", "Bridge")
    assert headings[-1] == ("Book", "Ferry") or headings[-2] == ("Book", "Bridge")


def test_a_piece_knows_its_pages() -> None:
    text = "\n\n\f".join(sentences(9, n) for n in range(6))
    pieces = cut(text, words, ROOM)
    for piece in pieces:
        begin = piece.start + piece.overlap
        assert piece.first_page == 1 + text.count("\f", 0, begin + 1)
        assert piece.last_page == 1 + text.count("\f", 0, piece.end)


def test_pieces_are_of_about_the_same_size_and_no_more_than_are_needed() -> None:
    text = sentences(17)
    pieces = cut(text, words, ROOM)
    fresh = words([text[piece.start + piece.overlap : piece.end] for piece in pieces])
    assert len(pieces) == math.ceil(sum(fresh) / (ROOM - OVERLAP))
    assert max(fresh) < 1.5 * min(fresh)


def test_a_sentence_that_is_too_long_alone_is_cut_between_words() -> None:
    text = "word " * 1_000
    pieces = cut(text, words, ROOM)
    assert all(text[piece.start : piece.end].startswith("word") for piece in pieces)
    assert max(piece.tokens for piece in pieces) <= ROOM


def test_a_long_sentence_that_fits_alone_is_not_cut_for_what_stands_before_it() -> None:
    before = "one " * 14 + "end. "
    long = "abcdefghi " * 59 + "end. "  # over 400 characters, so in two atoms, of which the first would fit beside it
    pieces = cut(before + long + "one " * 29 + "end. ", words, ROOM)
    assert pieces[0].end == len(before)


@given(st.text(alphabet=st.sampled_from("ab. \n\f#1。🧿"), max_size=3_000))
def test_any_text_is_covered_in_order(text: str) -> None:
    pieces = cut(text, words, ROOM)
    assert "".join(text[piece.start + piece.overlap : piece.end] for piece in pieces) == text
    assert all(piece.tokens <= ROOM for piece in pieces)
