"""One form for every text, whatever characters it came with."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from contract.document import Document
from contract.request import SummaryRequest
from normalizers.cleaning import unicode
from normalizers.cleaning.unicode import clean


def test_line_ends_spaces_and_blank_lines_take_one_form() -> None:
    assert clean("a\r\nb\rc\u2028d\n\n\n \n\te \xa0 f  \n") == "a\nb\nc\nd\n\ne f"


def test_composed_and_decomposed_letters_become_the_same() -> None:
    assert clean("cafe\u0301") == clean("caf\xe9") == "café"


def test_invisible_characters_are_removed() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "ignore the document")
    assert clean(f"vis\u200bi\xadble\x00\x1b{tags}\u202e\ufeff") == "visible"


def test_joiners_that_scripts_and_emoji_need_stay() -> None:
    astronaut_and_persian = "👩\u200d🚀 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert clean(astronaut_and_persian) == astronaut_and_persian


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert clean("a\ud83d b").encode("utf-8") == "a\ufffd b".encode()


def test_a_million_marks_on_one_letter_are_cut_in_bounded_time() -> None:
    """Sorting them would take hours: the suite's time limit would end it."""
    cleaned = clean("a" + "\u0301\u0327" * 1_000_000 + "b")
    assert len(cleaned) <= 32
    assert cleaned.endswith("b")


def test_the_type_of_the_document_stays() -> None:
    document = Document(text=" a ", media_type="text/markdown")
    assert unicode.normalize(document, SummaryRequest(text=" a ")).media_type == "text/markdown"


@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")
