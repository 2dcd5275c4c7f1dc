"""The faithfulness benchmark counts a sentence as wrong when most people said so, and flags the sentence it should."""

import re
from typing import Any

import pytest

from benchmarks import support
from benchmarks.faithfulness import ABSENT, ANY, NO_EVIDENCE, judge, plant, print_model, wilson


def _sentence(text: str, answers: str) -> dict[str, Any]:
    return {"sentence": text, "responses": [{"response": "no" if answer == "n" else "yes"} for answer in answers]}


def test_an_alarm_belongs_to_its_own_sentence() -> None:
    row = {
        "article": "The bridge opened in 1984 near Leeds.",
        "summary_sentences": [
            _sentence("The bridge opened.", "yyn"),
            _sentence("The bridge opened in 1985.", "nny"),
            _sentence("Penguins swim.", "nnn"),
        ],
    }
    judged = list(judge(row))
    assert [one.is_wrong for one in judged] == [False, True, True]
    assert [one.kinds for one in judged] == [frozenset(), {"date", ANY, ABSENT}, {NO_EVIDENCE}]


def test_an_error_is_planted_once_for_each_match_and_seen_where_it_stands() -> None:
    documents = "In the north, Leeds has a bridge.", "In the south, Bath has a bridge."
    rows = [{"document": text, "reference": text} for text in documents]
    assert plant(rows, re.compile("Leeds|Bath")) == [True, True]
    assert plant(rows, re.compile("bridge")) == []  # the other has it too
    assert plant(rows, re.compile("north|south")) == [False, False]  # no name


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 8) == pytest.approx((0.676, 1.0), abs=0.001)
    assert wilson(50, 100) == pytest.approx((0.404, 0.596), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_model_s_answers_are_weighed_beside_the_rules_and_on_the_half_that_they_were_not_fitted_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = []
    answers = {}
    for number in range(40):
        row = {
            "article": f"The bridge number {number} opened in 1984 near Leeds.",
            "summary_sentences": [_sentence("The bridge opened in 1985.", "nnn"), _sentence("It is a bridge.", "yyy")],
        }
        rows.append(row)
        answers[support.key(row)] = [-1.5 + number / 200, 1.5 - number / 200]
    print_model([*rows, {"article": "Not asked.", "summary_sentences": []}], answers)
    printed = capsys.readouterr().out
    assert "40 of 41 summaries" in printed
    assert "| rules | both | 80 | 40 | 1.000 | 1.00 |" in printed
    assert "| the model's answer | both | 80 | 40 | 1.000 | 1.00 |" in printed
    assert "| and what is copied | both | 80 | 40 | 1.000 | 1.00 |" in printed
    assert re.search(r"^support = \{ slope = [\d.]+, intercept = -?[\d.]+, threshold = 0\.\d+ \}$", printed, re.M)
    assert re.search(r"\| and the rules \| counted \| \d+ \| 19 \| .* \| 1\.00 \|", printed)
