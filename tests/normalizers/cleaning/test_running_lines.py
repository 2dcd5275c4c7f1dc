"""What comes back on every page goes, but not what only looks as if it counted pages."""

import pytest

from normalizers.cleaning import running_lines
from normalizers.cleaning.running_lines import PAGE_NUMBER, RUNNING_LINE

BODIES = [
    [f"{word} of {page}" for word in ("the", "board", "met", "in", "March")] for page in ("ab", "cd", "ef", "gh", "ij")
]


def gone(line: str, *, at_top: bool = True, first: int = 1) -> dict[int, str]:
    """Put a line that names its {page} on every page; return on which of them it is taken for which kind."""
    pages = [
        [line.format(page=number), *body] if at_top else [*body, line.format(page=number)]
        for number, body in enumerate(BODIES, first)
    ]
    return {page: kind for (page, _), kind in running_lines.find(pages).items()}


@pytest.mark.parametrize("at_top", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        "Invoice no. {page}",
        "Invoice {page}",
        "Faktura nr. {page}",
        "Patient visit, day {page} of 5",
        "Patient visit {page}",
        "Sample {page} of 5",
        "Delivery order {page}",
        "Order #{page}",
        "Semaine {page}",
        "Exhibit A, part {page}",
        "Team meeting {page}: minutes",
    ],
)
def test_a_number_that_counts_something_else_stays(line: str, at_top: bool) -> None:
    assert gone(line, at_top=at_top) == {}


def test_numbers_far_from_the_page_beside_words_stay() -> None:
    assert gone("Harbour dues {page}", first=1001) == {}


@pytest.mark.parametrize(
    "line", ["Page {page}", "p. {page}/5", "Seite {page} von 5", "Página {page} de 5", "Side {page} av 5", "- {page} -"]
)
def test_page_numbers_go_in_many_languages(line: str) -> None:
    assert gone(line, at_top=False) == dict.fromkeys(range(5), PAGE_NUMBER)


@pytest.mark.parametrize(
    "line",
    ["Annual report {page}", "{page} Annual report", "Annual report | {page}", "{page} · Annual report",
     "Annual report 2024, page {page} of 5", "Harbour board – {page}/5"],
)  # fmt: skip
def test_a_title_beside_the_page_number_goes(line: str) -> None:
    assert gone(line) == dict.fromkeys(range(5), RUNNING_LINE)


def test_a_page_number_may_begin_anywhere_when_nothing_else_is_in_its_line() -> None:
    assert gone("{page}", first=1001) == dict.fromkeys(range(5), PAGE_NUMBER)


def test_one_appearance_of_what_never_changes_stays() -> None:
    assert gone("To be paid by 14 March") == dict.fromkeys(range(1, 5), RUNNING_LINE)
    assert gone("To be paid by 14 March", at_top=False) == dict.fromkeys(range(4), RUNNING_LINE)
