"""Numbers and names that are not in the source raise an alarm, in whatever form the source writes them."""

import pytest

from benchmarks.faithfulness import absent_names, absent_numbers


@pytest.mark.parametrize(
    ("summary", "source"),
    [
        ("It sold 235,000 cars.", "a total of 235, 000 cars"),
        ("It sold 235000 cars.", "235,000 cars"),
        ("It costs 2.40 pounds.", "2.4 pounds"),
        ("It took 11 weeks.", "for eleven weeks"),
        ("He was 25.", "at twenty-five"),
        ("The 4th bridge.", "the fourth bridge"),
        ("It paid $1.5 million.", "1,500,000 dollars"),
        ("It paid 1,500,000.", "$1.5m"),
        ("98.7 per cent", "98. 7 per cent"),
        ("In 1984, 20 people came.", "In 1984. 20 people came."),
    ],
)
def test_a_number_in_another_form_is_known(summary: str, source: str) -> None:
    assert absent_numbers(summary, source) == []


@pytest.mark.parametrize(
    ("summary", "source", "absent"),
    [
        ("It sold 236,000 cars in 2015.", "235,000 cars in 2015", ["236,000"]),
        ("It lost 3.5 points.", "35 points, 3 times", ["3.5"]),
        ("It paid 15 million.", "1.5 million", ["15"]),
    ],
)
def test_a_number_that_is_not_there_raises_an_alarm(summary: str, source: str, absent: list[str]) -> None:
    assert absent_numbers(summary, source) == absent


def test_names_are_compared_without_case_and_possessive() -> None:
    assert absent_names("Then McIlroy's friend Dornan won.", "mcilroy met dornan") == []
    assert absent_names("Then Spieth met the Dornans of Belfast.", "mcilroy met dornan") == ["Spieth", "Belfast"]


def test_a_word_that_begins_a_sentence_is_no_name() -> None:
    assert absent_names('However, it rained.\n- Nobody came. "Rain!" he said: I stayed.', "it was wet") == []
