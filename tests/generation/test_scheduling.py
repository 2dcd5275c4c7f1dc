"""With a real engine: a prompt that somebody waits for is computed before bulk prompts that came earlier."""

import asyncio
from typing import Any

from generation.engine import Engine
from generation.generation import Sampling
from tests.generation.test_engine import run, tokens

CONTEXT = 2_048


def test_a_single_request_overtakes_bulk_prompts(model_and_tokenizer: tuple[Any, Any]) -> None:
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

    order = run(model_and_tokenizer, race, CONTEXT)
    assert order.count("bulk") == 4
    assert order.index("single") <= 1  # the one whose prompt was being computed may be done first
