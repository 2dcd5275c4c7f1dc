"""What a detector reads, and where it stands in the original."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.cleaning.unicode import clean
from normalizers.pii.shadow import fold


def test_invisible_characters_go_and_the_span_takes_them_along() -> None:
    text = "call Ro\u200bsa \u202ePe\u00adrez\u202c now"
    shadow = fold(text)
    assert shadow.text == "call Rosa Perez now"
    start, end = shadow.span(5, 15)
    assert text[start:end] == "Ro\u200bsa \u202ePe\u00adrez\u202c"


def test_look_alikes_in_latin_words_become_latin() -> None:
    assert fold("L\u0430ur\u0430 \u0415v\u0430ns").text == "Laura Evans"  # Cyrillic a and E
    assert fold("\u039dora").text == "Nora"  # Greek N


def test_words_of_other_scripts_stay() -> None:
    for text in ("Москва", "Αθήνα", "Windows-совместимый"):
        assert fold(text).text == text


def test_digits_and_letters_of_any_form_become_plain() -> None:
    assert fold("\uff13\u0663\U0001d7d1 \uff21\U0001d41a \ufb01ne").text == "333 Aa fine"
    assert fold("555\u20112671 \u201cx\u201d").text == '555-2671 "x"'


def test_a_mark_joins_its_letter() -> None:
    shadow = fold("Rene\u0301e!")
    assert shadow.text == "Renée!"
    assert shadow.span(3, 4) == (3, 5)
    assert fold("e\u200b\u0301").text == "é"


def test_marks_hide_no_latin_letter_and_no_digit_and_stay_where_they_spell_words() -> None:
    assert fold("4\u20e31\u03361").text == "411"
    assert fold("t\u0301om").text == "tom"
    assert fold("हिंदी").text == "हिंदी"


def test_spaces_and_line_ends_are_plain_ones_and_tabs_stay() -> None:
    assert fold("a\tb\xa0\u3000c\rd\r\ne\x0bf\fg\u2028h\r").text == "a\tb  c\nd\ne\nf\ng\nh\n"


def test_a_span_ends_before_the_line_end_that_follows() -> None:
    shadow = fold("Ann\r\nBerg\r\n")
    assert shadow.text == "Ann\nBerg\n"
    assert (shadow.span(0, 3), shadow.span(3, 4), shadow.span(4, 8)) == ((0, 3), (3, 5), (5, 9))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("jane\xa0.roe@mail.example.org", "jane.roe@mail.example.org"),
        ("jane.roe\x0b@mail.example.org", "jane.roe@mail.example.org"),
        ("jane.roe@\tmail.example.org", "jane.roe@mail.example.org"),
        ("jane.roe@mail\u2028.example.org", "jane.roe@mail.example.org"),
        ("jane.roe@mail.\rexample.org", "jane.roe@mail.example.org"),
        ("Jane\tjane.roe@example.org\tParis", "Jane\tjane.roe@example.org\tParis"),
        ("Mail:\xa0jane.roe@example.org\xa0or call", "Mail: jane.roe@example.org or call"),
        ("jane jane.roe@example.org\tor", "jane jane.roe@example.org\tor"),
    ],
)
def test_an_email_that_an_odd_space_parts_is_read_as_one(text: str, read: str) -> None:
    assert fold(text).text == read


@pytest.mark.parametrize("unit", ["a", "a\t", "@", "a@", "a@a.\t", "\t@", "a.", "a.\t", "\r\n", "e\u0301", "\u0301"])
@pytest.mark.timeout(20)
def test_a_long_text_is_folded_in_bounded_time(unit: str) -> None:
    """Quadratic time would take minutes."""
    for text in (unit * (100_000 // len(unit)), f"\xa0@{unit * (100_000 // len(unit))}"):
        shadow = fold(text)
        assert shadow.span(0, len(shadow.text))[1] == len(text)


HIDDEN = "\x00\x01\x1f\x7f\xad\u034f\u180e\u200b\u2065\ufeff\ue000\U000e0f00"
SEPARATORS = " \n\r\t\x0b\x85\xa0\u1680\u2003\u2028\u3000"


@given(st.text(alphabet=st.sampled_from(f"aB1.{HIDDEN}{SEPARATORS}")))
def test_detectors_read_what_the_model_will(text: str) -> None:
    """But for how many spaces and line ends stand in a row: where columns are far apart that tells values apart."""
    assert fold(text).text.split() == fold(clean(text)).text.split()
    assert clean(fold(text).text) == clean(text)


@given(st.text(alphabet=[*map(chr, range(32, 127)), "\n"]))
def test_plain_ascii_is_its_own_shadow(text: str) -> None:
    shadow = fold(text)
    assert shadow.text == text
    assert all(shadow.span(place, place + 1) == (place, place + 1) for place in range(len(text)))


@given(st.text())
def test_every_span_leads_back_into_the_text_in_order(text: str) -> None:
    shadow = fold(text)
    spans = [shadow.span(place, place + 1) for place in range(len(shadow.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    if spans:
        assert shadow.span(0, len(shadow.text)) == (spans[0][0], spans[-1][1])


@given(st.text(st.characters(categories=["Ll", "Lu", "Nd", "Zs"])))
def test_what_a_span_leads_to_folds_to_what_it_came_from(text: str) -> None:
    shadow = fold(text)
    for place, character in enumerate(shadow.text):
        start, end = shadow.span(place, place + 1)
        assert unicodedata.normalize("NFKC", character)[:1] in fold(text).text
        assert character in fold(text[start:end]).text or not character.isascii() or text[start:end].isalpha()


@given(st.text())
def test_folding_twice_changes_nothing_in_length(text: str) -> None:
    once = fold(text).text
    assert len(fold(once).text) <= len(once)
