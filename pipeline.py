"""The path of one request: normalize, plan, generate, and keep redacted values out of what was generated.

Knows the order of the stages. Knows nothing of what happens inside them, nor of HTTP.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from os import PathLike
from typing import TYPE_CHECKING

import normalizers
import styles
from contract import Document, Placeholders, Summary, SummaryRequest, Timings
from errors import UserError
from generation import batching, prompts
from generation.engine import Engine, Generation
from generation.sampling import Sampling
from normalizers import pii
from normalizers.pii.redact import Redactor
from normalizers.pii.stream_guard import StreamGuard
from weights import load as weights

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_WARM_UP = SummaryRequest(text="The engine generates one short summary before it takes requests.", max_tokens=8)


class Pipeline:
    """A loaded model and the stages around it."""

    def __init__(
        self, model_name: str, engine: Engine, tokenizer: "PreTrainedTokenizerBase", detectors: pii.Detectors
    ) -> None:
        self._model_name = model_name
        self._engine = engine
        self._tokenizer = tokenizer
        self._detectors = detectors

    @classmethod
    async def load(cls, weights_source: str | PathLike[str] | None = None) -> "Pipeline":
        """Load the model that `weights_source`, PRECIS_MODEL or the default names, and generate once.

        Raises UserError E2001 to E2004 when the model is unknown, not here, or not what it should be.
        """
        # Only the engine's own thread may have helpers: with a second pool of them torch's threads no longer wait
        # by spinning but by sleeping, and the engine lost a third of its speed.
        batching.set_threads(1)
        folder, spec = await asyncio.to_thread(weights.find_for_setup, weights_source)
        model, tokenizer = await asyncio.to_thread(weights.load, folder, spec)
        detectors = await asyncio.to_thread(lambda: pii.load(weights.find_names_model()))
        engine = Engine(model, tokenizer, spec.context_length)
        engine.start()
        pipeline = cls(spec.alias, engine, tokenizer, detectors)
        async for _ in pipeline.stream(_WARM_UP):
            pass
        return pipeline

    async def close(self) -> None:
        """Stop the engine."""
        await self._engine.stop()

    def is_healthy(self) -> bool:
        """Whether the engine can take work."""
        return self._engine.is_healthy()

    async def stream(self, request: SummaryRequest) -> AsyncIterator[str | Summary]:
        """Yield the summary's text while it is generated, or one JSON object, and then the Summary itself.

        Raises UserError E1002, E1004 to E1008, E1011 and E1012, and Fault E5000 to E5004.
        """
        arrived = time.perf_counter()
        redactor = None if request.redact_pii == "off" else pii.redactor(request, self._detectors)
        document, generation = await asyncio.to_thread(self._plan, request, redactor)
        guard = None if redactor is None else StreamGuard(redactor)
        pieces: list[str] = []
        async with aclosing(_guarded(generation.text(), guard)) as text:
            async for piece in text:
                pieces.append(piece)
                if request.output_format == "text":
                    yield piece
        summary = Summary(
            summary="".join(pieces),
            style=request.style,
            model=self._model_name,
            finish_reason=generation.finish_reason,
            usage=generation.usage,
            timings=_timings(generation, arrived),
            removals=document.removals,
            redactions=document.redactions,
            placeholders=None if guard is None else Placeholders(**guard.counts),
        )
        if request.output_format == "json":
            yield summary.model_dump_json()
        yield summary

    def _plan(self, request: SummaryRequest, redactor: Redactor | None) -> tuple[Document, Generation]:
        """Everything before the first token: the clean text, one prompt, how to sample. Runs in a thread."""
        style = styles.get(request.style)
        document = normalizers.normalize(request, redactor)
        if redactor is not None:  # what the caller asks about goes through the same map as the document
            texts = {name: redactor.redact(getattr(request, name))[0] for name in ("focus", "system_prompt")}
            request = request.model_copy(update=texts)
        context = self._engine.context_length
        estimate = prompts.estimate_if_too_long(self._tokenizer, document.text, context)
        if estimate is not None:
            raise UserError("E1002", f"document is about {estimate:,} tokens; the model's context holds {context:,}")
        tokens = prompts.render(self._tokenizer, style, request, document.text)
        return document, self._engine.stream(tokens, _sampling(request, style))


async def _guarded(text: AsyncGenerator[str], guard: StreamGuard | None) -> AsyncGenerator[str]:
    """Pass the pieces on, through the guard where there is one."""
    async with aclosing(text):
        async for piece in text:
            checked = piece if guard is None else guard.feed(piece)
            if checked:
                yield checked
    if guard is not None and (rest := guard.finish()):
        yield rest


def _sampling(request: SummaryRequest, style: styles.Style) -> Sampling:
    """The request's sampling, with the style's where the request leaves it open."""
    seed = {} if request.seed is None else {"seed": request.seed}
    return Sampling(
        max_new_tokens=request.max_tokens or style.lengths[request.length].max_tokens,
        temperature=request.temperature,
        top_p=style.sampling.top_p if request.top_p is None else request.top_p,
        top_k=style.sampling.top_k if request.top_k is None else request.top_k,
        stop_sequences=request.stop_sequences,
        **seed,
    )


def _timings(generation: Generation, arrived: float) -> Timings:
    return Timings(
        queue=generation.started - generation.arrived,
        time_to_first_token=generation.first_token - arrived,
        generation=generation.finished - generation.first_token,
        total=time.perf_counter() - arrived,
    )
