"""The scoring of personal data, by hand-counted examples."""

from collections.abc import Callable

import pytest

from benchmarks import pii

Spans = list[tuple[int, int]]


def saying(spans: Spans) -> Callable[[str], Spans]:
    return lambda text: spans


def counts(row: pii.Row, predicted: Spans) -> tuple[int, int, int, int, int]:
    score = pii.score([row], saying(predicted))
    return score.found, score.expected, score.right, score.wrong, score.documents_with_a_miss


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ([(0, 10)], (1, 1, 1, 0, 0)),
        ([(0, 5)], (1, 1, 1, 0, 0)),  # half of it is enough
        ([(0, 4)], (0, 1, 1, 0, 1)),
        ([(0, 2), (4, 8)], (1, 1, 2, 0, 0)),  # together
        ([(0, 4), (2, 25)], (1, 1, 0, 1, 0)),  # merged to 25 characters, 10 of them expected
        ([], (0, 1, 0, 0, 1)),
        ([(30, 40)], (0, 1, 0, 0, 1)),  # a job title: neither required nor held against a prediction
        ([(50, 60)], (0, 1, 0, 1, 1)),
    ],
)
def test_a_span_counts_by_halves(predicted: Spans, expected: tuple[int, int, int, int, int]) -> None:
    assert counts(pii.Row("", core=[(0, 10)], others=[(30, 40)]), predicted) == expected


def test_f2_weighs_recall_more() -> None:
    score = pii.Score(found=8, expected=10, right=5, wrong=5, documents=1, documents_with_a_miss=1)
    assert (score.precision, score.recall) == (0.5, 0.8)
    assert score.f(1) == pytest.approx(0.6154, abs=1e-4)
    assert score.f(2) == pytest.approx(0.7143, abs=1e-4)


def test_technical_prose_is_sentences_and_no_code() -> None:
    prose = pii.technical_prose()
    assert sum(len(text.split()) for text in prose) > 10_000
    assert not any(">>>" in text for text in prose[:5])
    assert len(set(prose)) == len(prose)
