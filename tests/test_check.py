"""Summaries checked by the embedded model, as if its answers had been measured: they are a model's like any other's."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from contract.metrics import metrics_of
from contract.request import SummaryRequest
from contract.results import Summary, Verification
from errors import UserError
from generation.replicas import Replicas
from pipeline import Pipeline
from tests.generation import loading
from weights import load, registry
from weights.registry import Support

TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars. The mayor "
    "said that the ferryman will become the keeper of the bridge, which is to have a lane for trams as well."
)
SUMMARY = "The council builds a bridge. A ferry carries people until 2027. The moon is made of cheese."
ALL, NONE = 2.0, -1.0  # thresholds that all sentences are below, and none

Test = Callable[[Pipeline], Awaitable[Any]]
Run = Callable[[Test, float | None], Any]


async def started(engine: Replicas) -> None:
    await engine.start()
    assert engine._later
    await engine._later  # for the second engine


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Run a test with a pipeline of two engines, whose model has this threshold, or is not asked."""
    spec = registry.resolve(registry.FALLBACK)
    with asyncio.Runner() as runner:
        engine = Replicas(loading.embedded, 2_048, 2)
        pipeline = Pipeline._around(engine, load.find(spec), spec)
        runner.run(started(engine))

        def run(test: Test, threshold: float | None) -> Any:
            measured = threshold is not None
            pipeline._support = Support(slope=1.0, intercept=0.0, threshold=threshold or 0.0) if measured else None
            return runner.run(asyncio.wait_for(test(pipeline), 500))

        yield run
        runner.run(pipeline.close())


async def streamed(pipeline: Pipeline, **inputs: Any) -> tuple[list[str], Summary]:
    """Pieces of text, and the summary: of a line for a sentence."""
    request = SummaryRequest(text=TEXT, style="bullets", max_tokens=60, **inputs)
    items = [item async for item in pipeline.stream(request)]
    summary = items[-1]
    assert isinstance(summary, Summary)
    return [item for item in items if isinstance(item, str)], summary


def check_of(summary: Summary) -> Verification:
    assert summary.verification
    return summary.verification


def test_each_sentence_has_support_and_metrics_say_what_that_took(run: Run) -> None:
    (written,), summary = run(lambda pipeline: streamed(pipeline, verify=True, output_format="json"), NONE)
    found = json.loads(written)["verification"]
    assert found["checked_by"] == "rules and model"
    assert all(0 <= sentence["support"] <= 1 for sentence in found["sentences"])
    metrics = metrics_of(summary)
    assert metrics["check_prompt_count"] == 2 * len(found["sentences"])
    assert metrics["check_input_token_count"] == found["asked"]["input_token_count"]
    assert metrics["unsupported_sentence_count"] == sum(sentence["unsupported"] for sentence in found["sentences"])


def test_what_is_unsupported_is_marked_while_the_text_streams_and_nothing_is_asked_twice(run: Run) -> None:
    async def both(pipeline: Pipeline) -> Any:
        return (await streamed(pipeline, verify=True))[1], *await streamed(pipeline, unsupported="mark")

    kept, pieces, marked = run(both, ALL)
    sentences = len(check_of(kept).sentences)
    assert sentences > 1
    assert marked.summary == "".join(pieces)
    assert marked.summary.count(" [unsupported]") == sentences
    assert len(pieces) > 1
    assert marked.summary.replace(" [unsupported]", "") == kept.summary
    assert [one.support for one in check_of(marked).sentences] == [one.support for one in check_of(kept).sentences]
    assert check_of(marked).asked == check_of(kept).asked.model_copy(  # type: ignore[union-attr]
        update={name: getattr(check_of(marked).asked, name) for name in ("seconds", "cached_token_count")}
    )


def test_a_summary_of_which_nothing_is_left_is_an_error_that_says_how_much_there_was(run: Run) -> None:
    async def dropped(pipeline: Pipeline) -> None:
        with pytest.raises(UserError, match=r"^E1017 all [2-9] sentences"):
            await streamed(pipeline, unsupported="drop")

    run(dropped, ALL)


def test_what_is_not_doubted_is_left_as_it_is(run: Run) -> None:
    async def both(pipeline: Pipeline) -> tuple[Summary, Summary]:
        return (await streamed(pipeline))[1], (await streamed(pipeline, unsupported="drop"))[1]

    kept, dropped = run(both, NONE)
    assert kept.verification is None
    assert dropped.summary == kept.summary
    assert check_of(dropped).left_out == 0


def test_without_a_measured_model_rules_check_alone_and_say_so(run: Run) -> None:
    found = run(lambda pipeline: pipeline.check(f"{SUMMARY} It opened in 1999.", SummaryRequest(text=TEXT)), None)
    assert (found.checked_by, found.asked) == ("rules", None)
    assert [one.support for one in found.sentences] == [None] * 4
    assert [one.unsupported for one in found.sentences] == [False, False, False, True]


def test_any_summary_is_checked_and_its_document_computed_once_also_where_there_are_two_engines(run: Run) -> None:
    found = run(lambda pipeline: pipeline.check(SUMMARY, SummaryRequest(text=TEXT * 3)), NONE)
    asked = found.asked
    assert asked.prompts == 6  # two questions a sentence
    each = asked.input_token_count / asked.prompts
    beside = 64 + 60 + 100  # half a page, the question, and before every other one the examples
    assert asked.cached_token_count > (asked.prompts - 1) * (each - beside)


def test_of_a_document_over_the_context_a_sentence_brings_the_parts_that_are_closest(run: Run) -> None:
    long = f"{TEXT} " + "In the village nothing happened on that day, and people went to bed early. " * 200
    found = run(lambda pipeline: pipeline.check(SUMMARY, SummaryRequest(text=long)), NONE)
    assert all(one.support is not None for one in found.sentences)
    assert found.asked.input_token_count < found.asked.prompts * 1_024


def test_a_check_that_nobody_waits_for_leaves_the_engine(run: Run) -> None:
    async def cancelled(pipeline: Pipeline) -> None:
        task = asyncio.create_task(pipeline.check(SUMMARY, SummaryRequest(text=TEXT * 5)))
        assert isinstance(pipeline._engine, Replicas)
        replicas = pipeline._engine._replicas
        while not any(one.under_way for one in replicas):  # noqa: ASYNC110 (another process's)
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not any(one.under_way for one in replicas)

    run(cancelled, NONE)
