import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.results import Passage
from retrieval.cite import Citations, number, redacted
from retrieval.records import Chunk, Hit

DOCUMENT = "The night team says that the PLX stopped again. Ann will look at it on Monday."


def passage(place: int, text: str) -> Passage:
    return Passage(number=place, source="a.md", title="", headings=(), start=0, end=len(text), score=1.0, text=text)


PASSAGES = (
    passage(1, "The council keeps the minutes for seven years."),
    passage(2, "PLX is short for pallet exchange station, which stands in hall 14."),
)


def cite(text: str, size: int = 1_000) -> tuple[str, Citations]:
    citations = Citations(PASSAGES, DOCUMENT)
    pieces = [citations.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join(pieces) + citations.finish(), citations


def test_a_citation_of_a_passage_that_was_not_given_is_removed_and_counted() -> None:
    text, citations = cite("The PLX stopped [7]. Ann looks at it [1, 9].")
    assert text == "The PLX stopped. Ann looks at it [1]."
    assert citations.removed == 2
    assert [one.cited for one in citations.passages(text)] == [True, False]


def test_the_documents_own_brackets_stay_and_cite_no_passage() -> None:
    document = "A study [2] found that array[0] is empty; see [5, 6]."
    hits = [Hit(Chunk("a.md", 1, "", (), 0, len(one.text), one.text), 1.0) for one in PASSAGES]
    passages = number(hits, document)
    assert [one.number for one in passages] == [3, 4]
    citations = Citations(passages, document)
    text = "A study [2] found that array[0] is empty; see [5; 6] and [9]. The pallet exchange station stands [3]. "
    said = citations.feed(text) + citations.finish()
    assert said == "A study [2] found that array[0] is empty; see [5; 6] and. The pallet exchange station stands [3]. "
    assert (citations.cited, citations.removed) == ({3}, 1)


def test_a_sentence_that_says_what_only_a_passage_says_is_marked_as_its() -> None:
    text, citations = cite("The pallet exchange station stopped again. Ann will look at it on Monday.")
    assert text == "The pallet exchange station stopped again [2]. Ann will look at it on Monday."
    assert citations.cited == {2}
    assert citations.removed == 0


def test_a_sentence_that_cites_already_gets_no_second_mark() -> None:
    assert cite("The pallet exchange station stopped [2].")[0] == "The pallet exchange station stopped [2]."
    assert cite("The pallet station stopped. [2] Ann knows.")[0] == "The pallet station stopped. [2] Ann knows."


@pytest.mark.parametrize(
    ("sentence", "is_marked"), [("The station has a roof.", False), ("The pallet station has a roof.", True)]
)
def test_one_word_in_common_with_a_passage_may_be_chance_and_two_are_not(sentence: str, is_marked: bool) -> None:
    assert (cite(sentence)[1].cited == {2}) == is_marked


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The PLX stopped. ", "Ann looks at it."),
        ("The PLX stopped. [1] ", "Ann looks at it."),
        ("The PLX stopped. ", "[PERSON_1] looks at it."),
        ("PLXが止まった。", "駅は14番ホールにある。"),
        ("PLXが止まった。[1]", "駅は14番ホールにある。"),
        ("PLX停了。", "车站在14号大厅。"),
        ("पीएलएक्स रुक गया। ", "स्टेशन हॉल 14 में है।"),
        ("هل توقف PLX؟ ", "المحطة في القاعة 14."),
        ("پی ایل ایکس رک گیا۔ ", "اسٹیشن ہال 14 میں ہے۔"),
    ],
)
def test_a_sentence_is_sent_when_the_next_begins(first: str, second: str) -> None:
    citations = Citations(PASSAGES, DOCUMENT)
    sent = [citations.feed(character) for character in first + second]
    assert "".join(sent[: len(first)]) == ""
    assert "".join(sent) == first
    assert "".join(sent) + citations.finish() == first + second


def test_the_mark_of_a_passage_stands_before_the_marks_of_the_sentence() -> None:
    assert cite("「Pallet exchange stationが止まった。」次。")[0] == "「Pallet exchange stationが止まった [2]。」次。"


def test_a_long_text_in_one_piece_ends_in_bounded_time() -> None:
    """Quadratic time would take many minutes: the suite's time limit would end it."""
    for unit in ("A b. ", "あ。", "A b. [1] ", "A b. [", "\n"):
        text = unit * (200_000 // len(unit))
        assert len(cite(text, len(text))[0]) == len(text)


@given(
    st.lists(
        st.sampled_from(
            [
                *("The pallet exchange", " stopped", " [1]", "[2, 8]", "[9]", ". ", "\n", "[", "]", " Dr. ", "1"),
                *("。", "」", "।", "؟ ", "“", "．"),
            ]
        ),
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_however_a_text_is_split_the_same_comes_out(parts: list[str], size: int) -> None:
    text = "".join(parts)
    whole, pieces = cite(text), cite(text, size)
    assert whole[0] == pieces[0]
    assert (whole[1].cited, whole[1].removed) == (pieces[1].cited, pieces[1].removed)


@pytest.mark.parametrize("name", ["source", "title", "text"])
def test_every_text_of_a_passage_is_redacted(name: str) -> None:
    chunk = Chunk("Ann.md", 1, "Ann", ("Of Ann",), 3, 9, "Ann knows.")
    (made,) = redacted(number([Hit(chunk, 0.5)], DOCUMENT), lambda text: text.replace("Ann", "[PERSON]"))
    assert "Ann" not in getattr(made, name)
    assert made.headings == ("Of [PERSON]",)
    assert (made.number, made.start, made.end) == (1, 3, 9)


def test_the_extension_of_a_source_is_no_personal_data() -> None:
    names = [Hit(Chunk(name, 1, "", (), 0, 1, "x"), 0.5) for name in ("ann/notes.md", "ann@example.md", "ann")]
    made = redacted(number(names, DOCUMENT), lambda text: re.sub(r"\S+@\S+|notes\.md|ann", "[URL]", text))
    assert [one.source for one in made] == ["[URL]/notes.md", "[URL]", "[URL]"]
