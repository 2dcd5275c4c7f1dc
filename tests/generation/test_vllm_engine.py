"""What only the engine of vLLM has: processes that are not ours. It runs where vLLM is installed: `make test-vllm`."""

import asyncio
import os
from pathlib import Path

import pytest

from errors import Fault
from generation.generation import Sampling
from tests.generation.test_engine import CONTEXT, PROMPTS, text_of, tokens
from tests.generation.test_generators import needs_vllm
from tests.serving.processes import group_of_killed, needs_proc
from weights import load, registry

pytestmark = needs_vllm


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRECIS_DTYPE", "float32")
    return load.find(registry.resolve(registry.FALLBACK))


def test_a_dead_engine_fails_what_it_held_ends_the_process_and_says_nothing_of_tokens(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    from generation import vllm_engine

    exits: list[int] = []
    monkeypatch.setattr(vllm_engine, "CHOICE", "tests.generation.breaking:Breaking")
    monkeypatch.setattr("generation.vllm_engine.os._exit", exits.append)
    tokenizer = load.load_tokenizer(folder)

    async def die() -> tuple[str, bool, list[str]]:
        engine = vllm_engine.VllmEngine(folder, tokenizer, CONTEXT)
        with pytest.raises(Fault, match="E5003"):
            await text_of(engine.stream([5], Sampling(2)))
        await engine.start()
        try:
            prompt = tokens(tokenizer, PROMPTS[0])
            going = asyncio.create_task(text_of(engine.stream(prompt, Sampling(400))))
            await asyncio.sleep(1)
            with pytest.raises(Fault) as fault:
                await text_of(engine.stream(prompt, Sampling(12, seed=4711)))
            with pytest.raises(Fault, match="E5001"):
                await going
            healthy = engine.is_healthy()
            async with asyncio.timeout(20):
                while not exits:  # noqa: ASYNC110 (a list)
                    await asyncio.sleep(0.05)
            with pytest.raises(Fault, match="E5003"):
                await text_of(engine.stream(prompt, Sampling(2)))
        finally:
            await engine.stop()
        return str(fault.value), healthy, list(os.environ)

    message, healthy, environment = asyncio.run(die())
    assert message == "E5001 engine stopped"
    assert not healthy
    assert exits == [70]
    assert "OMP_NUM_THREADS" not in environment  # what is set for vLLM is not left to others
    said = "".join(capfd.readouterr()) + caplog.text
    assert "RuntimeError < tests/generation/breaking.py" in said
    assert "4711" not in said


def test_a_model_that_it_cannot_load_is_a_fault_that_says_where_to_look(tmp_path: Path) -> None:
    from generation.vllm_engine import VllmEngine

    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    engine = VllmEngine(tmp_path, load.load_tokenizer(load.find(registry.resolve(registry.FALLBACK))), CONTEXT)
    with pytest.raises(Fault, match=r"^E5003 vLLM did not start"):
        asyncio.run(engine.start())
    assert not engine.is_healthy()


@needs_proc
def test_its_processes_end_with_a_server_that_is_killed(folder: Path) -> None:
    script = f"""
        import asyncio
        from pathlib import Path
        from generation.vllm_engine import VllmEngine
        from weights import load

        async def serve():
            folder = Path({str(folder)!r})
            engine = VllmEngine(folder, load.load_tokenizer(folder), {CONTEXT})
            await engine.start()
            print("ready", flush=True)
            await asyncio.sleep(600)

        asyncio.run(serve())
    """
    with group_of_killed(script) as (before, all_end):
        assert len(before) >= 3  # ours, vLLM's core, and on a CPU a worker
        assert all_end()
