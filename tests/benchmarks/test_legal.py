"""Every value of a legal document stands where it is said to be, and nothing of the marks is left."""

from random import Random

from benchmarks import legal


def test_documents_are_filled_and_their_values_stand_at_their_places() -> None:
    rows = legal.documents(Random(1))
    assert len(rows) >= 10 * legal.EACH
    for row in rows:
        assert not any(mark in row.text for mark in ("{", "}", "<<", ">>"))
        assert len(row.core) > 5
        for start, end in [*row.core, *row.others]:
            value = row.text[start:end]
            assert value
            assert value == value.strip()


def test_the_same_seed_draws_the_same() -> None:
    assert legal.documents(Random(2)) == legal.documents(Random(2))
