from typing import Any

from generation.engine_setup import EngineSetup
from generation.replicas import Replicas
from tests.generation.test_replicas import run


def test_an_engine_says_from_its_process_what_it_runs_with() -> None:
    async def setup_of(engine: Replicas) -> Any:
        return engine.setup

    setup = run(setup_of)
    assert (setup.device, setup.attention, setup.graphs, setup.asynchronous) == ("cpu", "precis_cpu", False, False)
    assert setup.dtype in ("float32", "bfloat16")
    assert setup.page_size == 64
    assert setup.pages > 0
    assert not setup.on_gpu


def test_a_setup_reads_as_one_line() -> None:
    slow = EngineSetup("cpu", "float32", "precis_cpu", graphs=False, asynchronous=False, pages=100, page_size=64)
    fast = EngineSetup("cuda", "bfloat16", "flash", graphs=True, asynchronous=True, pages=100, page_size=256)
    assert str(slow) == "float32 on cpu, precis_cpu attention, a cache of 6,400 tokens"
    assert fast.facts()["fast_paths"] == ["CUDA graphs", "async batching"]
    assert str(fast) == ("bfloat16 on cuda, flash attention, CUDA graphs, async batching, a cache of 25,600 tokens")
