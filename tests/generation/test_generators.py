"""What every engine does. Those of vLLM run where it is installed: `make test-vllm`."""

import asyncio
import importlib.util
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from transformers import LogitsProcessor, LogitsProcessorList

import generation.answering
from errors import Fault, UserError
from generation import batching, engines
from generation.engine import Engine
from generation.generation import Generation, Question, Sampling
from generation.sampling import REPEAT_LENGTH, RequestArguments, edit, needs
from tests.generation.loading import embedded
from tests.generation.test_engine import CONTEXT, PROMPTS, text_of, tokens
from weights import load, registry

needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
LOOPING = "The ferry is slow today, and the river is high. " * 6  # which a model alone goes on with


@dataclass
class Started:
    """An engine that serves the embedded model, on an event loop of its own."""

    engine: Any
    model: Any
    tokenizer: Any
    runner: asyncio.Runner

    def run(self, test: Callable[[Any], Awaitable[Any]]) -> Any:
        async def in_time() -> Any:
            return await asyncio.wait_for(test(self.engine), 120)

        return self.runner.run(in_time())


@pytest.fixture(scope="session", params=[engines.TRANSFORMERS, pytest.param(engines.VLLM, marks=needs_vllm)])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def whole(kind: str, model_and_tokenizer: tuple[Any, Any]) -> Iterator[Started]:
    """With the whole model, whose texts say something."""
    with running(kind, *model_and_tokenizer) as started:
        yield started


@pytest.fixture(scope="session")
def started(kind: str, request: pytest.FixtureRequest) -> Iterator[Started]:
    """With its first layers, where they can be taken: vLLM loads a folder."""
    if kind == engines.VLLM:
        yield request.getfixturevalue("whole")
        return
    with running(kind, *request.getfixturevalue("shallow_model")) as started:
        yield started


@contextmanager
def running(kind: str, model: Any, tokenizer: Any) -> Iterator[Started]:
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", "float32")

        async def start() -> Any:
            if kind == engines.VLLM:
                folder = load.find(registry.resolve(registry.FALLBACK))
                vllm = engines.engine(engines.VLLM, folder, embedded, lambda: tokenizer, CONTEXT)
                await vllm.start()
                return vllm
            model.set_attn_implementation("sdpa")
            engine = Engine(model, tokenizer, CONTEXT)
            engine.start()
            return engine

        engine = runner.run(start())
        try:
            yield Started(engine, model, tokenizer, runner)
        finally:
            runner.run(engine.stop())


class Reference(LogitsProcessor):
    """What `sampling.py` chooses, for transformers' generate() with one request."""

    def __init__(self, prompt_length: int, sampling: Sampling) -> None:
        self._prompt_length = prompt_length
        self._arguments = RequestArguments(0, sampling)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        generated = input_ids[0, self._prompt_length :].tolist()
        arguments = torch.tensor([self._arguments.column_at(len(generated), generated)], dtype=torch.int32).T
        last = torch.tensor([generated[-1] if generated else -1])
        return edit(scores, last, arguments, **needs(arguments))  # type: ignore[return-value]  # transformers' own name


def generated(started: Started, prompt: list[int], sampling: Sampling | None, length: int) -> list[int]:
    """The tokens of transformers' generate(), under our rules with a sampling and without any without."""
    model = started.model
    rules = LogitsProcessorList([Reference(len(prompt), sampling)] if sampling else [])
    with plain(model):
        output = model.generate(torch.tensor([prompt]), max_new_tokens=length, do_sample=False, logits_processor=rules)
    new: list[int] = output[0, len(prompt) :].tolist()
    return new


@contextmanager
def plain(model: Any) -> Iterator[None]:
    """The model as it comes, though an engine has it, and in one thread, since its own spin beside another engine's."""
    before = model.config._attn_implementation
    batching.set_threads(1)
    model.set_attn_implementation("sdpa")
    yield
    model.set_attn_implementation(before)


@pytest.mark.parametrize(
    ("prompt", "sampling"),
    [(PROMPTS[1], Sampling(40)), (LOOPING, Sampling(60)), (PROMPTS[2], Sampling(60, temperature=1.0, seed=7))],
    ids=["greedy", "greedy in a loop", "sampled"],
)
def test_text_is_that_of_generate_under_the_same_rules(started: Started, prompt: str, sampling: Sampling) -> None:
    ids = started.tokenizer.encode(prompt) if prompt == LOOPING else tokens(started.tokenizer, prompt)
    expected = generated(started, ids, sampling, sampling.max_new_tokens)
    text = started.run(lambda engine: text_of(engine.stream(ids, sampling)))
    assert text
    assert started.tokenizer.decode(expected, skip_special_tokens=True).strip().startswith(text)


def test_the_model_alone_would_loop(started: Started) -> None:
    """Else the second case above would say nothing."""
    loops = generated(started, started.tokenizer.encode(LOOPING), None, 40)
    runs = [tuple(loops[i : i + REPEAT_LENGTH]) for i in range(len(loops) - REPEAT_LENGTH + 1)]
    assert len(set(runs)) < len(runs)


def test_a_text_that_begins_anew_ends_there(whole: Started) -> None:
    ids = whole.tokenizer.encode(LOOPING)

    async def generation(engine: Any) -> tuple[str, Generation]:
        looping = engine.stream(ids, Sampling(60))
        return await text_of(looping), looping

    text, looping = whole.run(generation)
    sentences = text.split(". ")
    assert len(sentences) == len(set(sentences)) > 1
    assert looping.finish_reason == "stop"
    assert looping.usage.output_token_count < 60


def test_texts_generated_together_are_those_generated_alone(started: Started) -> None:
    def one(engine: Any, i: int) -> Generation:
        sampling = Sampling(32, temperature=(0.0, 1.0)[i % 2], seed=i)  # over the end of a page of the cache
        generation: Generation = engine.stream(tokens(started.tokenizer, PROMPTS[i % 4]), sampling, bulk=i == 4)
        return generation

    async def alone_and_together(engine: Any) -> tuple[list[str], list[str]]:
        alone = [await text_of(one(engine, i)) for i in range(6)]
        return alone, await asyncio.gather(*(text_of(one(engine, i)) for i in range(6)))

    alone, together = started.run(alone_and_together)
    assert alone == together
    assert alone[1] != alone[5]  # one prompt, two seeds


def test_text_comes_in_pieces_while_it_is_generated(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation.answering, "CHUNK_INTERVAL", 0.0)

    async def pieces(engine: Any) -> list[str]:
        return [piece async for piece in engine.stream(tokens(started.tokenizer, PROMPTS[2]), Sampling(60)).text()]

    assert len(started.run(pieces)) > 20


def test_a_text_does_not_begin_with_two_tokens_that_it_may_not_begin_with(whole: Started) -> None:
    prompt = tokens(whole.tokenizer, PROMPTS[2])

    async def beginnings(engine: Any) -> tuple[list[int], list[int]]:
        free = whole.tokenizer.encode(await text_of(engine.stream(prompt, Sampling(8))))
        bound = Sampling(8, openings=((free[0], free[1]),))
        return free, whole.tokenizer.encode(await text_of(engine.stream(prompt, bound)))

    free, bound = whole.run(beginnings)
    assert bound[0] == free[0]
    assert bound[1] != free[1]


def test_usage_and_finish_reason_are_told_at_the_end(whole: Started) -> None:
    async def generations(engine: Any) -> list[Generation]:
        prompt = tokens(whole.tokenizer, PROMPTS[2])
        cut, stopped = engine.stream(prompt, Sampling(12)), engine.stream(prompt, Sampling(60, stop_sequences=(" ",)))
        ended = engine.stream(tokens(whole.tokenizer, "Say yes."), Sampling(200))
        for one in (cut, stopped, ended):
            await text_of(one)
        return [cut, stopped, ended]

    cut, stopped, ended = whole.run(generations)
    assert (cut.finish_reason, cut.usage.output_token_count) == ("length", 12)
    assert cut.usage.input_token_count == len(cut.tokens)
    assert stopped.finish_reason == "stop"
    assert stopped.usage.output_token_count < 12
    assert ended.finish_reason == "stop"
    assert ended.usage.output_token_count < 200
    for one in (cut, stopped, ended):
        moments = (one.arrived, one.started, one.first_token, one.finished)
        assert all(earlier <= later for earlier, later in itertools.pairwise(moments))


def test_a_cut_answer_ends_with_its_last_full_sentence(whole: Started) -> None:
    async def cut(engine: Any) -> tuple[str, Generation]:
        generation = engine.stream(tokens(whole.tokenizer, PROMPTS[0]), Sampling(48))
        return await text_of(generation), generation

    text, generation = whole.run(cut)
    assert generation.finish_reason == "length"
    assert text.endswith((".", "!", "?"))


def test_a_prompt_over_the_context_is_refused_with_both_numbers(started: Started) -> None:
    with pytest.raises(UserError, match=r"^E1002 .*512.* 8.* 512"):
        started.engine.stream([5] * CONTEXT, Sampling(8))


def test_a_request_that_is_closed_early_leaves_its_place_and_the_engine_goes_on(started: Started) -> None:
    async def close_early(engine: Any) -> str:
        for _ in range(40):  # more than there are places
            text = engine.stream(tokens(started.tokenizer, PROMPTS[2]), Sampling(400)).text()
            await anext(text)
            await text.aclose()
        return await text_of(engine.stream(tokens(started.tokenizer, PROMPTS[0]), Sampling(12)))

    assert started.run(close_early)
    assert started.engine.is_healthy()


def test_a_request_that_takes_too_long_is_a_fault_of_ours(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    async def too_long(engine: Any) -> str:
        with monkeypatch.context() as short:
            short.setattr(generation.answering, "DEADLINE", 0.5)
            with pytest.raises(Fault, match=r"^E5002 "):
                await text_of(engine.stream(tokens(started.tokenizer, PROMPTS[2]), Sampling(450)))
        return await text_of(engine.stream(tokens(started.tokenizer, PROMPTS[0]), Sampling(12)))

    assert started.run(too_long)


def yes_and_no(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    yes, no = (tokenizer(word, add_special_tokens=False)["input_ids"] for word in ("yes", "no"))
    return (yes[0],), (no[0],)


def test_a_question_is_answered_as_the_model_s_own_logits_say_and_among_others(started: Started) -> None:
    prompt = tokens(started.tokenizer, PROMPTS[1])
    yes, no = yes_and_no(started.tokenizer)
    with plain(started.model), torch.inference_mode():
        scores = started.model(torch.tensor([prompt])).logits[0, -1]
    expected = float(scores[list(yes)].logsumexp(0) - scores[list(no)].logsumexp(0))

    async def asked(engine: Any) -> tuple[list[Generation], list[str]]:
        questions = [engine.stream(prompt, Sampling(1, question=Question(yes, no, 4))) for _ in range(2)]
        alone = await text_of(questions[0])
        other = engine.stream(prompt, Sampling(24, temperature=1.0, seed=4))
        beside = await asyncio.gather(text_of(other), text_of(questions[1]))
        return questions, [alone, beside[1]]

    questions, texts = started.run(asked)
    assert texts == ["", ""]
    assert [one.log_odds for one in questions] == pytest.approx([expected] * 2, abs=0.005)
    assert questions[0].usage.output_token_count == 1


def test_what_questions_have_in_common_is_computed_once(started: Started) -> None:
    async def cached(engine: Any) -> list[int]:
        document = tokens(started.tokenizer, "The ferry is slow. " * 50)[:200]
        found = []
        for ending in PROMPTS[:3]:
            prompt = document + tokens(started.tokenizer, ending)
            asked = Question(*yes_and_no(started.tokenizer), len(document))
            question = engine.stream(prompt, Sampling(1, question=asked))
            await text_of(question)
            found.append(question.cached_token_count)
        return found

    whole_pages = 200 // started.engine.setup.page_size * started.engine.setup.page_size
    assert started.run(cached) == [0, whole_pages, whole_pages]


def test_what_it_runs_with_is_told(started: Started) -> None:
    setup = started.engine.setup
    assert (setup.device, setup.dtype) == ("cpu", "float32")
    assert setup.pages * setup.page_size >= CONTEXT
    assert setup.missing == []
