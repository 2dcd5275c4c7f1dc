"""Which words are surnames."""

import pytest

from normalizers.pii import surnames


@pytest.mark.parametrize("word", ["Kowalski", "kowalski", "M\u00fcller", "GARC\u00cdA"])
def test_a_surname_is_one_however_it_is_written(word: str) -> None:
    assert surnames.is_one(word)


@pytest.mark.parametrize("word", ["lanner", "ower", "berg", "table", ""])
def test_what_ends_an_english_word_and_what_is_short_are_none(word: str) -> None:
    assert not surnames.is_one(word)
