"""Which words are given names."""

import pytest

from normalizers.pii import forenames


@pytest.mark.parametrize("word", ["P\u00e1draig", "padraig", "SIOBH\u00c1N", "Jan-Willem", "kwame"])
def test_a_given_name_is_one_however_it_is_written(word: str) -> None:
    assert forenames.is_one(word)


@pytest.mark.parametrize("word", ["will", "Grace", "April", "Florida", "table", "", "-"])
def test_an_english_word_a_month_and_a_place_are_none(word: str) -> None:
    assert not forenames.is_one(word)


@pytest.mark.parametrize("word", ["Grace", "dawn", "April"])
def test_a_given_name_may_be_a_word(word: str) -> None:
    assert forenames.is_word(word)
    assert not forenames.is_word("table")
