"""A sentence goes on when it is judged, marked or not, or is left out, wherever the text is split."""

import asyncio

import pytest

from verification.gate import Gate

TEXT = "The bridge is open. It is made of cheese. It cost 7.5 million.\n\n- It is old.\n- It can fly.\n- It is long."


def passed(text: str, size: int, *, marks: bool) -> tuple[str, int]:
    async def is_unsupported(sentence: str) -> bool:
        return "cheese" in sentence or "fly" in sentence

    async def whole() -> tuple[str, int]:
        gate = Gate(is_unsupported, marks=marks)
        pieces = [await gate.feed(text[start : start + size]) for start in range(0, len(text), size)]
        return "".join(pieces) + await gate.finish(), gate.left_out

    return asyncio.run(whole())


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_an_unsupported_sentence_is_marked_within_it(size: int) -> None:
    text, left_out = passed(TEXT, size, marks=True)
    assert text == TEXT.replace("cheese.", "cheese [unsupported].").replace("fly.", "fly [unsupported].")
    assert left_out == 0


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_an_unsupported_sentence_is_left_out_and_the_others_keep_their_lines(size: int) -> None:
    text, left_out = passed(TEXT, size, marks=False)
    assert text == TEXT.replace("It is made of cheese. ", "").replace("- It can fly.\n", "")
    assert left_out == 2


def test_space_is_not_left_where_the_first_or_the_last_sentence_was() -> None:
    assert passed("It can fly. It is long.\n\nIt can fly.", 3, marks=False) == ("It is long.", 2)
    assert passed("It is old. It can fly.\n\nIt is long.", 3, marks=False) == ("It is old.\n\nIt is long.", 1)
    assert passed("It can fly.", 3, marks=False) == ("", 1)


def test_a_sentence_is_sent_before_the_next_one_is_whole() -> None:
    async def fed() -> str:
        async def is_unsupported(_: str) -> bool:
            return False

        return await Gate(is_unsupported, marks=True).feed("The bridge is open. It")

    assert asyncio.run(fed()) == "The bridge is open."
