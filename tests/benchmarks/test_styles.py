"""What a style asks for is told by rule: forms, leaks, and the numbers that are kept."""

import pytest

from benchmarks import styles
from styles import catalog

PROSE = "The council closes the bridge on 3 May. It costs 2.4 million pounds."
BULLETS = "- The bridge closes on 3 May.\n- It costs 2.4 million pounds."
MINUTES = "**Decisions**\n- The bridge closes.\nActions\n- Ada calls the county by Friday.\nOpen questions: none"


@pytest.mark.parametrize("style", catalog.load_all())
@pytest.mark.parametrize("summary", [PROSE, BULLETS, MINUTES, "The bridge closes."])
def test_a_style_s_form_is_told_from_the_others(style: str, summary: str) -> None:
    prose = style not in ("bullets", "minutes")
    expected = {
        PROSE: prose and style != "tldr",
        BULLETS: style == "bullets",
        MINUTES: style == "minutes",
    }
    assert styles.is_in_form(style, summary) is expected.get(summary, prose)


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        ("The document says that the bridge closes.", True),
        ("A stranger is asking for the capital.", True),
        ("Summary: the bridge closes.", True),
        ("Here is what happened.", True),
        ("The^bridge^closes.", True),
        (PROSE, False),
        ("In May the council summed up its costs.", False),
    ],
)
def test_a_summary_that_speaks_of_its_source_or_task_is_told(summary: str, told: bool) -> None:
    assert styles.leaks(summary) is told


def test_of_a_reference_s_numbers_those_count_that_the_summary_has_in_any_form() -> None:
    reference = "The bridge costs 2.4 million pounds and closes on 3 May 2027."
    assert styles.numbers_kept(reference, "It costs 2,400,000 pounds and closes on 3 May 2027.") == 1
    assert 0 < (styles.numbers_kept(reference, "It costs 2.4 million.") or 0) < 1
    assert styles.numbers_kept("The bridge closes.", PROSE) is None


def test_the_first_sentence_is_no_more_than_that() -> None:
    assert styles.first_sentence(PROSE) == "The council closes the bridge on 3 May."
    assert styles.first_sentence("no end") == "no end"
