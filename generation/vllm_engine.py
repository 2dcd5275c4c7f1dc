"""The same requests, served by vLLM, with the packages of requirements-vllm.txt: on a card, or `PRECIS_ENGINE=vllm`.

vLLM batches, caches prefixes and computes in processes of its own. What goes in and comes out is as with the other
engine: who may enter the batch, how a token is chosen, how text is cut, and what is said of what went wrong.

Knows: vLLM's AsyncLLM, and what it needs to be told to serve one model on this machine. Knows nothing of styles,
documents or HTTP. Everything here runs on one event loop.
"""

import asyncio
import json
import logging
import math
import os
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from computing import hardware, telemetry
from errors import Fault, trace
from generation.admission import Admission
from generation.answering import STALL, answer, deadline, end_tokens, in_time
from generation.batching import PLACES, bytes_per_token, cache_share, threads
from generation.engine_setup import EngineSetup
from generation.generation import Generation, Sampling, require_room

log = logging.getLogger("precis.engine")

CHOICE = "generation.vllm_choice:Choice"  # by name, since vLLM imports it where it computes
_LOGGING = Path(__file__).with_name("vllm_logging.json")
_CPU_CACHE_TOKENS = PLACES * 1_024  # all of whose memory vLLM takes when it begins
_OF_CARD = 0.8  # share of a card's memory; the rest is for those who compute beside it
_STEP_TOKENS = {"cuda": 8_192, "cpu": 1_024}
_WATCH_INTERVAL = 0.25


class VllmEngine:
    """Serve the model in a folder to many requests at once."""

    def __init__(self, folder: Path, tokenizer: Any, context_length: int) -> None:
        """`context_length` is what it is asked to serve; it is final when it has started."""
        self.context_length = context_length
        self._folder = folder
        self._tokenizer = tokenizer
        self._end_tokens = end_tokens(_declared_ends(folder), tokenizer)
        self._llm: Any = None  # vLLM's AsyncLLM
        self._vocabulary = 0
        self._setup: EngineSetup | None = None
        self._admission = Admission(PLACES, 0)
        self._under_way = 0
        self._last_step = time.monotonic()
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when it can take work. Raises Fault E5003 if it cannot; vLLM has said why in the log."""
        try:
            self._llm = await asyncio.to_thread(self._load)
        except Exception as error:
            log.error("vLLM did not start: %s", trace(error))
            raise Fault("E5003", "vLLM did not start; the log says why") from None
        self._setup = _found(self._llm.vllm_config)
        self._vocabulary = int(self._llm.vllm_config.model_config.get_vocab_size())
        self._admission = Admission(PLACES, self._setup.pages)
        self.context_length = min(self.context_length, self._setup.pages * self._setup.page_size)
        self._watcher = asyncio.create_task(self._watch())

    def _load(self) -> Any:
        device = hardware.device()
        with _environment(_variables(device)):
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM

            class Llm(AsyncLLM):
                """It is shut down by `stop`; AsyncLLM's own `__del__` fails where the interpreter ends first."""

                def __del__(self) -> None:
                    pass

            settings = AsyncEngineArgs(**_settings(self._folder, self.context_length, device))
            config = settings.create_engine_config()
            # Its statistics come with every step, whether that made a token or not: they are its sign of life.
            return Llm.from_vllm_config(config, stat_loggers=[self._make_pulse], disable_log_stats=True)

    def _make_pulse(self, *_: Any) -> "_Pulse":
        return _Pulse(self)

    async def stop(self) -> None:
        """End vLLM's processes. Requests under way end in a fault."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._llm is not None:
            llm, self._llm = self._llm, None
            llm.output_processor.propagate_error(Fault("E5001"))
            await asyncio.to_thread(llm.shutdown)

    def is_healthy(self) -> bool:
        """Whether it runs, and goes on with the requests that it holds."""
        if self._llm is None or self._setup is None or self._llm.errored:
            return False
        return not self._under_way or time.monotonic() - self._last_step < STALL[self._setup.device]

    @property
    def setup(self) -> EngineSetup:
        """What it runs with, when it has started."""
        assert self._setup is not None
        return self._setup

    def memory(self) -> str:
        """Say what it takes, when it has started."""
        cache = self._llm.vllm_config.cache_config.kv_cache_memory_bytes
        where = "beside the GPU's memory" if cache is None else f"with a cache of {cache / 1e6:,.0f} MB, taken at once"
        return f"vLLM in processes of its own {where}"

    def beat(self) -> None:
        """Note that a step is over."""
        self._last_step = time.monotonic()

    def stream(self, tokens: list[int], sampling: Sampling, *, bulk: bool = False) -> Generation:
        """A request for text from the prompt `tokens`, under way as soon as its `text()` is iterated.

        A `bulk` one stands back behind the others: nobody waits for its first token.

        Raises E1002 at once if prompt and answer do not fit the context, and while iterated E5001 if the engine
        dies under the request, E5002 after the deadline, E5003 if the engine is not running.
        """
        require_room(tokens, sampling, self.context_length)
        return Generation(self, tokens, sampling, bulk=bulk)

    def run(self, generation: Generation) -> AsyncGenerator[str, None]:
        """Generate: what `Generation.text` returns."""
        return answer(generation, self._tokenizer, self._end_tokens, self._vocabulary, self._generate(generation))

    async def _generate(self, generation: Generation) -> AsyncGenerator[list[int]]:
        """Yield new tokens as they are made. Closed early, it takes the request out of the batch."""
        self._require_running()
        pages = math.ceil((len(generation.tokens) + generation.sampling.max_new_tokens) / self.setup.page_size)
        async with self._admission.hold(pages, bulk=generation.bulk):
            self._require_running()  # still, after the wait
            generation.started = time.perf_counter()
            until = deadline()
            if not self._under_way:  # an idle engine owed nobody a step
                self._last_step = time.monotonic()
            self._under_way += 1
            try:
                async with aclosing(self._ask(generation)) as outputs:
                    with suppress(StopAsyncIteration):
                        while True:
                            output = await in_time(anext(outputs), until)
                            generation.cached_token_count = output.num_cached_tokens or 0
                            yield output.outputs[0].token_ids
            finally:
                self._under_way -= 1

    def _require_running(self) -> None:
        if self._llm is None or self._llm.errored:
            raise Fault("E5003")

    async def _ask(self, generation: Generation) -> AsyncGenerator[Any]:
        """Pass on what vLLM says of a request. Raises Fault E5001 for whatever it raises; the log has the place."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        from generation.vllm_choice import ARGUMENTS

        params = SamplingParams(
            temperature=0.0,  # its argmax is ours already: vllm_choice.py
            max_tokens=generation.sampling.max_new_tokens,
            stop_token_ids=sorted(self._end_tokens),
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
            extra_args={ARGUMENTS: asdict(generation.sampling)},
        )
        prompt = {"prompt_token_ids": generation.tokens}
        asked = self._llm.generate(prompt, params, uuid.uuid4().hex, priority=int(generation.bulk))
        try:
            async with aclosing(asked) as outputs:
                async for output in outputs:
                    yield output
        except Exception as error:
            log.error("vLLM failed a request: %s", trace(error))
            raise Fault("E5001") from None

    async def _watch(self) -> None:
        """When its processes are gone end this one, so that the platform replaces it."""
        while not self._llm.errored:  # noqa: ASYNC110 (a thread of its own sets it)
            await asyncio.sleep(_WATCH_INTERVAL)
        log.error("vLLM's process is gone")
        await asyncio.sleep(1.0)  # for the faults to reach their callers
        os._exit(os.EX_SOFTWARE)


class _Pulse:
    """What vLLM calls a stat logger; here it tells the engine that a step is over."""

    def __init__(self, engine: VllmEngine) -> None:
        self._engine = engine

    def record(self, *_: Any, **__: Any) -> None:
        """Take what is said after each step."""
        self._engine.beat()

    def log_engine_initialized(self) -> None:
        """Say nothing."""


def _settings(folder: Path, context_length: int, device: str) -> dict[str, Any]:
    """What vLLM's engine is to be. Everything that is not named is as it comes."""
    dtype = hardware.dtype(device)
    settings = {
        "model": str(folder),
        "skip_tokenizer_init": True,  # it is given tokens and gives tokens
        "generation_config": "vllm",  # nothing of how tokens are chosen is the model's
        "dtype": str(dtype).removeprefix("torch."),
        "max_model_len": context_length,
        "max_num_seqs": PLACES,
        "max_num_batched_tokens": _STEP_TOKENS[device],
        "scheduling_policy": "priority",
        "enable_prefix_caching": True,
        "logits_processors": [CHOICE],
        "load_format": "safetensors",  # the older formats are pickles, which run code when they are read
        "seed": 0,
        "use_tqdm_on_load": False,
    }
    if device == "cuda":
        return {**settings, "gpu_memory_utilization": _OF_CARD}
    from transformers import AutoConfig

    per_token = bytes_per_token(AutoConfig.from_pretrained(folder, local_files_only=True), dtype)
    most = cache_share() // per_token
    tokens = min(max(_CPU_CACHE_TOKENS, context_length), most)
    return {
        **settings,
        "max_model_len": min(context_length, most),
        "kv_cache_memory_bytes": tokens * per_token,
        "enforce_eager": True,  # to compile takes minutes on few cores, and a setup has five of them
    }


def _variables(device: str) -> dict[str, str]:
    """The environment that vLLM's processes find."""
    made = os.path.join(tempfile.gettempdir(), "precis-vllm")  # noqa: PTH118 (for the environment)
    variables = {
        **telemetry.SWITCHES,
        "VLLM_LOGGING_CONFIG_PATH": str(_LOGGING),
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        # What it compiles: in an image nothing else is writable.
        "VLLM_CACHE_ROOT": f"{made}/cache",
        "TRITON_CACHE_DIR": f"{made}/triton",
        "FLASHINFER_WORKSPACE_BASE": made,
        # Which token comes is chosen already (vllm_choice.py); its sampler for a card would be compiled for nothing.
        "VLLM_USE_FLASHINFER_SAMPLER": "0",
    }
    if device == "cpu":
        # Its own choice binds threads to cores that others may have, and knows nothing of a container's quota.
        variables |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(threads())}
    return variables


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have `variables` set, and all as it was afterwards: vLLM sets some itself, which other processes would find."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def _declared_ends(folder: Path) -> int | list[int] | None:
    """The tokens that end an answer by the model's own account."""
    for name in ("generation_config.json", "config.json"):
        file = folder / name
        if file.is_file() and (ends := json.loads(file.read_bytes()).get("eos_token_id")) is not None:
            return ends  # type: ignore[no-any-return]  # that is what transformers writes
    return None


def _found(config: Any) -> EngineSetup:
    """What vLLM chose."""
    return EngineSetup(
        device=config.device_config.device_type,
        dtype=str(config.model_config.dtype).removeprefix("torch."),
        attention="vllm",
        graphs=config.compilation_config.cudagraph_mode.value != 0 and config.device_config.device_type == "cuda",
        asynchronous=bool(config.scheduler_config.async_scheduling),
        pages=int(config.cache_config.num_gpu_blocks),
        page_size=int(config.cache_config.block_size),
        block_tables=True,
    )
