"""The path of one request: normalize, retrieve, plan, generate, verify.

While text is generated, citations are made true and redacted values are kept out of it.

Knows the order of the stages. Knows nothing of what happens inside them, nor of HTTP.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from computing import memory, telemetry, tracing
from computing.lanes import Lane, Lanes
from contract import output
from contract.document import Document
from contract.request import SummaryRequest
from contract.results import Passage, Placeholders, Progress, Serving, Summary, Timings, Totals, Verification
from errors import UserError
from generation import engines, languages, long_documents
from generation.carry_out import Answer, carry_out
from generation.filters import filtered
from generation.long_documents import Plan
from generation.prompts import PromptTemplate
from generation.questions import Questions
from indexing.library import Library, load_embedder
from normalizers import steps
from normalizers.pii.detectors import Detectors, load_detectors, may_use_card
from normalizers.pii.redactor import Redactor
from normalizers.pii.stream_guard import StreamGuard
from retrieval import cite
from retrieval.background import background
from retrieval.cite import Citations
from rows import prediction
from styles import catalog
from verification import support
from verification.check import Check, Model
from verification.gate import Gate
from verification.verify import verify
from weights import load as weights
from weights import sizes
from weights.registry import ModelSpec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from generation.engines import AnyEngine
    from retrieval.embed import Embedder
    from retrieval.index import Index

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_WARM_UP = SummaryRequest(text="The engine generates one short summary before it takes requests.", max_tokens=8)


class Pipeline:
    """A loaded model and the stages around it."""

    def __init__(
        self,
        spec: ModelSpec,
        engine: "AnyEngine",
        load_tokenizer: "Callable[[], PreTrainedTokenizerBase]",
        detectors: Detectors,
        library: Library,
    ) -> None:
        self._model_name = spec.alias
        self._support = spec.support
        self._profile = spec.prompting
        self._engine = engine
        self._load_tokenizer = load_tokenizer
        self._tokenizer = load_tokenizer()
        self._detectors = detectors
        self._library = library
        self._lanes = Lanes()
        self._sweeping: asyncio.Task[None] | None = None
        self._serving: Serving | None = None

    @classmethod
    async def load(cls, weights_source: str | PathLike[str] | None = None) -> "Pipeline":
        """Load the model that `weights_source`, PRECIS_MODEL or the default names, and generate once.

        Raises UserError E1009 and E2008 when PRECIS_ENGINE names no engine or one that is not here, E2001 to E2006 when
        the model is unknown, not here, not what it should be, too large for the memory there is, or slow on this card,
        E4002 and E4003 when the index that is baked in is not what it should be.
        """
        telemetry.forbid()
        kind = await asyncio.to_thread(engines.asked)
        began = time.perf_counter()
        served = await asyncio.to_thread(weights.find_served, weights_source)
        if kind == engines.TRANSFORMERS:
            await asyncio.to_thread(weights.bring_attention_kernel)  # here: an engine's process starts none to fetch it
        folder, spec = served.folder, served.spec
        _tell("model", f"{spec.alias} ({served.why}), {sizes.stored(folder) / 1e6:,.0f} MB from {folder}")
        found = time.perf_counter()
        tokenizer = partial(weights.load_tokenizer, folder)
        engine = engines.engine(kind, folder, partial(weights.load, folder, spec), tokenizer, spec.context_length)
        around = asyncio.create_task(asyncio.to_thread(cls._around, engine, folder, spec))
        if may_use_card(await asyncio.to_thread(weights.find_names_model)):
            await around  # before the engine's cache takes most of what is free on the card then
        _, pipeline = await asyncio.gather(engine.start(), around)
        pipeline._serving = Serving(model_reason=served.why, **engine.setup.facts())
        async for _ in pipeline.stream(_WARM_UP):
            pass
        now = time.perf_counter()
        _tell("engine", f"{engine.setup}, of which one request may have {engine.context_length:,}")
        _tell("memory", f"{memory.held() / 1e6:,.0f} MB for requests, {engine.memory()}; {_left()}")
        _tell("ready", f"after {now - began:.1f} s, {found - began:.1f} s of them to find the model")
        pipeline._sweeping = asyncio.create_task(pipeline._library.keep_swept())
        return pipeline

    @classmethod
    def _around(cls, engine: "AnyEngine", folder: Path, spec: ModelSpec) -> "Pipeline":
        """Load all but the engine. In one thread: transformers' lazy imports fail when two threads meet in them."""
        detectors = load_detectors(weights.find_names_model())
        library = Library(lambda: load_embedder(*weights.find_embedding_model()))
        return cls(spec, engine, partial(weights.load_tokenizer, folder), detectors, library)

    async def close(self) -> None:
        """Stop the engine, and the processes for large documents."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._lanes.close()
        await self._engine.stop()

    def is_healthy(self) -> bool:
        """Whether the engine can take work."""
        return self._engine.is_healthy()

    def stream(self, request: SummaryRequest) -> AsyncIterator[str | Progress | Summary | Totals]:
        """Yield text while it is generated: a summary, or with `documents` a line of JSON for each of many.

        While a long document is read part by part, how far that is.

        Comes to its end with a Summary, or the Totals. Raises UserError E1002, E1004 to E1008, E1011, E1012, E1014,
        E1017, E4001 to E4006, and Fault E5000 to E5005 and E5007.
        """
        if request.documents is not None:
            return self._stream_many(request.documents, request)
        return self._stream(request)

    async def _stream_many(self, table: Path, request: SummaryRequest) -> AsyncGenerator[str | Totals]:
        index = await self._library.index(request)  # once for all rows
        async with aclosing(prediction.stream(table, request, partial(self._summarize, index))) as items:
            async for item in items:
                yield item

    async def _summarize(self, index: "Index | None", request: SummaryRequest) -> Summary:
        """Return the summary of one document of many."""
        async with aclosing(self._stream(request, index, bulk=True)) as items:
            async for item in items:
                if isinstance(item, Summary):
                    return item
        raise AssertionError("a stream ends with its Summary")

    async def _stream(
        self, request: SummaryRequest, index: "Index | None" = None, *, bulk: bool = False
    ) -> AsyncGenerator[str | Progress | Summary]:
        """Yield one document's summary while it is generated, or one JSON object, and then the Summary itself."""
        arrived = time.perf_counter()
        span = tracing.nothing if bulk else tracing.span  # rows are counted: a table would be a trace of thousands
        style = catalog.get(request.style)
        lane = steps.lane(request, is_row=bulk)
        with span("normalize", style=request.style, redact_pii=request.redact_pii) as note:
            document, request, redactor = await self._run(lane, steps.prepare, request, self._detectors)
            note(character_count=len(document.text), redaction_count=len(document.redactions))
        lane = "long" if len(document.text) > steps.LARGE else None
        began = time.perf_counter()
        with (span if request.wants_knowledge else tracing.nothing)("retrieve") as note:
            passages = await self._retrieve(lane, request, document.text, redactor, index)
            note(passage_count=len(passages))
        retrieval = time.perf_counter() - began
        with span("plan") as note:
            request = await self._run(lane, languages.resolved, request, document.text)
            template = PromptTemplate(self._load_tokenizer, self._profile, style, request, passages)
            plan = await self._run(lane, long_documents.plan, template, document.text, self._engine.context_length)
            answer = await asyncio.to_thread(carry_out, plan, document.text, self._engine, bulk=bulk)
            passages = plan.template.passages  # those that fit
            citations = await self._run(lane, Citations, passages, document.text) if passages else None
            note(piece_count=len(plan.pieces) if isinstance(plan, Plan) else 1, passage_count=len(passages))
        check = self._check(lane, document.text, bulk=bulk) if request.wants_check else None
        guard = None if redactor is None else StreamGuard(redactor)
        filters = _Filters(citations, guard, None if check is None else _gate(request, check, citations))
        pieces: list[str] = []
        with span("generate", model=self._model_name) as note:
            async with aclosing(filtered(answer.text(), filters)) as text:
                async for piece in text:
                    if isinstance(piece, str):
                        pieces.append(piece)
                    if sent := output.of_piece(piece, request.output_format):
                        yield sent
            tokens = sum(one.output_token_count for one in answer.rounds)
            note(finish_reason=answer.finish_reason, round_count=len(answer.rounds), output_token_count=tokens)
        timings = _timings(answer, arrived, retrieval)
        summary = self._summary("".join(pieces), request, document, answer, filters, timings)
        if check is not None:
            with span("verify") as note:
                found = await check.verify(summary.summary, _cited(summary.passages), filters.left_out)
                note(unsupported_count=len(found.unsupported))
            summary = summary.model_copy(update={"verification": found})
        if sent := output.of_summary(summary, document, request.output_format):
            yield sent
        yield summary

    def _summary(
        self,
        text: str,
        request: SummaryRequest,
        document: Document,
        answer: Answer,
        filters: "_Filters",
        timings: Timings,
    ) -> Summary:
        """The answer's `text` with all that is told of it. Raises UserError E1017 if nothing of it is left."""
        citations, guard, _ = filters
        if filters.left_out and not text.strip():
            count = filters.left_out
            raise UserError("E1017", f"all {count:,} sentences of the summary are unsupported and were dropped")
        return Summary(
            summary=text,
            style=request.style,
            model=self._model_name,
            serving=self._serving,
            finish_reason=answer.finish_reason,
            rounds=answer.rounds,
            timings=timings,
            removals=document.removals,
            redactions=document.redactions,
            scripts_not_covered=document.scripts_not_covered,
            placeholders=None if guard is None else Placeholders(**guard.counts),
            passages=citations.passages(text) if citations else () if request.wants_knowledge else None,
            removed_citations=0 if citations is None else citations.removed,
        )

    async def check(self, summary: str, request: SummaryRequest) -> Verification:
        """Return what of a `summary`, whoever wrote it, the request's document supports.

        Raises as `stream` does.
        """
        lane = steps.lane(request)
        document, _, _ = await self._run(lane, steps.prepare, request, self._detectors)
        return await self._check(lane, document.text, bulk=False).verify(summary, [])

    def _check(self, lane: Lane | None, document: str, *, bulk: bool) -> Check:
        """What compares a summary with its document: rules, and the model where its answers were measured."""

        async def rules(text: str, document: str, passages: Sequence[str]) -> Verification:
            return await self._run(lane, verify, text, document, passages)

        async def parts(sentences: Sequence[str], texts: Sequence[str]) -> list[str]:
            return await self._run(lane, support.parts, sentences, texts)

        if self._support is None:
            return Check(document, rules, None)
        asks = Questions(self._engine, self._tokenizer, document, bulk=bulk)
        return Check(document, rules, Model(asks, self._support, parts))

    async def _run(
        self,
        lane: Lane | None,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Run a stage off the event loop: in a thread what is short, else in a process, where a cancel ends it."""
        if lane is None:
            return await asyncio.to_thread(function, *arguments, **named)
        return await self._lanes.run(lane, function, *arguments, **named)

    async def _retrieve(
        self, lane: Lane | None, request: SummaryRequest, text: str, redactor: Redactor | None, index: "Index | None"
    ) -> tuple[Passage, ...]:
        """Passages for a document, redacted as it is. None may be good enough."""
        index = index or await self._library.index(request)
        if index is None or not request.wants_knowledge:
            return ()
        embedder = await asyncio.to_thread(lambda: self._library.embedder)
        passages = await self._run(lane, _passages, index, embedder, request, text)
        if redactor is None:
            return passages
        return await asyncio.to_thread(cite.redacted, passages, lambda text: redactor.redact(text)[0])


class _Filters(NamedTuple):
    """What an answer passes before it is sent, in this order."""

    citations: Citations | None
    guard: StreamGuard | None
    gate: Gate | None

    @property
    def left_out(self) -> int:
        """Sentences that were dropped."""
        return 0 if self.gate is None else self.gate.left_out


async def check(summary: str, request: SummaryRequest) -> Verification:
    """Check a summary with the model that would be served, loaded for this once if it can be asked.

    Raises as `Pipeline.load` and `Pipeline.check` do.
    """
    served = await asyncio.to_thread(weights.find_served, None)
    if served.spec.support is None:
        return await Check(steps.normalize(request).text, _rules, None).verify(summary, [])
    pipeline = await Pipeline.load()
    try:
        return await pipeline.check(summary, request)
    finally:
        await pipeline.close()


def _tell(what: str, text: str) -> None:
    """Write a line of setup's log, which `/health-check` has as well."""
    print(f"{what}: {text}", flush=True)


def _left() -> str:
    return f"{memory.available() / 1e6:,.0f} MB of {memory.limit() / 1e6:,.0f} are left"


async def _rules(text: str, document: str, passages: Sequence[str]) -> Verification:
    """Check by rules, where nothing else is under way."""
    return verify(text, document, passages)


def _passages(index: "Index", embedder: "Embedder", request: SummaryRequest, text: str) -> tuple[Passage, ...]:
    """Passages for a document, numbered. None may be good enough. Runs in any process."""
    where = request.passage_filter
    return cite.number(background(index, embedder, text, request.focus, k=request.max_passages, where=where), text)


def _gate(request: SummaryRequest, check: Check, citations: Citations | None) -> Gate | None:
    """What marks or drops sentences, where that is asked."""
    if request.unsupported == "keep":
        return None

    async def is_unsupported(sentence: str) -> bool:
        return await check.is_unsupported(sentence, _cited(citations.passages(sentence) if citations else ()))

    return Gate(is_unsupported, marks=request.unsupported == "mark")


def _cited(passages: Sequence[Passage] | None) -> list[str]:
    """The texts of the passages that are cited."""
    return [passage.text for passage in passages or () if passage.cited]


def _timings(answer: Answer, arrived: float, retrieval: float) -> Timings:
    return Timings(
        retrieval=retrieval,
        queue=answer.started - answer.arrived,
        time_to_first_token=answer.first_token - arrived,
        generation=answer.finished - answer.first_token,
        total=time.perf_counter() - arrived,
    )
