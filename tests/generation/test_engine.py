import asyncio
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from errors import Fault
from generation import answering
from generation.engine import Engine
from generation.generation import Generation, Sampling

CONTEXT = 512
PROMPTS = [
    "Tell me about bridges.",
    "Why is the sky blue? Answer in one sentence.",
    "Write a short note about the river Alm and its ferry.",
    "List three fruits.",
]


def run(models: tuple[Any, Any], test: Callable[[Engine, Any], Awaitable[Any]], context: int = CONTEXT) -> Any:
    """Run `test` with a started engine, on an event loop of its own."""

    async def whole() -> Any:
        async with started(*models, context) as engine:
            return await asyncio.wait_for(test(engine, models[1]), 120)

    return asyncio.run(whole())


@asynccontextmanager
async def started(model: Any, tokenizer: Any, context: int = CONTEXT) -> AsyncIterator[Engine]:
    model.set_attn_implementation("sdpa")
    engine = Engine(model, tokenizer, context)
    engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def tokens(tokenizer: Any, prompt: str) -> list[int]:
    messages = [{"role": "user", "content": prompt}]
    ids: list[int] = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    return ids


async def text_of(generation: Generation) -> str:
    return "".join([piece async for piece in generation.text()])


def test_in_8_bits_a_text_is_the_same_alone_and_among_31_others(shallow_in_8_bits: tuple[Any, Any]) -> None:
    async def alone_and_together(engine: Engine, tokenizer: Any) -> tuple[list[str], list[str]]:
        def generation(i: int) -> Generation:
            return engine.stream(tokens(tokenizer, f"{PROMPTS[i % 4]} {'Go on. ' * i}"), Sampling(8))

        together = await asyncio.gather(*(text_of(generation(i)) for i in range(32)))
        return [await text_of(generation(i)) for i in (0, 1, 2, 30)], [together[i] for i in (0, 1, 2, 30)]

    alone, together = run(shallow_in_8_bits, alone_and_together)
    assert alone == together
    assert all(alone)


def test_a_request_that_is_closed_early_leaves_the_batch(shallow_model: tuple[Any, Any]) -> None:
    async def close_early(engine: Engine, tokenizer: Any) -> tuple[bool, str]:
        text = engine.stream(tokens(tokenizer, PROMPTS[2]), Sampling(400)).text()
        await anext(text)
        await text.aclose()
        async with asyncio.timeout(10):
            while engine._manager.batch_processor.scheduler.active_requests:  # noqa: ASYNC110 (a thread's list)
                await asyncio.sleep(0.01)
        left = bool(engine._outputs or engine._manager.output_router.result_handlers)
        return left, await text_of(engine.stream(tokens(tokenizer, PROMPTS[0]), Sampling(12)))

    left, next_text = run(shallow_model, close_early)
    assert not left
    assert next_text


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_what_a_long_text_took_is_given_back_when_nobody_asks_and_texts_stay_the_same(
    model_and_tokenizer: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def grow_and_shrink(engine: Engine, tokenizer: Any) -> tuple[str, str, int, int]:
        prompt = tokens(tokenizer, PROMPTS[2] * 10)  # some pages, which are kept for prompts that begin alike
        before = await text_of(engine.stream(prompt, Sampling(12)))
        cache = engine._manager.batch_processor.cache.cache_tensor
        long = [tokens(tokenizer, f"{n} {'The ferry is slow. ' * 75}") for n in range(8)]
        await asyncio.gather(*(text_of(engine.stream(one, Sampling(2))) for one in long))
        grown = int(cache[::4096].count_nonzero())
        monkeypatch.setattr("generation.engine.IDLE", 0.0)
        async with asyncio.timeout(20):
            while engine._written:  # noqa: ASYNC110 (a number)
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        left = int(cache[::4096].count_nonzero())
        return before, await text_of(engine.stream(prompt, Sampling(12))), grown, left

    before, after, grown, left = run(model_and_tokenizer, grow_and_shrink, 2_048)
    assert before == after
    assert left < grown / 10


def test_a_dead_engine_fails_what_it_held_and_is_restarted_once(
    shallow_model: tuple[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = shallow_model
    forward = model.forward

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("token 4711 is out of range")

    async def die_and_recover(engine: Engine, tokenizer: Any) -> tuple[str, bool, str]:
        prompt = tokens(tokenizer, PROMPTS[0])
        model.forward = broken
        with pytest.raises(Fault) as fault:
            await text_of(engine.stream(prompt, Sampling(12)))
        healthy = engine.is_healthy()
        model.forward = forward
        async with asyncio.timeout(10):
            while not engine.is_healthy():  # noqa: ASYNC110 (as a health check does)
                await asyncio.sleep(0.05)
        return str(fault.value), healthy, await text_of(engine.stream(prompt, Sampling(12)))

    try:
        message, healthy, text = run(shallow_model, die_and_recover)
    finally:
        model.forward = forward
    assert message == "E5001 engine stopped"
    assert not healthy
    assert text
    said = next(record.getMessage() for record in caplog.records if "engine died" in record.getMessage())
    assert re.search(r"1: RuntimeError < tests/generation/test_engine.py:\d+ broken < torch/nn/modules/module.py", said)
    assert "transformers/generation/continuous_batching/" in said
    assert "4711" not in said


def test_a_fault_of_cuda_ends_the_process_at_once(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = shallow_model
    exits: list[int] = []
    monkeypatch.setattr("generation.engine.os._exit", exits.append)

    def broken(*_: Any, **__: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    async def die(engine: Engine, tokenizer: Any) -> bool:
        with pytest.raises(Fault, match="E5001"):
            await text_of(engine.stream(tokens(tokenizer, PROMPTS[0]), Sampling(12)))
        async with asyncio.timeout(20):
            while not exits:  # noqa: ASYNC110 (a list)
                await asyncio.sleep(0.05)
        return engine.is_healthy()

    monkeypatch.setattr(model, "forward", broken)
    assert not run(shallow_model, die)
    assert exits == [70]
    assert sum("engine died" in record.getMessage() for record in caplog.records) == 1


def test_a_long_prompt_is_progress_and_a_step_that_never_ends_is_none(
    shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tokenizer = shallow_model
    config = LlamaConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
    model = LlamaForCausalLM(config).eval()  # computes a step in no time
    monkeypatch.setitem(answering.STALL, "cpu", 3.0)
    forward, may_go_on = model.forward, threading.Event()
    steps = 0

    def slow(*arguments: Any, **options: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps <= 5:  # of 1,024 tokens, all before the first token
            time.sleep(1.0)
        else:
            may_go_on.wait(30)
        return forward(*arguments, **options)

    async def watch(engine: Engine, _: Any) -> tuple[list[bool], bool]:
        reading = asyncio.create_task(text_of(engine.stream([5] * 6_000, Sampling(2))))
        while_reading = []
        while steps <= 5:
            while_reading.append(engine.is_healthy())
            await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            while engine.is_healthy():  # noqa: ASYNC110 (as a health check does)
                await asyncio.sleep(0.1)
        may_go_on.set()
        await reading
        return while_reading, engine.is_healthy()

    monkeypatch.setattr(model, "forward", slow)
    while_reading, after = run((model, tokenizer), watch, 8_192)
    assert while_reading
    assert all(while_reading)
    assert after


def test_the_second_death_ends_the_process(shallow_model: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = shallow_model
    exits: list[int] = []
    monkeypatch.setattr("generation.engine.os._exit", exits.append)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of the hardware")

    async def die_twice(engine: Engine, tokenizer: Any) -> None:
        prompt = tokens(tokenizer, PROMPTS[0])
        async with asyncio.timeout(20):
            while not exits:
                if engine.is_healthy():
                    with pytest.raises(Fault):
                        await text_of(engine.stream(prompt, Sampling(12)))
                await asyncio.sleep(0.05)

    monkeypatch.setattr(model, "forward", broken)
    run(shallow_model, die_twice)
    assert exits == [70]
