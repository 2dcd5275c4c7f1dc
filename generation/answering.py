"""From a request's tokens, as an engine generates them, to its text in chunks and the fields that are final with it.

Knows: what all engines do alike with what they generate, and how long a request may take. Knows nothing of how a token
comes about.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from contract.results import Usage
from errors import Fault
from generation.generation import Generation
from generation.sampling import read_odds
from generation.text_stream import TextStream

Item = TypeVar("Item")

CHUNK_INTERVAL = 0.1  # seconds between two chunks of one stream: a chunk costs the server 0.1 ms of CPU
DEADLINE = 1_500.0  # seconds from admission; a run on Replicate ends at 1,800
# Seconds without a step, after which an engine with requests is not healthy. A long prompt is read in many steps, of
# which only the last makes a token; one of a large model takes a slow CPU minutes.
STALL = {"cuda": 120.0, "cpu": 600.0}


async def answer(
    generation: Generation,
    tokenizer: Any,
    end_tokens: set[int],
    vocabulary: int,
    tokens: AsyncGenerator[Sequence[int]],
) -> AsyncGenerator[str]:
    """Yield the text of `tokens`, which come some at a time, and close them as soon as no more of them are needed.

    Of a question there is no text, but its log odds. Fills in the generation's fields, but for those that the engine
    knows: when it started, and what of the prompt was computed before.
    """
    sampling = generation.sampling
    text = TextStream(tokenizer, sampling.stop_sequences, sampling.max_new_tokens)
    ready, sent, seen, last = "", 0.0, 0, -1
    async with aclosing(tokens):
        async for some in tokens:
            now = time.perf_counter()
            if seen == 0:
                generation.first_token = now
            for last in some:
                seen += 1
                if sampling.question is not None:
                    generation.log_odds = read_odds(last, vocabulary)
                    continue
                ready += text.feed(last)
                if text.stopped:
                    break
            if text.stopped:
                break
            if ready and now - sent >= CHUNK_INTERVAL:
                yield ready
                ready, sent = "", now
    cut = not text.stopped and last not in end_tokens
    generation.finish_reason = "length" if cut else "stop"
    generation.usage = Usage(input_token_count=len(generation.tokens), output_token_count=seen)
    generation.finished = time.perf_counter()
    if ready := ready + text.finish(cut):
        yield ready


def deadline() -> float:
    """Until when a request that is admitted now may take, on the event loop's clock."""
    return asyncio.get_running_loop().time() + DEADLINE


async def in_time(item: Awaitable[Item], until: float) -> Item:
    """Return what is waited for. Raises Fault E5002 when it is not there by the deadline `until`."""
    try:
        async with asyncio.timeout_at(until):
            return await item
    except TimeoutError:
        raise Fault("E5002", f"the engine did not finish this request in {DEADLINE:,.0f} seconds") from None


def end_tokens(declared: int | list[int] | None, tokenizer: Any) -> set[int]:
    """The tokens that end an answer, by the model's own account (its generation config) and by its tokenizer's."""
    ends = set(declared) if isinstance(declared, list) else {declared}
    return {token for token in ends | {tokenizer.eos_token_id} if token is not None}
