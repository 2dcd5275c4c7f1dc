"""With a real engine: a prompt that somebody waits for is computed before bulk prompts that came earlier."""

import asyncio
import itertools
from typing import Any

import pytest

from generation.engine import Engine
from generation.generation import Sampling
from tests.generation.test_engine import run, text_of, tokens

CONTEXT = 2_048


def test_a_single_request_overtakes_bulk_prompts(shallow_model: tuple[Any, Any]) -> None:
    async def race(engine: Engine, tokenizer: Any) -> list[str]:
        first: list[str] = []
        long = "The river is wide and the ferry is slow. " * 100

        async def request(name: str, text: str, *, bulk: bool) -> None:
            async for _ in engine.stream(tokens(tokenizer, text), Sampling(4), bulk=bulk).text():
                first.append(name)
                break

        bulk = [asyncio.create_task(request("bulk", f"{n} {long}", bulk=True)) for n in range(4)]
        while not engine._outputs:  # noqa: ASYNC110 (the engine sets no event)
            await asyncio.sleep(0.01)
        single = asyncio.create_task(request("single", "Tell me about ferries.", bulk=False))
        await asyncio.gather(single, *bulk)
        return first

    order = run(shallow_model, race, CONTEXT)
    assert order.count("bulk") == 4
    assert order.index("single") <= 1  # the one whose prompt was being computed may be done first


@pytest.mark.parametrize("idle", [0.0, 1_000.0], ids=["at once", "after an idle time"])
def test_bulk_work_takes_a_fifth_of_a_single_request_s_time_and_no_less(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    """On a clock by which every step takes a second, and the time between two bursts of work `idle` seconds."""
    model, _ = shallow_model
    forward, sizes, now = model.forward, list[int](), [0.0]

    def tick() -> float:
        now[0] += 1
        return now[0]

    def counting(*arguments: Any, **options: Any) -> Any:
        sizes.append(options["input_ids"].shape[-1])
        return forward(*arguments, **options)

    monkeypatch.setattr("generation.scheduling.perf_counter", tick)
    monkeypatch.setattr(model, "forward", counting)

    async def share(engine: Engine, tokenizer: Any) -> list[int]:
        async def rows() -> None:
            for number in itertools.count():
                await text_of(engine.stream(tokens(tokenizer, f"Ferry {number} is late."), Sampling(8), bulk=True))

        await text_of(engine.stream(tokens(tokenizer, "Ferries are late."), Sampling(8), bulk=True))
        async with asyncio.timeout(10):
            while engine._manager.batch_processor.scheduler._began is not None:  # noqa: ASYNC110 (a thread's)
                await asyncio.sleep(0.01)
        now[0] += idle
        bulk = [asyncio.create_task(rows()) for _ in range(6)]
        text = engine.stream(tokens(tokenizer, "Tell me about ferries."), Sampling(60)).text()
        await anext(text)
        first = len(sizes)
        async for _ in text:
            pass
        last = len(sizes)
        for task in bulk:
            task.cancel()
        await asyncio.gather(*bulk, return_exceptions=True)
        return sizes[first:last]

    steps = run(shallow_model, share, CONTEXT)
    assert len(steps) > 40
    shared = sum(size > 1 for size in steps)
    assert len(steps) // 5 - 3 <= shared <= len(steps) // 5 + 3
