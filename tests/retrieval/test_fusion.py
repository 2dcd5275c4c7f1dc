import numpy as np
import pytest

from retrieval.fusion import join, marginal_relevance


def unit(*rows: tuple[float, float]) -> np.ndarray:
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def test_what_words_and_vectors_both_find_comes_before_what_one_finds() -> None:
    scores = join([{"a": 0.6, "b": 0.59, "c": 0.1}], [{"b": 7.0, "d": 8.0}])
    assert sorted(scores, key=scores.__getitem__, reverse=True) == ["b", "a", "d", "c"]
    assert scores["a"] == pytest.approx(0.8)
    assert scores["d"] == pytest.approx(0.8 * 1.1 / 1.6 + 0.2)  # no nearer than the last that the vectors found


def test_the_best_of_a_text_about_nothing_does_not_stand_beside_the_best_of_another() -> None:
    scores = join([{"noise": 0.1, "other": 0.0}, {"needed": 0.7, "second": 0.6}], [{"noise": 1.0}, {"needed": 9.0}])
    assert sorted(scores, key=scores.__getitem__, reverse=True)[:2] == ["needed", "second"]


def test_nothing_found_is_nothing_joined() -> None:
    assert join([], []) == {}
    assert join([{}, {}], [{}, {}]) == {}


def test_a_passage_that_repeats_the_best_comes_after_another_that_is_nearly_as_good() -> None:
    vectors = unit((1, 0), (1, 0.01), (1, 1))
    assert marginal_relevance([0.9, 0.89, 0.8], vectors, 3) == [0, 2, 1]


def test_a_passage_of_the_same_subject_is_no_repetition() -> None:
    vectors = unit((1, 0), (1, 0.6), (0, 1))
    assert marginal_relevance([0.9, 0.89, 0.88], vectors, 3) == [0, 1, 2]


def test_a_passage_that_is_far_less_relevant_is_not_preferred_for_being_different() -> None:
    vectors = unit((1, 0), (1, 0.01), (0, 1))
    assert marginal_relevance([0.9, 0.89, 0.1], vectors, 3) == [0, 1, 2]


def test_no_more_than_asked_for_and_no_more_than_there_are() -> None:
    vectors = unit((1, 0), (0, 1))
    assert marginal_relevance([0.1, 0.9], vectors, 1) == [1]
    assert marginal_relevance([0.1, 0.9], vectors, 5) == [1, 0]
    assert marginal_relevance([], np.zeros((0, 2), dtype=np.float32), 5) == []
