"""Edit links of a wiki go from its headings, and brackets in its sentences stay."""

import pytest

from contract.document import Document
from contract.request import SummaryRequest
from normalizers.steps import normalize


def cleaned(text: str) -> Document:
    return normalize(SummaryRequest(text=text))


@pytest.mark.parametrize(
    "link",
    [
        "[edit]",
        " [ edit ]",
        "[edit | edit source]",
        "[Bearbeiten | Quelltext bearbeiten]",
        "[modifier]",
        "[編集]",
        "［編集］",
    ],
)
def test_an_edit_link_behind_a_heading_goes_and_is_counted(link: str) -> None:
    document = cleaned(f"History{link}\nThe town burned in 1711.")
    assert document.text == "History\nThe town burned in 1711."
    assert [(one.kind, one.characters) for one in document.removals] == [("navigation", len(link.strip()))]


def test_an_edit_link_in_a_line_of_its_own_goes() -> None:
    assert cleaned("History\n[edit source]\nThe town burned.").text == "History\n\nThe town burned."


def test_a_run_of_blanks_takes_linear_time() -> None:
    assert cleaned(f"[a]{' ' * 300_000}b").text == "[a] b"


@pytest.mark.parametrize("text", ["Press [edit] and wait.", f"{'word ' * 40}[edit]", "[edit]"])
def test_the_word_elsewhere_stays(text: str) -> None:
    assert "[edit]" in cleaned(text).text
