"""One continuously batched engine: prompts in, streams of text out, as many at once as fit.

Stands on transformers' ContinuousBatchingManager: paged KV cache, prefix caching, scheduling. One bad request ends
all of them there, and a cancelled one never reports back; so requests are checked, admitted and forgotten here.

Knows a model, a tokenizer, tokens. Knows nothing of styles, documents or HTTP, and nothing outside this file knows
about pages. Everything here runs on one event loop; the manager's thread reaches it through the result handlers.
"""

import asyncio
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from computing import card
from errors import Fault, trace
from generation import scheduling
from generation.admission import Admission
from generation.answering import STALL, answer, deadline, end_tokens, in_time
from generation.batching import PLACES, prepare, release, set_threads
from generation.generation import Generation, Sampling, require_room
from generation.sampling import RequestArguments

log = logging.getLogger("precis.engine")

IDLE = 60.0  # seconds without a request, after which the cache's memory is given back
_PART = 8  # if one in so many pages was written to: below, what all prompts begin with is worth its memory
_WATCH_INTERVAL = 0.25


class Engine:
    """Serve one model to many requests at once."""

    def __init__(self, model: Any, tokenizer: Any, context_length: int, replicas: int = 1) -> None:
        """Allocate the cache for `model`, whose context holds `context_length` tokens; `replicas` share the machine."""
        self._tokenizer = tokenizer
        self._vocabulary = int(model.config.get_text_config().vocab_size)
        self._end_tokens = end_tokens(model.generation_config.eos_token_id, tokenizer)
        batching = prepare(model, sorted(self._end_tokens), context_length, replicas)
        self._replicas = replicas
        self._manager = batching.manager
        self._admission = Admission(PLACES, batching.setup.pages)
        self._written = 0  # pages, since the cache's memory was given back
        self._outputs: dict[str, asyncio.Queue[Any]] = {}  # of the requests in the batch
        self._last_output = self._last_step = time.monotonic()
        self._steps = 0  # of the manager's, when it was last looked at
        self._watcher: asyncio.Task[None] | None = None
        self.setup = batching.setup
        self.context_length = batching.context_length
        self.cache_bytes = batching.cache_bytes

    def start(self) -> None:
        """Begin to serve. Needs the event loop on which all requests will run."""
        set_threads(replicas=self._replicas)
        self._start_thread()
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Stop serving. Requests under way end in a fault."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._manager.is_running():
            await asyncio.to_thread(self._manager.stop, hard_stop=True)
        self._fail_all()

    def is_healthy(self) -> bool:
        """Whether the engine runs, and goes on with the requests that it holds."""
        stalled = bool(self._outputs) and time.monotonic() - self._last_step > STALL[self.setup.device]
        # It says so before it fails its requests; its thread lives on a little longer.
        is_dying = self._manager.background_thread_status.can_accept_new_requests() is not None
        return self._watcher is not None and self._manager.is_running() and not is_dying and not stalled

    def stream(self, tokens: list[int], sampling: Sampling, *, bulk: bool = False) -> Generation:
        """A request for text from the prompt `tokens`, under way as soon as its `text()` is iterated.

        A `bulk` one stands back behind the others: nobody waits for its first token.

        Raises E1002 at once if prompt and answer do not fit the context, and while iterated E5001 if the engine
        dies under the request, E5002 after the deadline, E5003 if the engine is not running.
        """
        assert tokens and min(tokens) >= 0 and max(tokens) < self._vocabulary and sampling.max_new_tokens >= 1
        require_room(tokens, sampling, self.context_length)
        return Generation(self, tokens, sampling, bulk=bulk)

    def run(self, generation: Generation) -> AsyncGenerator[str, None]:
        """Generate: what `Generation.text` returns."""
        return answer(generation, self._tokenizer, self._end_tokens, self._vocabulary, self._generate(generation))

    async def _generate(self, generation: Generation) -> AsyncGenerator[list[int]]:
        """Yield new tokens as the batch makes them. Closed early, it takes the request out of the batch."""
        arguments = RequestArguments(len(generation.tokens), generation.sampling)
        pages = math.ceil((len(generation.tokens) + generation.sampling.max_new_tokens) / self.setup.page_size)
        async with self._admission.hold(pages, bulk=generation.bulk):
            self._written += pages
            request_id = f"{scheduling.BULK if generation.bulk else ''}{uuid.uuid4().hex}"
            outputs = self._outputs[request_id] = asyncio.Queue()
            finished, seen = False, 0
            try:
                self._submit(request_id, generation, arguments, outputs)
                until = deadline()
                while not finished:
                    output = await in_time(outputs.get(), until)
                    if output is None or output.error is not None:
                        raise Fault("E5001")
                    finished = output.is_finished()
                    self._last_output = time.monotonic()
                    generation.started, generation.cached_token_count = output.lifespan[0], arguments.cached
                    new = output.generated_tokens[seen:]
                    seen += len(new)
                    yield new
            finally:
                self._forget(request_id, finished)

    def _submit(
        self, request_id: str, generation: Generation, arguments: RequestArguments, outputs: "asyncio.Queue[Any]"
    ) -> None:
        self._manager.register_result_handler(request_id, outputs.put_nowait)
        if len(self._outputs) == 1:  # an idle engine owed nobody a step
            self._last_output = self._last_step = time.monotonic()
        accepted = self._manager.add_request(
            generation.tokens,
            request_id=request_id,
            max_new_tokens=generation.sampling.max_new_tokens,
            streaming=True,
            arguments=arguments,
        )
        if accepted is None:
            raise Fault("E5003")

    def _forget(self, request_id: str, finished: bool) -> None:
        """Drop what is kept for a request; one that did not finish is taken out of the batch."""
        self._outputs.pop(request_id, None)
        if not finished:
            self._manager.cancel_request(request_id)
            router = self._manager.output_router
            with router._lock:
                router.result_handlers.pop(request_id, None)

    def _start_thread(self) -> None:
        # The manager's thread is a daemon only if the thread that starts it is one, and it must not keep a
        # process alive that wants to end.
        starter = threading.Thread(target=self._manager.start, daemon=True)
        starter.start()
        starter.join()

    async def _watch(self) -> None:
        """Restart a dead engine once; the second time end the process, so that the platform replaces it.

        At once after a fault of CUDA's, which nothing but a new process gets over.
        """
        for restarts_left in (1, 0):
            while self._manager.is_running():
                await asyncio.sleep(_WATCH_INTERVAL)
                self._look_for_steps()
                await self._release_if_idle()
            cause = self._manager.background_thread_status.fatal_error
            log.error("engine died, restarts left: %d: %s", restarts_left, trace(cause) if cause else "it says not why")
            self._fail_all()
            if card.is_final(cause):
                break
            if restarts_left:
                await asyncio.sleep(_WATCH_INTERVAL)  # long enough for a health check to see it
                self._start_thread()
        await asyncio.sleep(1.0)  # for the faults to reach their callers
        os._exit(os.EX_SOFTWARE)

    def _look_for_steps(self) -> None:
        steps = getattr(self._manager, "current_batch", 0)  # which its thread sets when it begins
        if steps != self._steps:
            self._steps, self._last_step = steps, time.monotonic()

    async def _release_if_idle(self) -> None:
        """Give the cache's memory back when a good part of it was written to and nobody has asked for a while."""
        is_idle = not self._outputs and time.monotonic() - self._last_output > IDLE
        if is_idle and self._written * _PART > self.setup.pages and not self.setup.on_gpu:
            self._written = 0
            with suppress(RuntimeError):  # it died meanwhile
                await asyncio.to_thread(release, self._manager)

    def _fail_all(self) -> None:
        for outputs in self._outputs.values():
            outputs.put_nowait(None)
