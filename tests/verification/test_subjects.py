"""A clause copied from the source, but behind another name, raises an alarm; where it may be the same one, none."""

import pytest

from verification.grounding import Grounding
from verification.subjects import swapped_subjects

SOURCE = "Moon scored his first try of the season. Sinfield and Moon train at Headingley. "


def _found(summary: str, source: str) -> list[str]:
    return [summary[one.start : one.end] for one in swapped_subjects(summary, 0, len(summary), Grounding([source]))]


@pytest.mark.parametrize("change", [str, str.lower])
def test_a_copied_clause_behind_another_name_raises_an_alarm(change: type[str]) -> None:
    summary = change("Kevin Sinfield scored his first try of the season.")
    assert _found(summary, change(SOURCE)) == [change("Kevin Sinfield")]


def test_another_owner_raises_an_alarm() -> None:
    source = "Liverpool's Daniel Sturridge received many messages. Arsenal play Liverpool."
    assert _found("Arsenal's Daniel Sturridge received many messages.", source) == ["Arsenal's"]


@pytest.mark.parametrize(
    "source",
    [
        SOURCE + "Sinfield scored his first try of the season.",  # it is said of him too
        "He scored his first try of the season. Sinfield and Moon train.",  # it may be him
        "The captain scored his first try of the season. Sinfield and Moon train.",
        "Moon scored his first try of the season. Sinfield Moon trains.",  # one name
        "Moon scored his first try of the season. Sinfield trains.",  # never seen together: it may be one person
        "Moon scored his first goal. Sinfield and Moon train.",  # not copied
        "Sinfield and Moon train.\nScored his first try of the season.",  # of nobody
        "Sinfield passed, and Moon scored his first try of the season.",
    ],
)
def test_where_it_may_be_the_same_one_there_is_no_alarm(source: str) -> None:
    assert _found("Sinfield scored his first try of the season.", source) == []
