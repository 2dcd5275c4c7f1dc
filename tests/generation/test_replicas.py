import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from errors import Fault, UserError
from generation import replicas
from generation.generation import Sampling
from generation.replica import HEARTBEAT, LoadModel
from generation.replicas import Replicas
from tests.generation import loading
from tests.generation.test_engine import CONTEXT, PROMPTS, text_of, tokens
from tests.generation.test_engine import run as run_engine
from tests.serving.processes import group_of_killed, needs_proc


def run(test: Callable[[Replicas], Awaitable[Any]], load_model: LoadModel = loading.embedded, count: int = 1) -> Any:
    async def whole() -> Any:
        engine = Replicas(load_model, CONTEXT, count)
        try:
            await asyncio.wait_for(engine.start(), 120)
            return await asyncio.wait_for(test(engine), 120)
        finally:
            await engine.stop()

    return asyncio.run(whole())


def only_process() -> BaseProcess:
    """The one that the engine runs in."""
    [process] = multiprocessing.active_children()
    return process


def megabytes(pid: int) -> tuple[int, int]:
    """What a process holds, and what of it is written to and its own."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split()[0]: int(line.split()[1]) // 1_024 for line in lines}
    return sizes["Rss:"], sizes["Private_Dirty:"]


def steps(folder: Path) -> list[int]:
    """How many steps each process has computed."""
    return [file.stat().st_size for file in folder.iterdir()]


def test_two_replicas_share_the_requests_and_say_what_one_engine_says(
    model_and_tokenizer: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(loading.STEPS, str(tmp_path))
    tokenizer = model_and_tokenizer[1]
    prompts = [tokens(tokenizer, prompt) for prompt in PROMPTS]
    samplings = [Sampling(24, temperature=(0.0, 1.0)[i % 2], seed=i) for i in range(len(prompts))]

    async def all_of(engine: Any) -> list[tuple[str, int, str]]:
        generations = [engine.stream(*both) for both in zip(prompts, samplings, strict=True)]
        texts = await asyncio.gather(*(text_of(generation) for generation in generations))
        assert all(one.arrived <= one.started <= one.first_token <= one.finished for one in generations)
        return [
            (text, one.usage.output_token_count, one.finish_reason)
            for text, one in zip(texts, generations, strict=True)
        ]

    async def shared(engine: Replicas) -> tuple[Any, list[int]]:
        async with asyncio.timeout(60):
            while len(steps(tmp_path)) < 2:  # noqa: ASYNC110 (a process)
                await asyncio.sleep(0.1)
        await asyncio.sleep(2 * HEARTBEAT)  # the second has warmed up, and said so
        before = steps(tmp_path)
        result = await all_of(engine)
        return result, [after - there for after, there in zip(steps(tmp_path), before, strict=True)]

    async def alone(engine: Any, _: Any) -> Any:
        return await all_of(engine)

    result, computed = run(shared, loading.counted, count=2)
    assert min(computed) >= 24  # each as many as one answer takes at least
    assert result == run_engine(model_and_tokenizer, alone)


def test_a_prompt_over_the_context_is_refused_with_both_numbers() -> None:
    with pytest.raises(UserError, match=r"^E1002 .*512.* 8.* 512"):
        Replicas(loading.embedded, CONTEXT, 1).stream([5] * CONTEXT, Sampling(8))


def test_a_request_that_is_closed_early_is_not_computed_any_further(
    model_and_tokenizer: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(loading.STEPS, str(tmp_path))

    async def close_early(engine: Replicas) -> tuple[list[int], list[int]]:
        text = engine.stream(tokens(model_and_tokenizer[1], PROMPTS[2]), Sampling(400)).text()
        await anext(text)
        await text.aclose()
        await asyncio.sleep(1)
        before = steps(tmp_path)
        await asyncio.sleep(1)
        return before, steps(tmp_path)

    before, after = run(close_early, loading.counted)
    assert 0 < before[0] < 300
    assert before == after


def test_what_keeps_a_model_from_being_loaded_is_told_as_it_is() -> None:
    async def never(_: Replicas) -> None:
        raise AssertionError

    with pytest.raises(UserError, match=r"^E2003 there is none"):
        run(never, loading.missing)


def test_an_engine_that_is_killed_while_it_loads_is_told_with_the_figures() -> None:
    async def never(_: Replicas) -> None:
        raise AssertionError

    with pytest.raises(
        UserError, match=r"^E2005 .* killed \(exit code -9\).* there are [\d,]+ MB, of which .*PRECIS_MODEL"
    ):
        run(never, loading.killed, count=2)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_engines_share_the_weights() -> None:
    async def parts(engine: Replicas) -> tuple[int, int]:
        async with asyncio.timeout(60):
            while not all(replica.has_begun for replica in engine._replicas):  # noqa: ASYNC110 (a process)
                await asyncio.sleep(0.1)
        healths = [replica.health for replica in engine._replicas if replica.health is not None]
        return megabytes(healths[1].pid)

    resident, own = run(parts, count=2)
    assert resident > 600  # MB: 135 M parameters of four bytes, and their last layer's again
    assert own < 250


def test_there_are_fewer_engines_where_memory_is_scarce() -> None:
    async def memory_of(engine: Replicas) -> tuple[int, str]:
        return len(engine._replicas), engine.memory()

    count, said = run(memory_of, loading.scarce, count=2)
    assert count == 1
    assert "1 engine of" in said
    assert "(2 were asked for, which memory does not allow)" in said


def test_nonsense_in_the_environment_keeps_it_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_REPLICAS", "two")
    with pytest.raises(UserError, match=r"^E1009 PRECIS_REPLICAS is 'two'"):
        Replicas(loading.embedded, CONTEXT)

    async def never(_: Replicas) -> None:
        raise AssertionError

    monkeypatch.setenv("PRECIS_THREADS", "many")
    with pytest.raises(UserError, match=r"^E1009 PRECIS_THREADS is 'many'"):
        run(never)


def test_a_killed_process_fails_what_it_held_and_ends_this_one(
    model_and_tokenizer: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr("generation.replicas.os._exit", exits.append)

    async def kill(engine: Replicas) -> bool:
        text = engine.stream(tokens(model_and_tokenizer[1], PROMPTS[2]), Sampling(400)).text()
        await anext(text)
        only_process().kill()
        with pytest.raises(Fault, match=r"^E5001"):
            while True:
                await anext(text)
        healthy = engine.is_healthy()
        with pytest.raises(Fault, match=r"^E5003"):
            await text_of(engine.stream([5], Sampling(8)))
        async with asyncio.timeout(10):
            while not exits:  # noqa: ASYNC110 (a list)
                await asyncio.sleep(0.1)
        return healthy

    assert not run(kill)
    assert exits == [70]


def test_a_process_that_hangs_fails_what_it_held_and_is_killed(
    model_and_tokenizer: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr("generation.replicas.os._exit", exits.append)
    monkeypatch.setattr(replicas, "SILENCE", 3.0)

    async def hang(engine: Replicas) -> bool:
        text = engine.stream(tokens(model_and_tokenizer[1], PROMPTS[2]), Sampling(400)).text()
        await anext(text)
        process = only_process()
        os.kill(process.pid or 0, signal.SIGSTOP)
        with pytest.raises(Fault, match=r"^E5002 .* 3 seconds"):
            async with asyncio.timeout(60):
                while True:
                    await anext(text)
        healthy = engine.is_healthy()
        async with asyncio.timeout(10):
            while not exits:  # noqa: ASYNC110 (a list)
                await asyncio.sleep(0.1)
        assert process.exitcode == -signal.SIGKILL
        return healthy

    assert not run(hang)
    assert exits == [70]


@needs_proc
def test_the_processes_end_with_the_one_that_started_them() -> None:
    script = """
        import asyncio, time
        from generation.replicas import Replicas
        from tests.generation import loading

        async def start() -> None:
            await Replicas(loading.embedded, 512, 1).start()
            print("ready", flush=True)
            time.sleep(60)

        if __name__ == "__main__":
            asyncio.run(start())
    """
    with group_of_killed(script) as (before, is_gone):
        assert len(before) > 1
        assert is_gone()
