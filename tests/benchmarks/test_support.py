"""Answers become a scale on which the threshold keeps its precision."""

import math
import random

import pytest

from benchmarks.support import Labelled, auc, recall, scale, threshold


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert auc([Labelled(0, True), Labelled(1, False), Labelled(2, True), Labelled(2, False)]) == (2 + 0.5) / 4
    assert math.isnan(auc([Labelled(0, True)]))


def test_below_the_threshold_nine_in_ten_are_wrong_and_as_many_as_can_be() -> None:
    labelled = [Labelled(score, score != 5) for score in range(11)] + [
        Labelled(score, False) for score in range(11, 20)
    ]
    assert threshold(labelled) == 10.5  # ten of eleven
    assert recall(labelled, 10.5) == 1.0
    assert threshold(labelled, 0.95) == 4.5
    assert threshold([Labelled(0, False), Labelled(1, True)]) == -math.inf


def test_sentences_of_one_score_are_below_the_threshold_together_or_not_at_all() -> None:
    labelled = [Labelled(0, True), Labelled(1, True), Labelled(1, False)]
    assert threshold(labelled) == 0.5


def test_the_scale_is_the_curve_that_the_answers_were_drawn_from() -> None:
    draw = random.Random(0)
    scores = [draw.uniform(-6, 6) for _ in range(20_000)]
    labelled = [Labelled(score, draw.random() > 1 / (1 + math.exp(-0.8 * score - 0.5))) for score in scores]
    fitted = scale(labelled)
    assert (fitted.slope, fitted.intercept) == pytest.approx((0.8, 0.5), abs=0.05)
    below = [one.is_wrong for one in labelled if 1 / (1 + math.exp(-0.8 * one.score - 0.5)) < fitted.threshold]
    assert sum(below) / len(below) == pytest.approx(0.9, abs=0.02)
