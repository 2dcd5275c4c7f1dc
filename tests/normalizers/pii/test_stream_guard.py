"""A summary on its way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.pii import recognizers
from normalizers.pii.finding import Finding
from normalizers.pii.redactor import Redactor
from normalizers.pii.stream_guard import StreamGuard

DOCUMENT = "Ida Berg (ida.berg@posten.no) wrote to Ole Lund. Berg pays with 4111 1111 1111 1111."


def guard() -> StreamGuard:
    def names(text: str) -> list[Finding]:
        places = [(name, text.find(name)) for name in ("Ida Berg", "Ole Lund")]
        return [Finding(at, at + len(name), "PERSON", 0.9, "names") for name, at in places if at >= 0]

    redactor = Redactor("pseudonym", [recognizers.find, names], ())
    redactor.redact(DOCUMENT)
    return StreamGuard(redactor)


def sent(pieces: list[str]) -> tuple[str, dict[str, int]]:
    one = guard()
    return "".join([*map(one.feed, pieces), one.finish()]), one.counts


def test_a_clean_summary_passes_as_it_is() -> None:
    summary = "[PERSON_1] wrote to [PERSON_2]. It was about a payment with [CARD_1]."
    assert sent([summary]) == (summary, {"leaked": 0, "invented": 0, "damaged": 0})


def test_a_known_value_is_replaced_and_counted() -> None:
    text, counts = sent(["Ida B", "erg wro", "te. BERG pays by 4111 1111 1111", " 1111."])
    assert text == "[PERSON_1] wrote. [PERSON_1] pays by [CARD_1]."
    assert counts == {"leaked": 3, "invented": 0, "damaged": 0}


def test_a_value_that_no_document_had_is_replaced_too() -> None:
    text, counts = sent(["Write to some.body@else.org."])
    assert text == "Write to [EMAIL_2]."
    assert counts["leaked"] == 1


def test_invented_and_damaged_placeholders_are_counted_and_left() -> None:
    summary = "[PERSON_9] and [PERSON_1] met [PERSON_, PERSON_1] and [person_2]. A person 1 and EMAIL_1."
    assert sent([summary]) == (summary, {"leaked": 0, "invented": 1, "damaged": 4})


def test_a_sentence_is_sent_when_the_next_begins() -> None:
    one = guard()
    assert one.feed("The first sentence. ") == ""
    assert one.feed("The") == "The first sentence. "


@pytest.mark.parametrize(
    ("first", "second"), [("橋が建つ。", "次"), ("पुल खुला। ", "अब"), ("هل افتتح؟ ", "نعم"), ("It rained… ", "So")]
)
def test_a_sentence_of_any_script_is_sent_when_the_next_begins(first: str, second: str) -> None:
    one = guard()
    assert one.feed(first) == ""
    assert one.feed(second) == first


@pytest.mark.parametrize("before", range(150, 210))
def test_a_value_at_the_end_of_what_is_held_is_not_parted(before: int) -> None:
    """No document had it, so only its own writing tells it, and that must be there as a whole."""
    one = StreamGuard(Redactor("mask", [recognizers.find], ()))
    start = ("word " * 50)[:before].rstrip() + " "
    out = one.feed(f"{start}call +1 (415) 555-2671 now " + "word " * 100) + one.finish()
    assert out.startswith(f"{start}call [PHONE] now word")


def test_text_without_sentences_is_held_for_some_hundred_characters_at_most() -> None:
    one = guard()
    out = one.feed("word " * 100)
    assert len(out) >= 200
    assert out + one.finish() == "word " * 100


def test_a_word_of_any_length_is_not_parted() -> None:
    word = "x" * 5_000
    assert (
        sent([*word, " end."]) == sent([word + " end."]) == (word + " end.", {"leaked": 0, "invented": 0, "damaged": 0})
    )


def test_a_value_over_a_sentence_end_is_not_parted() -> None:
    redactor = Redactor("mask", [lambda text: [Finding(0, 12, "LOCATION", 1.0, "x")] if text[:3] == "St!" else []], ())
    redactor.redact("St! Peterhof is far.")
    one = StreamGuard(redactor)
    out = one.feed("He went to St! ") + one.feed("Peterhof. ") + one.feed("Then home.") + one.finish()
    assert out == "He went to [LOCATION]. Then home."


PARTS = st.sampled_from(
    [
        *(
            "Ida Berg",
            "Berg",
            "ida",
            "Ole",
            "Lund",
            "ida.berg@posten.no",
            "4111 1111",
            "1111 1111",
            "[PERSON_1]",
            "[PERSON_9]",
        ),
        *(
            "[PERSON_",
            "PERSON_2]",
            "[",
            "The end.",
            "Dr. ",
            "phone: 415 555 2671",
            "+1 (415)",
            "555-2671",
            "\n",
            "!",
            "word",
        ),
        *("a long stretch without any mark of an end in it", "x" * 70, "é", "\u200b", "。", "」", "।", "؟", "\x0b"),
    ]
)


@given(st.lists(PARTS, max_size=30).map(" ".join), st.data())
def test_wherever_a_stream_is_split_the_same_comes_out(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert sent(pieces) == sent([text]) == sent(list(text))
