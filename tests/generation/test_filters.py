import asyncio
from collections.abc import AsyncGenerator, Sequence

from contract.results import Progress
from generation.filters import Filter, filtered

PROGRESS = Progress(what="part", done=1, total=2)


class Words:
    """Holds text back to the end of a word and writes its name behind it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held = ""

    def feed(self, piece: str) -> str:
        *words, self._held = (self._held + piece).split(" ")
        return "".join(f"{word}{self._name} " for word in words)

    def finish(self) -> str:
        return self._held + self._name


class Asking(Words):
    """The same, when it has asked somebody."""

    async def feed(self, piece: str) -> str:  # type: ignore[override] # either is a Filter
        await asyncio.sleep(0)
        return super().feed(piece)

    async def finish(self) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().finish()


def passed(*filters: Filter | None) -> Sequence[str | Progress]:
    async def text() -> AsyncGenerator[str | Progress]:
        yield PROGRESS
        for piece in ("a b", "c d"):
            yield piece

    async def whole() -> Sequence[str | Progress]:
        return [piece async for piece in filtered(text(), filters)]

    return asyncio.run(whole())


def test_what_one_filter_sends_the_next_one_checks() -> None:
    assert "".join(map(str, passed(Words("1"), Words("2"))[1:])) == "a12 bc12 d12"


def test_a_filter_may_ask_before_it_sends() -> None:
    assert passed(Asking("1")) == [PROGRESS, "a1 ", "bc1 ", "d1"]


def test_nothing_is_sent_of_what_is_held_back_and_progress_is_never_held() -> None:
    assert passed(Words("1"))[0] == PROGRESS
    assert "" not in passed(Words("1"), Words("2"))


def test_without_filters_text_comes_as_it_is() -> None:
    assert passed(None) == [PROGRESS, "a b", "c d"]


def test_a_stream_that_is_closed_closes_what_generates() -> None:
    closed = []

    async def text() -> AsyncGenerator[str | Progress]:
        try:
            yield "a "
        finally:
            closed.append(True)

    async def left() -> None:
        stream = filtered(text(), [Words("1"), Words("2")])
        await anext(stream)
        await stream.aclose()

    asyncio.run(left())
    assert closed
