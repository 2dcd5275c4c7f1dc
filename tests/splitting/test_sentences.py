"""Where sentences end, in the scripts that have marks for it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitting.sentences import ends, without_end


def cut(text: str) -> list[str]:
    places = [0, *(found.next for found in ends(text)), len(text)]
    return [text[start:end] for start, end in pairwise(places) if start < end]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It rained. ", "Did it? ", "Yes! ", "It did… ", "So"],
        ['He said "yes." ', "(It was late.) ", "“So it was.” ", "„Ja.“ ", "»Oui.» ", "So"],
        ["橋が建つ。", "本当か？", "「はい。」", "費用は高い！ ", "次"],
        ["桥开了。", "“你好！”", "他说。", "“好”"],
        ["橋が建つ．", "費用は３．５億円だ．", "次"],
        ["ﾊｼｶﾞﾀﾂ｡", "ﾂｷﾞ"],
        ["पुल खुला है। ", "क्या यह सच है? ", "हाँ।", "अब"],
        ["श्लोक ॥", "अगला"],
        ["هل افتتح الجسر؟ ", "نعم. ", "ثم"],
        ["پل کھل گیا۔ ", "کیا یہ سچ ہے؟ ", "پھر"],
        ["A heading\n", "- one item\n", "- Acme Inc.\n", "- another\n\n", "Text."],
    ],
)
def test_sentences_are_told_apart(sentences: list[str]) -> None:
    assert cut("".join(sentences)) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Lee and Mrs. Lee met Dr. Day, Prof. Oak and J. R. Ott",
        "Acme Inc. and Oak Ltd. and Bay Co. at 5 Main St. near Oak Ave. pay",
        "see No. 5, Apt. 2, Tel. 555, ext. 12, Nr. 3, i.e. those, e.g. these, etc. here",
        "the dept. of the univ. in bldg. nine",
        "1. an item",
        "It is 3.5 metres at example.org, version 2.0.1 of ３．５",
    ],
)
def test_abbreviations_initials_and_numbers_end_none(text: str) -> None:
    assert cut(text) == [text]


@pytest.mark.parametrize("word", ["no", "rep", "tel", "apt", "sen"])
def test_a_word_that_is_written_like_an_abbreviation_ends_one(word: str) -> None:
    assert len(cut(f"So he said {word}. Then he left")) == 2


def test_a_line_ends_behind_its_last_character_and_a_sentence_behind_its_quotes() -> None:
    text = 'One line \n"Two." Three'
    assert [(text[: found.end], found.is_line) for found in ends(text)] == [
        ("One line ", True),
        ('One line \n"Two."', False),
    ]


@pytest.mark.parametrize(
    "sentence", ["It rained.", "It rained?!", 'It rained." ', "It rained…)\n", "It rained:", "It rained"]
)
def test_the_words_of_a_sentence_end_before_its_marks(sentence: str) -> None:
    assert without_end(sentence) == "It rained"
    assert without_end("「橋が建つ。」") == "「橋が建つ"


@given(st.text(alphabet=st.sampled_from('aB1. !?…\n。．」।؟"”“)'), max_size=40), st.integers(0, 40))
def test_an_end_with_something_behind_it_stays_when_the_text_grows(text: str, length: int) -> None:
    so_far = text[:length]
    sure = [found for found in ends(so_far) if found.next < len(so_far)]
    assert sure == list(ends(text))[: len(sure)]


@given(st.text(alphabet=st.sampled_from('aB1. !?…\n。．」।؟"”“)'), max_size=40), st.integers(0, 40))
def test_a_text_s_beginning_ends_as_it_does_alone(text: str, stop: int) -> None:
    stop = min(stop, len(text))
    assert list(ends(text, 0, stop)) == list(ends(text[:stop]))


@pytest.mark.parametrize(
    "unit", [".", ". ", ".)", "。", "。」", "．", "A.", "Inc. ", "\n", " ", '."', "…", "\n.", "。 "]
)
def test_a_long_text_ends_in_bounded_time(unit: str) -> None:
    """Quadratic time would take an hour: the suite's time limit would end it."""
    text = unit * (500_000 // len(unit))
    places = [found.next for found in ends(text)]
    assert places == sorted(set(places))
    without_end(text)
