from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generation.text_stream import TextStream, last_sentence_end

MANY = 10_000


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    from weights import load, registry

    return AutoTokenizer.from_pretrained(load.find(registry.resolve(registry.FALLBACK)))


def play(
    tokenizer: Any, text: str, stops: tuple[str, ...] = (), limit: int = MANY, cut: bool = False
) -> tuple[list[str], TextStream]:
    stream = TextStream(tokenizer, stops, limit)
    pieces = []
    for token in tokenizer.encode(text, add_special_tokens=False):
        pieces.append(stream.feed(token))
        if stream.stopped:
            break
    pieces.append(stream.finish(cut))
    return pieces, stream


LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co", "Cs", "Zs", "Zl", "Zp"])


@given(text=st.text(alphabet=LETTERS, min_size=1))
def test_the_pieces_are_the_text_and_never_hold_half_a_character(tokenizer: Any, text: str) -> None:
    tokens = tokenizer.encode(text, add_special_tokens=False)
    assume(tokenizer.decode(tokens, skip_special_tokens=True) == text.strip())  # it lacks a token for some bytes
    pieces, _ = play(tokenizer, text)
    assert "".join(pieces) == text.strip()
    assert [piece for piece in pieces if "\ufffd" in piece] == [piece for piece in pieces if piece == "\ufffd"]


def test_a_stop_sequence_over_several_tokens_is_found_and_not_sent(tokenizer: Any) -> None:
    pieces, stream = play(tokenizer, "The bridge opens in spring.\nEND OF SUMMARY and more", ("END OF SUMMARY",))
    assert stream.stopped
    assert "".join(pieces) == "The bridge opens in spring."


def test_what_only_begins_like_a_stop_sequence_is_sent(tokenizer: Any) -> None:
    pieces, stream = play(tokenizer, "The END OF the road", ("END OF SUMMARY",))
    assert not stream.stopped
    assert "".join(pieces) == "The END OF the road"


def test_the_first_of_several_stop_sequences_ends_the_text(tokenizer: Any) -> None:
    pieces, _ = play(tokenizer, "one two three four", ("four", "three"))
    assert "".join(pieces) == "one two"


def test_a_cut_text_ends_at_its_last_full_sentence(tokenizer: Any) -> None:
    text = "It cost $4.5 million, Dr. Smith said. The ferry carries people until"
    limit = len(tokenizer.encode(text))
    pieces, _ = play(tokenizer, text, limit=limit, cut=True)
    assert "".join(pieces) == "It cost $4.5 million, Dr. Smith said."


@pytest.mark.parametrize(
    ("sentences", "rest"),
    [
        ("橋が春に開く。「費用は高い。」", "フェリーはそれまで"),
        ("桥将在春天开放。他说：“费用很高！”", "在那之前渡轮"),
        ("पुल वसंत में खुलेगा। लागत अधिक है।", " तब तक नाव"),
        ("يفتتح الجسر في الربيع. هل التكلفة عالية؟", " حتى ذلك الحين"),
        ("پل بہار میں کھلے گا۔ لاگت زیادہ ہے۔", " تب تک"),
    ],
)
def test_a_text_of_any_script_that_is_cut_ends_at_its_last_full_sentence(
    tokenizer: Any, sentences: str, rest: str
) -> None:
    text = sentences + rest
    pieces, _ = play(tokenizer, text, limit=len(tokenizer.encode(text)), cut=True)
    assert "".join(pieces) == sentences
    assert len([piece for piece in pieces if piece]) >= 2
    assert "".join(play(tokenizer, text)[0]) == text


def test_a_cut_list_ends_at_its_last_full_item(tokenizer: Any) -> None:
    text = "- a bridge of 120 metres\n- open in spring\n- until then a ferry that"
    pieces, _ = play(tokenizer, text, limit=len(tokenizer.encode(text)), cut=True)
    assert "".join(pieces) == "- a bridge of 120 metres\n- open in spring"


def test_a_cut_text_without_a_full_sentence_is_sent_as_far_as_it_goes(tokenizer: Any) -> None:
    text = "The county council voted on Tuesday to build"
    pieces, _ = play(tokenizer, text, limit=len(tokenizer.encode(text)), cut=True)
    assert "".join(pieces) == text


def test_an_uncut_text_is_sent_whole(tokenizer: Any) -> None:
    text = "The council voted. It has no full stop at the end"
    pieces, _ = play(tokenizer, text, limit=len(tokenizer.encode(text)) + 1)
    assert "".join(pieces) == text


def test_the_first_sentence_is_sent_word_by_word_even_near_the_limit(tokenizer: Any) -> None:
    text = "The council voted to build a bridge. It will cost"
    pieces, _ = play(tokenizer, text, limit=len(tokenizer.encode(text)), cut=True)
    assert len([piece for piece in pieces if piece]) >= 5
    assert "".join(pieces) == "The council voted to build a bridge."


def test_text_far_from_the_limit_is_sent_word_by_word(tokenizer: Any) -> None:
    pieces, _ = play(tokenizer, "one two three four five six")
    assert len([piece for piece in pieces if piece]) >= 5


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The bridge opens in May 2027. It costs $4 million. The bridge opens in May 2027. Until then", 51),
        ("The bridge opens in May 2027. It costs $4 million. The bridge opens in May 2027.", 51),
        ("- The bridge for walkers opens in May\n- Fine\n- The bridge for walkers opens in May\n- And", 45),
        ("1. The bridge for walkers opens in May\n2. Fine\n3. The bridge for walkers opens in May\n4. And", 47),
        ("橋は来年の春に開通する。費用は四百万ドルである。橋は来年の春に開通する。フェリー", 24),
    ],
)
def test_a_text_ends_before_a_sentence_that_was_said(tokenizer: Any, text: str, kept: int) -> None:
    pieces, stream = play(tokenizer, text)
    assert stream.stopped
    assert "".join(pieces) == text[:kept].rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "The bridge opens in spring. The bridge opens in spring for walkers only. The bridge opens in May.",
        "In 2023 it cost four million dollars. In 2024 it cost four million dollars.",
        "It cost four million dollars in 2023. It cost four million dollars in 2024.",
        "Decisions:\nNone\nActions:\nNone\nOpen questions:\nNone",
        "Open questions: None\nThe bridge opens in spring.\nOpen questions: None",  # too short to tell
    ],
)
def test_what_only_begins_as_a_sentence_that_was_said_is_sent_whole(tokenizer: Any, text: str) -> None:
    pieces, stream = play(tokenizer, text)
    assert not stream.stopped
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One. Two", "One."),
        ('He said "yes." Then', 'He said "yes."'),
        ("Mr. Smith and J. R. Tolkien", ""),
        ("It is 3.5 metres", ""),
        ("Is it? Yes", "Is it?"),
        ("no end", ""),
        ("はい。次", "はい。"),
        ("はい。", ""),  # a quotation mark may follow
    ],
)
def test_where_the_last_sentence_ends(text: str, kept: str) -> None:
    assert text[: last_sentence_end(text)] == kept
