import pytest

from benchmarks import summaries


def test_text_rank_takes_the_sentences_that_are_most_like_the_others() -> None:
    alike = ["The ferry was late.", "The ferry to Harwich was late in fog.", "Fog kept the ferry late in Harwich."]
    assert summaries.text_rank(" ".join(["Tea was free.", *alike])) == " ".join(alike)


def test_what_is_copied_is_counted_in_sequences_of_eight_words() -> None:
    document = "One two three four five six seven eight nine, ten."
    assert summaries.copied("one two three four FIVE six seven eight nine ten", document) == 1.0
    assert summaries.copied("one two three four five six seven eight then ten", document) == pytest.approx(1 / 3)
    assert summaries.copied("One two three.", document) == 0.0
