"""vLLM and llama.cpp, each as it comes, run by the Python of an environment where it is installed.

    WORK | python -m benchmarks.others vllm|llama       # what `benchmarks.engine --peers` starts

Knows: how each is started and given prompts, greedy and up to a limit. Of Precis it imports the switches against
telemetry alone, since its packages are not there. WORK is JSON: `model` (a folder, of llama.cpp a GGUF), `dtype`,
`context`, `threads` (0: as many as it takes), `random` (weights are made up), `rounds`, and `requests`, a list of loads
of [prompt, length]. It prints a line of JSON for each load and round: the seconds it took and the tokens that came.
"""

import asyncio
import ctypes
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from computing import telemetry

CPU_CACHE_GIB = "4"  # by itself vLLM takes most of a computer's memory for its cache
_BATCH = 512  # tokens that llama.cpp computes at once, as it comes

Request = tuple[list[int], int]  # prompt tokens, answer length


def main() -> None:
    work = json.load(sys.stdin)
    loads = [[(prompt, length) for prompt, length in load] for load in work["requests"]]
    for seconds, tokens in {"vllm": through_vllm, "llama": through_llama}[sys.argv[1]](work, loads):
        print(json.dumps({"seconds": seconds, "tokens": tokens}), flush=True)


class Vllm:
    """vLLM's engine with its own settings."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._numbers = itertools.count()

    async def answer(self, prompt: list[int], limit: int, *, to_its_end: bool = False) -> tuple[float, int]:
        """Answer a prompt, greedy, `to_its_end` whatever ends it; returns the first token's moment and how many."""
        from vllm import SamplingParams

        greedy = SamplingParams(temperature=0.0, max_tokens=limit, ignore_eos=to_its_end, detokenize=not to_its_end)
        first, tokens = 0.0, 0
        async for output in self._engine.generate({"prompt_token_ids": prompt}, greedy, f"{next(self._numbers)}"):
            first = first or time.perf_counter()
            tokens = len(output.outputs[0].token_ids)
        return first, tokens


@asynccontextmanager
async def vllm(**settings: Any) -> AsyncIterator[Vllm]:
    """vLLM with these of its settings; of a computer's memory its cache takes CPU_CACHE_GIB."""
    telemetry.forbid()
    os.environ |= {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_WORKER_MULTIPROC_METHOD": "spawn"}
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", CPU_CACHE_GIB)
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    engine = AsyncLLM.from_engine_args(AsyncEngineArgs(**settings))
    try:
        yield Vllm(engine)
    finally:
        engine.shutdown()


def through_vllm(work: dict[str, Any], loads: list[list[Request]]) -> Iterator[tuple[float, int]]:
    """All requests of a load at once."""
    if work["threads"]:
        os.environ |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(work["threads"])}
    settings = {
        "model": work["model"],
        "dtype": work["dtype"],
        "max_model_len": work["context"],
        "enable_prefix_caching": False,  # the same prompts come again in every round
        "skip_tokenizer_init": True,
        "load_format": "dummy" if work["random"] else "auto",
    }

    async def timed() -> list[tuple[float, int]]:
        results = []
        async with vllm(**settings) as engine:
            await engine.answer([5, 6, 7], 4, to_its_end=True)
            for _, load in itertools.product(range(work["rounds"]), loads):
                began = time.perf_counter()
                answers = await asyncio.gather(*(engine.answer(*one, to_its_end=True) for one in load))
                results.append((time.perf_counter() - began, sum(tokens for _, tokens in answers)))
        return results

    yield from asyncio.run(timed())


def through_llama(work: dict[str, Any], loads: list[list[Request]]) -> Iterator[tuple[float, int]]:
    """All requests of a load at once, in steps such as its server makes them: who decodes first, then prompts."""
    llama = Llama(work["model"], work["threads"], loads)
    llama.run([([5, 6, 7], 4)])
    for _, load in itertools.product(range(work["rounds"]), loads):
        began = time.perf_counter()
        tokens = llama.run(load)
        yield time.perf_counter() - began, tokens


class Llama:
    """llama.cpp by its own interface: one batch a step, a sequence for each request."""

    def __init__(self, path: str, threads: int, loads: list[list[Request]]) -> None:
        import llama_cpp

        self._lib = lib = llama_cpp
        self._log = lib.llama_log_callback(lambda *_: None)  # must live as long as the library
        lib.llama_log_set(self._log, ctypes.c_void_p(0))
        lib.llama_backend_init()
        self._model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
        self._vocabulary = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(self._model))
        params = lib.llama_context_default_params()
        params.n_ctx = max(sum(len(prompt) + length for prompt, length in load) for load in loads)
        params.n_seq_max = max(map(len, loads))
        params.n_batch = params.n_ubatch = _BATCH
        params.kv_unified = True
        if threads:
            params.n_threads = params.n_threads_batch = threads
        self._context = lib.llama_init_from_model(self._model, params)
        self._batch = lib.llama_batch_init(_BATCH, 0, 1)

    def run(self, load: list[Request]) -> int:
        """Answer all of them, greedy; returns how many tokens came."""
        self._lib.llama_memory_clear(self._lib.llama_get_memory(self._context), True)
        waiting = [list(prompt) for prompt, _ in load]  # tokens that are not computed yet, of a request each
        done, made = [0] * len(load), [0] * len(load)
        while any(waiting):
            ends = self._fill(waiting, done)
            if self._lib.llama_decode(self._context, self._batch):
                raise RuntimeError("llama.cpp could not compute a batch")
            for request, place in ends.items():
                made[request] += 1
                if made[request] < load[request][1]:
                    waiting[request].append(self._likeliest(place))
        return sum(made)

    def _fill(self, waiting: list[list[int]], done: list[int]) -> dict[int, int]:
        """Put a step's tokens into the batch; returns the place of each request whose next token comes of it."""
        batch, ends, size = self._batch, {}, 0
        for request in sorted(range(len(waiting)), key=lambda one: len(waiting[one])):
            some = waiting[request][: _BATCH - size]
            del waiting[request][: len(some)]
            for token in some:
                batch.token[size], batch.pos[size] = token, done[request]
                batch.n_seq_id[size], batch.seq_id[size][0], batch.logits[size] = 1, request, 0
                done[request] += 1
                size += 1
            if some and not waiting[request]:
                batch.logits[size - 1] = 1
                ends[request] = size - 1
        batch.n_tokens = size
        return ends

    def _likeliest(self, place: int) -> int:
        import numpy as np

        logits = self._lib.llama_get_logits_ith(self._context, place)
        return int(np.ctypeslib.as_array(logits, shape=(self._vocabulary,)).argmax())


if __name__ == "__main__":
    main()
