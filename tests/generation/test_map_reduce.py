import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from contract.request import SummaryRequest
from contract.results import Progress
from errors import Fault
from generation.engine import Engine
from generation.generation import Generation, Sampling
from generation.long_documents import Planner
from generation.map_reduce import MapReduce
from generation.prompts import PromptTemplate
from styles import catalog
from tests.generation.test_engine import run

CONTEXT = 640  # room for few sentences beside the instructions, so that a page has many parts
TEXT = "\n\n".join(
    f"## Item {n}\n\nThe council heard report {n} on the bridge of Neudorf and filed it." for n in range(40)
)


def map_reduce(engine: Engine, tokenizer: Any, text: str = TEXT) -> MapReduce:
    request = SummaryRequest(text=text, length="brief", max_tokens=12)
    planner = Planner(PromptTemplate(lambda: tokenizer, "rewrite", catalog.get("general"), request), CONTEXT)
    plan = planner.plan(text)
    planner.notes_tokens, planner._room = 8, 64  # the real thing with short notes, two or three to a merge
    return MapReduce(engine, planner, plan, text, Sampling(12), bulk=False)


def test_pieces_are_noted_merged_and_the_last_round_streams(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def summarize(engine: Engine, tokenizer: Any) -> tuple[list[str | Progress], MapReduce]:
        generation = map_reduce(engine, tokenizer)
        return [piece async for piece in generation.text()], generation

    monkeypatch.setattr("generation.map_reduce.TICK", 0.01)
    pieces, generation = run(shallow_model, summarize, CONTEXT)
    said = [piece for piece in pieces if isinstance(piece, Progress)]
    assert pieces[: len(said)] == said
    assert "".join(piece for piece in pieces if isinstance(piece, str)).strip()
    assert str(said[0]) == "part 0 of 4"
    assert {one.what for one in said} == {"part", "merge"}
    assert [one.done for one in said if one.what == "part"] == sorted(one.done for one in said if one.what == "part")
    first, *merges, last = generation.rounds
    assert (first.prompts, last.prompts) == (4, 1)
    assert 1 <= merges[0].prompts <= 2
    assert last.output_token_count <= 12
    assert generation.arrived <= generation.started <= generation.first_token <= generation.finished


def test_a_part_that_fails_is_tried_again_and_then_named(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.map_reduce._PAUSE", 0)
    failures: list[int] = []
    text_of = Generation.text

    def fail_part_two(times: int) -> None:
        def text(generation: Generation) -> AsyncGenerator[str, None]:
            is_part_two = "[Part 2" in tokenizer.decode(generation.tokens)
            if is_part_two and len(failures) < times:
                failures.append(1)
                return _dead()
            return text_of(generation)

        monkeypatch.setattr(Generation, "text", text)

    _, tokenizer = shallow_model

    async def summarize(engine: Engine, tokenizer: Any) -> str:
        fail_part_two(times=1)
        return "".join([piece async for piece in map_reduce(engine, tokenizer).text() if isinstance(piece, str)])

    async def fail(engine: Engine, tokenizer: Any) -> None:
        failures.clear()
        fail_part_two(times=2)
        async for _ in map_reduce(engine, tokenizer).text():
            pass

    assert run(shallow_model, summarize, CONTEXT)
    with pytest.raises(Fault) as fault:
        run(shallow_model, fail, CONTEXT)
    assert re.fullmatch(
        r"E5005 part 2 of \d+ \(characters [\d,]+ to [\d,]+\) failed twice, last with E5001", str(fault.value)
    )


async def _dead() -> AsyncGenerator[str, None]:
    raise Fault("E5001")
    yield ""


def test_a_cancel_in_the_middle_leaves_nothing_in_the_engine(shallow_model: tuple[Any, Any]) -> None:
    async def cancel(engine: Engine, tokenizer: Any) -> int:
        async def summarize() -> None:
            async for _ in map_reduce(engine, tokenizer, TEXT * 4).text():
                pass

        task = asyncio.create_task(summarize())
        while not engine._outputs:  # noqa: ASYNC110 (the engine sets no event)
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(engine._outputs)

    assert run(shallow_model, cancel, CONTEXT) == 0


def test_what_a_part_says_of_answers_and_summaries_is_in_its_prompt(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debates and minutes are full of it; only notes that do what a part says are made again without it."""
    said = "The answer is no. We go on to the next question, which is for Ms. May."
    asked: list[str] = []

    async def summarize(engine: Engine, tokenizer: Any) -> None:
        stream = engine.stream

        def noted(tokens: list[int], sampling: Sampling, *, bulk: bool = False) -> Generation:
            asked.append(tokenizer.decode(tokens))
            return stream(tokens, sampling, bulk=bulk)

        monkeypatch.setattr(engine, "stream", noted)
        async for _ in map_reduce(engine, tokenizer, f"{TEXT}\n\n{said}").text():
            pass

    run(shallow_model, summarize, CONTEXT)
    assert sum(said in prompt for prompt in asked) == 1
