"""Passages come with what stands beside them, once. Plain chunks, no model and no index."""

from collections.abc import Collection

import pytest

from retrieval.records import Chunk, Hit, Key
from retrieval.widen import by_turns, widen

TEXT = "one two three four five six seven eight nine ten"


def chunk(number: int, source: str = "a") -> Chunk:
    """A chunk of eight characters, of which it shares three with the next."""
    start = 5 * (number - 1)
    return Chunk(source, number, "Title", (f"Part {number}",), start, start + 8, TEXT[start : start + 8])


def look_up(keys: Collection[Key]) -> dict[Key, Chunk]:
    """Both sources have nine chunks."""
    return {(source, number): chunk(number, source) for source, number in keys if 1 <= number <= 9}


def widened(*numbers: int) -> list[Hit]:
    return widen([Hit(chunk(number), 1 / place) for place, number in enumerate(numbers, 1)], look_up)


def test_a_passage_has_its_neighbours_text_once_and_their_offsets() -> None:
    [hit] = widened(4)
    assert (hit.chunk.start, hit.chunk.end) == (10, 28)
    assert hit.chunk.text == TEXT[10:28]
    assert hit.chunk.headings == ("Part 3",)  # it begins there


def test_the_ends_of_a_source_have_one_neighbour() -> None:
    assert [(hit.chunk.start, hit.chunk.end) for hit in widened(1)] == [(0, 13)]
    assert [(hit.chunk.start, hit.chunk.end) for hit in widened(9)] == [(35, 48)]


@pytest.mark.parametrize("numbers", [(2, 4), (4, 2), (2, 5), (2, 6, 4)])
def test_passages_that_touch_become_one_where_the_better_was(numbers: tuple[int, ...]) -> None:
    [hit] = widened(*numbers)
    assert hit.chunk.start == 0
    assert hit.chunk.text == TEXT[: hit.chunk.end]
    assert hit.score == 1


def test_passages_apart_stay_in_their_order() -> None:
    assert [(hit.chunk.number, hit.score) for hit in widened(8, 2)] == [(7, 1), (1, 0.5)]


def test_neighbours_are_of_the_same_source() -> None:
    hits = [Hit(chunk(4), 1.0), Hit(chunk(7, "b"), 0.5)]
    assert [(hit.chunk.source, hit.chunk.number) for hit in widen(hits, look_up)] == [("a", 3), ("b", 6)]


def test_blank_text_between_two_chunks_leaves_a_line_end() -> None:
    first, second = Chunk("a", 1, "", (), 0, 3, "one"), Chunk("a", 2, "", (), 9, 12, "two")
    [hit] = widen([Hit(first, 1.0)], lambda _keys: {("a", 1): first, ("a", 2): second})
    assert hit.chunk.text == "one\ntwo"


def test_rankings_choose_by_turns_what_does_not_stand_beside_what_came() -> None:
    one, other = [("a", 1), ("a", 2), ("a", 5)], [("a", 2), ("b", 1), ("b", 2), ("c", 7)]
    assert list(by_turns(one, other)) == [("a", 1), ("b", 1), ("a", 5), ("c", 7)]
    assert list(by_turns([], [("a", 1)])) == [("a", 1)]
