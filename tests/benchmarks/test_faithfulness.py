"""The faithfulness benchmark counts a sentence as wrong when most people said so, and flags the sentence it should."""

import re
from typing import Any

import pytest

from benchmarks.faithfulness import ABSENT, ANY, NO_EVIDENCE, judge, plant, wilson


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
