"""What a detector reads, and where it stands in the original."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

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


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_its_own_shadow(text: str) -> None:
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
