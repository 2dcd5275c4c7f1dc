"""The same prompts through others: transformers' generate() in static batches, its continuous batching, and vLLM.

Knows: three ways to answer prompts, greedy and up to a limit, so many at once. Each is as it comes: of Precis they have
the model's folder, its number format, and the prompts, and static batches the rule on repeats besides. What is put
right for CPUs is said where it is. Knows nothing of tables. A way takes a process for itself: it leaves its memory
as it is.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import others, serving, throughput
from benchmarks.serving import Load, Sample
from computing import hardware
from weights import load

Prompts = dict[int, list[list[int]]]  # by how many are answered at once
Way = Callable[[Prompts, int], Iterator[tuple[int, Load]]]  # prompts, and the most tokens of an answer
CPU_CACHE_TOKENS = 65_536  # by itself it takes most of a computer's memory for its cache


def static(prompts: Prompts, limit: int) -> Iterator[tuple[int, Load]]:
    """transformers' `generate()`: batches in order of arrival, padded to the longest, the next when one is over."""
    model, _ = load.load(*load.find_for_setup(None))
    throughput.choose_threads(model, _warm_up(prompts))
    for size, some in prompts.items():
        began = time.perf_counter()
        batches = (some[first : first + size] for first in range(0, len(some), size))
        samples = [sample for batch in batches for sample in _batch(model, batch, limit)]
        yield size, serving.noted(size, Load(samples, time.perf_counter() - began))


def continuous(prompts: Prompts, limit: int) -> Iterator[tuple[int, Load]]:
    """transformers' continuous batching with its own attention, sampling and scheduling."""
    from transformers import ContinuousBatchingConfig, GenerationConfig

    model, _ = load.load(*load.find_for_setup(None))
    ends = model.generation_config.eos_token_id
    config = ContinuousBatchingConfig()
    if model.device.type == "cpu":
        config.num_blocks = CPU_CACHE_TOKENS // config.page_size
    greedy = GenerationConfig(do_sample=False, eos_token_id=ends, max_new_tokens=limit)
    with model.continuous_batching_context_manager(greedy, continuous_batching_config=config) as manager:

        async def one(prompt: list[int]) -> Sample:
            outputs: asyncio.Queue[Any] = asyncio.Queue()
            name = f"request-{next(numbers)}"
            manager.register_result_handler(name, outputs.put_nowait)
            began = time.perf_counter()
            manager.add_request(prompt, request_id=name, streaming=True)
            first = 0.0
            while True:
                output = await outputs.get()
                if output.error is not None:
                    raise RuntimeError(output.error)
                first = first or time.perf_counter()
                if output.is_finished():
                    return _sample(began, first, len(output.generated_tokens))

        numbers = itertools.count()
        with asyncio.Runner() as runner:
            runner.run(one(_warm_up(prompts)))
            for clients, some in prompts.items():
                yield clients, runner.run(serving.closed_loop_of_tasks(clients, some, one))


def vllm(prompts: Prompts, limit: int) -> Iterator[tuple[int, Load]]:
    """vLLM's engine with its own settings, but for the context's length."""
    folder, spec = load.find_for_setup(None)
    dtype = str(hardware.dtype(hardware.device())).removeprefix("torch.")
    with asyncio.Runner() as runner:
        starting = others.vllm(model=str(folder), dtype=dtype, max_model_len=spec.context_length)
        engine = runner.run(starting.__aenter__())
        try:

            async def one(prompt: list[int]) -> Sample:
                began = time.perf_counter()
                return _sample(began, *await engine.answer(prompt, limit))

            runner.run(one(_warm_up(prompts)))
            for clients, some in prompts.items():
                yield clients, runner.run(serving.closed_loop_of_tasks(clients, some, one))
        finally:
            runner.run(starting.__aexit__(None, None, None))


def _batch(model: Any, prompts: list[list[int]], limit: int) -> list[Sample]:
    began = time.perf_counter()
    first, last, counts = serving.generate(model, prompts, limit)
    return [Sample(first - began, (last - first) / max(tokens - 1, 1), tokens) for tokens in counts]


def _sample(began: float, first: float, tokens: int) -> Sample:
    """One that is over now."""
    return Sample(first - began, (time.perf_counter() - first) / max(tokens - 1, 1), tokens)


def _warm_up(prompts: Prompts) -> list[int]:
    """A prompt as long as one that comes, but backwards: nothing of that is in a cache already."""
    return next(iter(prompts.values()))[0][::-1]
