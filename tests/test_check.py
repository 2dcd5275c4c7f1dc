"""Summaries checked by the embedded model, as if its answers had been measured: they are a model's like any other's."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from contract.metrics import metrics_of
from contract.request import SummaryRequest
from contract.results import Summary
from errors import UserError
from generation.replicas import Replicas
from pipeline import Pipeline
from serving.server import ROOT
from tests.generation import loading
from verification.check import questions
from weights import load, registry
from weights.registry import Support

PROSE = (ROOT / "examples/documents/steam_arbitration.txt").read_text("utf-8")[:1_200]
SUMMARY = "Valve changed its terms. Disputes now go to court. The moon is made of cheese."
ALL, NONE = 2.0, -1.0  # thresholds that all sentences are below, and none


def run(test: Callable[[Pipeline], Awaitable[Any]], support: Support | None, count: int = 1) -> Any:
    async def whole() -> Any:
        spec = registry.resolve(registry.FALLBACK).model_copy(update={"support": support})
        engine = Replicas(loading.embedded, 2_048, count)
        pipeline = await asyncio.to_thread(Pipeline._around, engine, load.find(spec), spec)
        try:
            await asyncio.wait_for(engine.start(), 240)
            return await asyncio.wait_for(test(pipeline), 500)
        finally:
            await pipeline.close()

    return asyncio.run(whole())


def scale(threshold: float) -> Support:
    return Support(slope=1.0, intercept=0.0, threshold=threshold)


async def streamed(pipeline: Pipeline, **inputs: Any) -> tuple[list[str], Summary]:
    request = SummaryRequest(text=PROSE, max_tokens=110, **inputs)
    items = [item async for item in pipeline.stream(request)]
    summary = items[-1]
    assert isinstance(summary, Summary)
    return [item for item in items if isinstance(item, str)], summary


def _supports(summary: Summary) -> list[float | None]:
    assert summary.verification
    return [sentence.support for sentence in summary.verification.sentences]


def test_each_sentence_has_support_and_the_document_is_computed_once() -> None:
    async def kept(pipeline: Pipeline) -> tuple[list[str], Summary]:
        return await streamed(pipeline, verify=True, output_format="json")

    (written,), summary = run(kept, scale(NONE))
    found = json.loads(written)["verification"]
    assert found["checked_by"] == "rules and model"
    assert all(0 <= sentence["support"] <= 1 for sentence in found["sentences"])
    metrics = metrics_of(summary)
    prompts, tokens = metrics["check_prompt_count"], metrics["check_input_token_count"]
    assert isinstance(prompts, int) and isinstance(tokens, int)
    assert prompts == len(questions("")) * len(found["sentences"])
    assert len(found["sentences"]) > 1
    assert metrics["check_cached_token_count"] == found["asked"]["cached_token_count"]
    assert found["asked"]["cached_token_count"] > 0.5 * tokens
    assert metrics["unsupported_sentence_count"] == sum(sentence["unsupported"] for sentence in found["sentences"])


def test_what_is_unsupported_is_marked_or_dropped_while_the_text_streams() -> None:
    async def three(pipeline: Pipeline) -> tuple[Summary, tuple[list[str], Summary], str]:
        _, kept = await streamed(pipeline, verify=True)
        marked = await streamed(pipeline, unsupported="mark")
        with pytest.raises(UserError, match=r"^E1017 all ") as error:
            await streamed(pipeline, unsupported="drop")
        return kept, marked, str(error.value)

    kept, (pieces, marked), error = run(three, scale(ALL))
    assert kept.verification and marked.verification
    sentences = len(kept.verification.sentences)
    assert marked.summary == "".join(pieces)
    assert marked.summary.count(" [unsupported]") == sentences == len(pieces)
    assert marked.summary.replace(" [unsupported]", "") == kept.summary
    assert _supports(marked) == _supports(kept)
    assert marked.verification.asked
    assert marked.verification.asked.prompts == len(questions("")) * sentences  # nothing was asked twice
    assert f"all {sentences} sentences" in error


def test_what_is_supported_is_left_as_it_is() -> None:
    async def both(pipeline: Pipeline) -> tuple[Summary, Summary]:
        return (await streamed(pipeline))[1], (await streamed(pipeline, unsupported="drop"))[1]

    kept, dropped = run(both, scale(NONE))
    assert dropped.verification
    alarms = dropped.verification.left_out  # of rules
    assert alarms or dropped.summary == kept.summary
    assert kept.verification is None


def test_without_a_measured_model_rules_alone_check_and_say_so() -> None:
    async def dropped(pipeline: Pipeline) -> Summary:
        return (await streamed(pipeline, unsupported="drop"))[1]

    summary = run(dropped, None)
    assert summary.verification.checked_by == "rules"
    assert all(one.support is None for one in summary.verification.sentences)
    assert "check_prompt_count" not in metrics_of(summary)


def test_any_summary_is_checked_also_against_a_document_over_the_context_and_by_two_engines() -> None:
    async def both(pipeline: Pipeline) -> Any:
        short = await pipeline.check(SUMMARY, SummaryRequest(text=PROSE))
        return short, await pipeline.check(SUMMARY, SummaryRequest(text=PROSE * 8))

    short, long = run(both, scale(NONE), count=2)
    assert [len(found.sentences) for found in (short, long)] == [3, 3]
    assert all(sentence.support is not None for found in (short, long) for sentence in found.sentences)
    assert short.asked.cached_token_count > 0.5 * short.asked.input_token_count
    assert long.asked.input_token_count < long.asked.prompts * 1_024


def test_a_check_that_nobody_waits_for_leaves_the_engine() -> None:
    async def closed(pipeline: Pipeline) -> int:
        async def check() -> None:
            await pipeline.check(SUMMARY, SummaryRequest(text=PROSE))

        task = asyncio.create_task(check())
        engine = pipeline._engine
        assert isinstance(engine, Replicas)
        async with asyncio.timeout(60):
            while not engine._replicas[0].under_way:  # noqa: ASYNC110 (another process's)
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with aclosing(pipeline.stream(SummaryRequest(text=PROSE, max_tokens=8))) as items:  # type: ignore[type-var]
            async for _ in items:
                pass
        return engine._replicas[0].under_way

    assert run(closed, scale(NONE)) == 0
