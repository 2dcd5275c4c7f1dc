"""Numbers, amounts and dates raise an alarm when the source has them in no form, and only then."""

import pytest

from verification.numbers import unsupported_numbers


def _found(summary: str, source: str) -> list[tuple[str, str]]:
    return [(one.kind, summary[one.start : one.end]) for one in unsupported_numbers(summary, [source])]


@pytest.mark.parametrize(
    ("summary", "source"),
    [
        ("It sold 235,000 cars.", "a total of 235, 000 cars"),
        ("It sold 235000 cars.", "235,000 cars"),
        ("It sold 1,500,000 cars.", "1 500 000 cars"),
        ("It costs 22.40 pounds.", "22.4 pounds"),
        ("It took 21 weeks.", "for twenty-one weeks"),
        ("Twenty-one weeks.", "21 weeks"),
        ("It sold 250 cars.", "two hundred and fifty cars"),
        ("The 14th bridge.", "the fourteenth bridge"),
        ("It paid $1.5 million.", "1,500,000 dollars"),
        ("It paid 1,500,000.", "$1.5m"),
        ("It paid £3bn.", "three billion pounds"),
        ("It lost 50%.", "half of it was lost"),
        ("98.7 per cent", "98. 7 per cent"),
        ("98.7%", "98.7 percent"),
        ("It holds 10^15 of them.", "It holds 10\u00b9\u2075 of them."),
        ("In 1984, 20 people came.", "In 1984. 20 people came."),
        ("It ended in 2015.", "the 2014-15 season"),
        ("On 12 March 2024.", "on 12/03/2024"),
        ("On 2024-03-12.", "March 12, 2024"),
        ("At 17:30.", "at 5.30pm"),
        ("At 5pm.", "at five o'clock"),
        ("About 20,000 came.", "19,874 people came"),
        ("It paid $1.5 million.", "$1,512,345"),
    ],
)
def test_a_value_in_another_form_is_known(summary: str, source: str) -> None:
    assert _found(summary, source) == []


@pytest.mark.parametrize(
    ("summary", "source", "found"),
    [
        ("It sold 236,000 cars in 2015.", "235,000 cars in 2015", [("number", "236,000")]),
        ("It lost 13.5 points.", "135 points, 13 times", [("number", "13.5")]),
        ("It paid 15 million.", "1.5 million", [("amount", "15 million")]),
        ("It paid $19.", "$18", [("amount", "19")]),
        ("It lost 7%.", "8%", [("amount", "7")]),
        ("In 1904 it rained.", "in 1905", [("date", "1904")]),
        ("On 14 March.", "on 14 May", [("date", "March")]),
        ("They won 1-0.", "they won 2-0", [("number", "1")]),
        ("Forty people.", "thirty people", [("number", "Forty")]),
        ("At 17:30.", "at 6.30pm", [("date", "17:30")]),
        ("At 5.30pm.", "at 5.40 p.m.", [("date", "5.30pm")]),
    ],
)
def test_a_value_that_is_not_there_raises_an_alarm(summary: str, source: str, found: list[tuple[str, str]]) -> None:
    assert _found(summary, source) == found


def test_what_a_summary_counts_or_numbers_itself_raises_none() -> None:
    assert _found("1. Three people came.\n2. They had 3 reasons.\n14) They left.", "they came and left") == []


def test_a_run_of_digits_of_any_length_ends() -> None:
    assert _found("Code 77.", "9" * 200_000 + ". 8") == [("number", "77")]
