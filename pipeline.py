"""The path of one request: normalize, plan, generate, and keep redacted values out of what was generated.

Knows the order of the stages. Knows nothing of what happens inside them, nor of HTTP.
"""

import asyncio
import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from os import PathLike
from typing import TYPE_CHECKING

import many_documents
import normalizers
import styles
from contract import Placeholders, Summary, SummaryRequest, Timings, Totals
from generation import long_documents, prompts
from generation.generation import Generation, Sampling
from generation.map_reduce import MapReduce
from generation.replicas import Replicas
from normalizers import pii
from normalizers.pii.stream_guard import StreamGuard
from normalizers.workers import Workers
from weights import load as weights

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_WARM_UP = SummaryRequest(text="The engine generates one short summary before it takes requests.", max_tokens=8)


class Pipeline:
    """A loaded model and the stages around it."""

    def __init__(
        self,
        model_name: str,
        engine: Replicas,
        tokenizer: "PreTrainedTokenizerBase",
        detectors: pii.Detectors,
        workers: Workers,
    ) -> None:
        self._model_name = model_name
        self._engine = engine
        self._tokenizer = tokenizer
        self._detectors = detectors
        self._workers = workers

    @classmethod
    async def load(cls, weights_source: str | PathLike[str] | None = None) -> "Pipeline":
        """Load the model that `weights_source`, PRECIS_MODEL or the default names, and generate once.

        Raises UserError E2001 to E2004 when the model is unknown, not here, or not what it should be.
        """
        folder, spec = await asyncio.to_thread(weights.find_for_setup, weights_source)
        engine = Replicas(functools.partial(weights.load, folder, spec), spec.context_length)
        _, tokenizer, names_model = await asyncio.gather(
            engine.start(),
            asyncio.to_thread(weights.load_tokenizer, folder),
            asyncio.to_thread(weights.find_names_model),
        )
        detectors = await asyncio.to_thread(pii.load, names_model)
        pipeline = cls(spec.alias, engine, tokenizer, detectors, Workers(names_model, detectors))
        async for _ in pipeline.stream(_WARM_UP):
            pass
        return pipeline

    async def close(self) -> None:
        """Stop the engine, and the processes that normalize."""
        self._workers.close()
        await self._engine.stop()

    def is_healthy(self) -> bool:
        """Whether the engine can take work."""
        return self._engine.is_healthy()

    def stream(self, request: SummaryRequest) -> AsyncIterator[str | Summary | Totals]:
        """Yield text while it is generated: a summary, or with `documents` a line of JSON for each of many.

        Comes to its end with a Summary, or the Totals. Raises UserError E1002, E1004 to E1008, E1011, E1012 and E1014,
        and Fault E5000 to E5005.
        """
        if request.documents is not None:
            return many_documents.stream(request.documents, request, self._summarize)
        return self._stream(request)

    async def _summarize(self, request: SummaryRequest) -> Summary:
        """Return the summary of one document of many."""
        async with aclosing(self._stream(request, bulk=True)) as items:
            async for item in items:
                if isinstance(item, Summary):
                    return item
        raise AssertionError("a stream ends with its Summary")

    async def _stream(self, request: SummaryRequest, *, bulk: bool = False) -> AsyncGenerator[str | Summary]:
        """Yield one document's summary while it is generated, or one JSON object, and then the Summary itself."""
        arrived = time.perf_counter()
        style = styles.get(request.style)
        document, request, redactor = await self._prepare(request, bulk=bulk)
        generation = await asyncio.to_thread(self._plan, request, style, document.text, bulk)
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
            rounds=generation.rounds,
            timings=_timings(generation, arrived),
            removals=document.removals,
            redactions=document.redactions,
            placeholders=None if guard is None else Placeholders(**guard.counts),
        )
        if request.output_format == "json":
            yield summary.model_dump_json()
        yield summary

    async def _prepare(self, request: SummaryRequest, *, bulk: bool) -> normalizers.Prepared:
        """Clean and redact, never on the event loop, and beside the engine's thread only what is short."""
        if bulk or normalizers.is_large(request):
            return await self._workers.prepare(request)
        return await asyncio.to_thread(normalizers.prepare, request, self._detectors)

    def _plan(self, request: SummaryRequest, style: styles.Style, text: str, bulk: bool) -> Generation | MapReduce:
        """One prompt where the text fits, else one for each piece of it and for merging them. Runs in a thread."""
        context = self._engine.context_length
        sampling = _sampling(request, style)
        tokens = long_documents.single_prompt(self._tokenizer, style, request, text, context)
        if tokens is not None:
            return self._engine.stream(tokens, sampling, bulk=bulk)
        planner = long_documents.Planner(self._tokenizer, style, request, context)
        return MapReduce(self._engine, planner, planner.plan(text), text, sampling, bulk=bulk)


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
        max_new_tokens=prompts.answer_tokens(style, request),
        temperature=request.temperature,
        top_p=style.sampling.top_p if request.top_p is None else request.top_p,
        top_k=style.sampling.top_k if request.top_k is None else request.top_k,
        stop_sequences=request.stop_sequences,
        **seed,
    )


def _timings(generation: Generation | MapReduce, arrived: float) -> Timings:
    return Timings(
        queue=generation.started - generation.arrived,
        time_to_first_token=generation.first_token - arrived,
        generation=generation.finished - generation.first_token,
        total=time.perf_counter() - arrived,
    )
