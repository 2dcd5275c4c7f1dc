"""transformers' continuous batching, set up for the hardware at hand.

Knows a model and what its device likes: page sizes, step sizes, attention. Knows nothing of requests.
"""

import logging
import math
import mmap
import os
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from computing import card, cores, int8_model, memory, packed_linear
from errors import UserError
from generation import scheduling
from generation.engine_setup import EngineSetup
from generation.sampling import SamplingProcessor

log = logging.getLogger("precis.engine")

PLACES = 32  # requests in the batch at once; equals @cog.concurrent(max=32)
_CPU_CACHE_TOKENS = PLACES * 2_048
_CPU_CACHE_BYTES = 1_400_000_000  # of all engines, so that two of a 1.5B model in 8 bits stay below 4 GB
_LARGE = 2**24  # bytes
_USABLE = 0.8  # share of the cache to promise: below 15% free the library starts no new requests


@dataclass(frozen=True)
class Batching:
    """A manager that is ready to start, and what it has room for."""

    manager: Any  # transformers' ContinuousBatchingManager
    setup: EngineSetup
    context_length: int  # tokens that one request may have, prompt and answer together
    cache_bytes: int


def set_threads(count: int | None = None, *, replicas: int = 1) -> None:
    """Set how many threads torch computes with, in this thread and in those that start from now on.

    Without `count` it is PRECIS_THREADS, or every core but one of those that each of the replicas has for itself.
    torch's threads wait for one another by spinning: with every core they are faster while nothing else runs, and far
    slower as soon as something does; and an HTTP server, an event loop and perhaps a client are always running.
    Raises UserError E1009 when the variable is no such number.
    """
    torch.set_num_threads(count or threads(replicas))


def threads(replicas: int = 1) -> int:
    """PRECIS_THREADS, or every core but one of those that each replica has for itself. Raises UserError E1009."""
    return cores.asked("PRECIS_THREADS") or max(cores.count() // replicas - 1, 1)


def lay_out(model: Any) -> None:
    """Lay a CPU model's weights out for its matrix kernels, in place; done before, it does nothing."""
    if model.device.type == "cpu" and packed_linear.pack(model):
        memory.trim()  # of what was loaded


def cache_share() -> int:
    """Bytes that the caches of all engines may take together on a CPU, where one context needs as many."""
    return memory.limit() // 8


def prepare(model: Any, end_tokens: list[int], context_length: int, replicas: int = 1) -> Batching:
    """Allocate the cache for `model` and warm up what its device wants warmed up.

    Raises UserError E2006 on a card where what makes it fast is not there, unless PRECIS_ALLOW_SLOW is 1.
    """
    from transformers import ContinuousBatchingConfig, GenerationConfig

    on_gpu = model.device.type == "cuda"
    chosen = card.attention(model) if on_gpu else None
    if chosen is not None:
        model.set_attn_implementation(chosen.implementation)
    lay_out(model)
    page_size = 256 if on_gpu else 64
    config = (
        _gpu_config(page_size, context_length) if on_gpu else _cpu_config(model, page_size, context_length, replicas)
    )
    config["scheduler_type"] = scheduling.register()
    # No sampling here: SamplingProcessor makes the argmax land where it wants. -1 is the library's "no end token".
    greedy = GenerationConfig(do_sample=False, eos_token_id=end_tokens or -1, max_new_tokens=1)
    manager = model.init_continuous_batching(greedy, ContinuousBatchingConfig(**config))
    manager.logit_processor = SamplingProcessor(static=on_gpu)
    if not on_gpu:
        from generation import attention  # its kernels are compiled as it is imported

        if attention.supports(model.config.get_text_config()):
            model.set_attn_implementation(attention.register())
    with nullcontext() if on_gpu else ZeroPages():
        failed = _warm_up(manager)
    # Its logger prints prompts' token ids and tracebacks; the engine says what happened without them. Until here there
    # were no prompts, and it says what it can do without.
    logging.getLogger("ContinuousBatchingLogger").setLevel(logging.CRITICAL)
    setup = _found(model, manager, page_size, failed, chosen.why_not_flash if chosen is not None else "")
    _require_fast(setup)
    cache_bytes = manager.batch_processor.cache.cache_tensor.nbytes
    return Batching(manager, setup, min(context_length, setup.pages * page_size), cache_bytes)


def _warm_up(manager: Any) -> int:
    """Allocate the cache, and on a GPU capture its graphs step by step; returns how many steps failed.

    The library passes over those. Each step is waited for, since the next one writes to what it reads: transformers
    does so from 5.24 on.
    """
    manager.batch_processor = manager._create_batch_processor()
    runner = manager.batch_processor.model_runner
    run_one, failed = runner.run_one_warmup, 0

    def run_and_wait(**arguments: Any) -> Any:
        nonlocal failed
        seconds = run_one(**arguments)
        if runner.inputs_and_outputs.compute_stream is not None:
            runner.inputs_and_outputs.compute_stream.synchronize()
        failed += not seconds
        return seconds

    runner.run_one_warmup = run_and_wait
    manager.warmup()
    del runner.run_one_warmup
    return failed


def _found(model: Any, manager: Any, page_size: int, failed: int, why_not_flash: str) -> EngineSetup:
    """What a manager really does after its warm-up, of whose steps `failed` failed."""
    batches = manager.batch_processor
    in_warm_up = f"{failed} steps of the library's warm-up failed; its warnings are in the log" if failed else ""
    return EngineSetup(
        device=model.device.type,
        dtype="int8" if int8_model.is_in_8_bits(model) else str(model.dtype).removeprefix("torch."),
        attention=model.config._attn_implementation,
        graphs=_graphs(batches.inputs_and_outputs) > 0 and not failed,
        asynchronous=batches.use_async_batching,
        pages=int(batches.cache.num_blocks * _USABLE),
        page_size=page_size,
        block_tables=batches.cache.max_decode_fast_path_length > 0,
        why_slow=why_not_flash or in_warm_up,
    )


def _graphs(inputs_and_outputs: Any) -> int:
    """How many CUDA graphs are captured, in both sets of buffers where batching is asynchronous."""
    pairs = getattr(inputs_and_outputs, "io_pairs", None)
    buffers = [inputs_and_outputs] if pairs is None else [pair.device_io for pair in pairs]
    return sum(len(buffer.graphs._storage) for buffer in buffers)


def _require_fast(setup: EngineSetup) -> None:
    """Refuse a card that would be many times slower than it can be, which nobody would notice until the bill."""
    if not setup.missing:
        return
    slow = (
        f"on this card the engine has no {', no '.join(setup.missing)}: {setup.why_slow or 'the library says not why'}"
    )
    if os.environ.get("PRECIS_ALLOW_SLOW") != "1":
        raise UserError("E2006", f"{slow}; PRECIS_ALLOW_SLOW=1 serves all the same")
    log.warning("slow, as PRECIS_ALLOW_SLOW=1 allows: %s", slow)


def release(manager: Any) -> None:
    """Give the cache's memory back to the system, unless a request has come meanwhile. For CPUs.

    The cache takes pages as they are first written to, and keeps what it has computed for prompts that begin alike: one
    long document fills it, and nothing would ever empty it.
    """
    with manager.pause():
        if not manager.batch_processor.has_pending_requests():
            manager.batch_processor.cache.evict_cached_blocks()
            memory.give_back(manager.batch_processor.cache.cache_tensor)


class ZeroPages(TorchFunctionMode):
    """Within it, large zeroed buffers come from the system as pages that exist once they are written to.

    The library zeroes the whole cache when it allocates it: half a second, and memory that an idle laptop lacks.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        is_cache = func is torch.zeros and kwargs.get("dtype") is torch.uint8 and isinstance(args[0], int)
        if is_cache and args[0] >= _LARGE:
            pages = mmap.mmap(-1, args[0], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):  # Linux: one fault for 2 MiB instead of one for every 4 KiB
                pages.madvise(mmap.MADV_HUGEPAGE)
            return torch.frombuffer(pages, dtype=torch.uint8)
        return func(*args, **kwargs)


def _gpu_config(page_size: int, context_length: int) -> dict[str, Any]:
    return {
        "page_size": page_size,
        "max_batch_tokens": 8_192,
        "max_requests_per_batch": PLACES,
        # One request beyond this takes the whole batch off the fast path for decoding.
        "max_blocks_per_request": math.ceil(context_length / page_size) + 1,
        # Of what is free now, which the driver says of all processes together. The detectors of the server's process
        # are loaded before; what is left is for graphs, and for the embedding model, loaded when it is first asked.
        "max_memory_percent": 0.8,
        "auto_switch_to_flash": False,  # `card` chose already, and says why
    }


def _cpu_config(model: Any, page_size: int, context_length: int, replicas: int) -> dict[str, Any]:
    per_token = bytes_per_token(model.config, model.dtype)
    enough = min(_CPU_CACHE_TOKENS, _CPU_CACHE_BYTES // per_token) // replicas
    tokens = min(max(enough, context_length), cache_share() // replicas // per_token)
    return {
        "page_size": page_size,
        "num_blocks": max(math.ceil(tokens / page_size), 2),
        "max_batch_tokens": 1_024,
        "max_requests_per_batch": PLACES,
        "max_blocks_per_request": 0,
        "auto_switch_to_flash": False,
    }


def bytes_per_token(config: Any, dtype: torch.dtype) -> int:
    """Bytes that one token's keys and values take in the cache, over all layers."""
    config = config.get_text_config()
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * config.num_key_value_heads * width * dtype.itemsize)
