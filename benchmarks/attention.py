"""The same prompts through the engine's batching with two kinds of attention: are the greedy answers the same tokens?

Knows: what the device's engine chooses by itself, how to have transformers' sdpa in its place, and a manager's results.
Knows nothing of text, servers and tables. A card that fell back is measured as it is. One process, one model and one
number format for both, and all prompts are there before the first step, so that the steps of both are alike and
attention is all that differs.
"""

import asyncio
import gc
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import torch

from computing import card
from generation import batching
from generation.engine_setup import EngineSetup
from generation.generation import Sampling
from generation.sampling import RequestArguments
from weights import load

SDPA = "sdpa"


@dataclass(frozen=True)
class Answers:
    """What came out with one kind of attention, and what it took."""

    setup: EngineSetup
    tokens: list[list[int]]  # of each prompt's answer
    weights: int  # bytes
    cache: int  # bytes
    peak: int  # bytes, with weights and cache: on a GPU of it, else of the process


def answers_by_kind(prompts: list[list[int]], limit: int) -> Iterator[Answers]:
    """Answer all prompts with the attention that the engine chooses here, and then with sdpa."""
    os.environ["PRECIS_ALLOW_SLOW"] = "1"  # sdpa is
    folder, spec = load.find_for_setup(None)
    model, _ = load.load(folder, spec)
    batching.set_threads()
    for kind in (None, SDPA):
        yield answer(model, spec.context_length, prompts, limit, kind)
        gc.collect()
        torch.cuda.empty_cache()


def answer(model: Any, context: int, prompts: list[list[int]], limit: int, kind: str | None) -> Answers:
    """Answer all prompts at once, greedy, by an engine's manager; `kind` None is what it chooses by itself."""
    weights = model.get_memory_footprint()  # before they are laid out, where nothing counts them
    model.set_attn_implementation(SDPA)
    ends = model.generation_config.eos_token_id
    if model.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    with only_sdpa() if kind == SDPA else nullcontext():
        prepared = batching.prepare(model, ends if isinstance(ends, list) else [ends], context)
    tokens = asyncio.run(_answers(prepared.manager, prompts, limit))
    prepared.manager.stop()
    is_cuda = prepared.setup.on_gpu
    peak = torch.cuda.max_memory_allocated() if is_cuda else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Answers(prepared.setup, tokens, weights, prepared.cache_bytes, peak)


@contextmanager
def only_sdpa() -> Iterator[None]:
    """Within it, an engine that is made keeps transformers' sdpa."""
    with (
        patch("generation.attention.supports", return_value=False),
        patch("computing.card.attention", return_value=card.Attention(SDPA, "the benchmark asked for sdpa")),
    ):
        yield


async def _answers(manager: Any, prompts: list[list[int]], limit: int) -> list[list[int]]:
    outputs: asyncio.Queue[Any] = asyncio.Queue()
    for number, prompt in enumerate(prompts):
        manager.register_result_handler(str(number), outputs.put_nowait)
        arguments = RequestArguments(len(prompt), Sampling(max_new_tokens=limit))
        manager.add_request(prompt, request_id=str(number), max_new_tokens=limit, arguments=arguments)
    threading.Thread(target=manager.start, daemon=True).start()  # its own thread is a daemon only beneath one
    tokens: dict[str, list[int]] = {}
    while len(tokens) < len(prompts):
        output = await outputs.get()
        if output.error is not None:
            raise RuntimeError(output.error)
        tokens[output.request_id] = output.generated_tokens
    return [tokens[str(number)] for number in range(len(prompts))]


def first_difference(one: list[int], other: list[int]) -> int | None:
    """The number of the first token that differs, from 1; None where there is none."""
    if one == other:
        return None
    both = min(len(one), len(other))
    return next((i + 1 for i in range(both) if one[i] != other[i]), both + 1)
