"""What the search is compared with, and by what measure."""

import pytest

from benchmarks.retrieval import ndcg, recall, reciprocal_ranks


def test_what_several_rankings_put_high_comes_before_what_one_puts_first() -> None:
    a, b, c, d = (("page", number) for number in range(4))
    scores = reciprocal_ranks([[a, b, c], [d, b]])
    assert max(scores, key=scores.__getitem__) == b
    assert scores[b] == pytest.approx(2 / 62)
    assert scores[a] == pytest.approx(1 / 61)
    assert scores.keys() == {a, b, c, d}


def test_a_relevant_document_gains_the_less_the_later_it_comes() -> None:
    assert ndcg(["a", "b", "c"], {"a"}) == 1
    assert ndcg(["a", "b", "c"], {"c"}) == pytest.approx(0.5)
    assert ndcg(["a", "b"], {"c"}) == 0


def test_recall_counts_what_is_among_the_first() -> None:
    assert recall(["a", "b", "c"], {"a", "c", "d"}, cut=2) == pytest.approx(1 / 3)
