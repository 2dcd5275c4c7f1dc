"""The GPU's way through the library, on a CPU, with a kernel in Python: all but CUDA graphs and async batching.

Prompts go through flash attention over packed requests, decoding through block tables, and the library's warm-up
through our sampling.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import ContinuousBatchingConfig, GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.generation.continuous_batching.model_runner import ModelRunner

from computing import card
from errors import UserError
from generation import batching
from generation.engine_setup import EngineSetup
from generation.generation import Sampling
from generation.sampling import RequestArguments, SamplingProcessor
from tests.computing import python_kernel

PROMPTS = [[5, 9, 3], [7] * 300, list(range(2, 40))]
SLOW = EngineSetup("cuda", "bfloat16", "sdpa", graphs=False, asynchronous=False, pages=9, page_size=256, why_slow="why")
FAST = EngineSetup(
    "cuda", "bfloat16", card.KERNEL, graphs=True, asynchronous=True, pages=9, page_size=256, block_tables=True
)


@pytest.fixture
def llama() -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def manager(llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A manager that is set up as on a card, but for what a CPU has not."""
    python_kernel.forget_what_was_loaded(monkeypatch)
    with pytest.MonkeyPatch.context() as patch:
        python_kernel.stand_in_for_a_card(patch)
        card.use_kernel(python_kernel.make(tmp_path))
        assert card.attention(llama.to(torch.bfloat16)).implementation == card.KERNEL
        llama.float().set_attn_implementation(card.KERNEL)
        config = batching._gpu_config(256, 1_024) | {
            "num_blocks": 100,
            "max_batch_tokens": 128,
            "use_cuda_graph": False,
            "use_async_batching": False,
        }
        greedy = GenerationConfig(do_sample=False, eos_token_id=-1, max_new_tokens=1)
        manager = llama.init_continuous_batching(greedy, ContinuousBatchingConfig(**config))
    manager.logit_processor = SamplingProcessor(static=True)
    begin = ModelRunner.__init__

    def padded(runner: Any, *arguments: Any, **named: Any) -> None:
        begin(runner, *arguments, **named)
        runner.pad_inputs = True  # as with graphs, and without it there is no warm-up

    monkeypatch.setattr(ModelRunner, "__init__", padded)
    return manager


def generated(manager: Any, prompts: list[list[int]], new_tokens: int) -> list[list[int]]:
    """What a started manager makes of prompts together."""

    async def generate() -> list[list[int]]:
        done: dict[str, asyncio.Future[Any]] = {}
        for number, prompt in enumerate(prompts):
            done[str(number)] = asyncio.get_running_loop().create_future()
            manager.register_result_handler(str(number), done[str(number)].set_result)
            arguments = RequestArguments(len(prompt), Sampling(new_tokens))
            manager.add_request(prompt, request_id=str(number), max_new_tokens=new_tokens, arguments=arguments)
        return [list((await asyncio.wait_for(result, 60)).generated_tokens) for result in done.values()]

    manager.start()
    try:
        return asyncio.run(generate())
    finally:
        manager.stop(hard_stop=True)


def test_every_step_of_the_library_s_warm_up_succeeds(manager: Any) -> None:
    assert batching._warm_up(manager) == 0


def test_a_step_that_fails_in_the_warm_up_is_counted(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("arguments")

    monkeypatch.setattr(manager.logit_processor, "prepare_tensor_args", fail)
    assert batching._warm_up(manager) == 7  # prompts, and 1, 2, 4 ... 32 decoding requests


def test_block_tables_are_told_and_what_a_cpu_has_not_is_missed(manager: Any, llama: Any) -> None:
    failed = batching._warm_up(manager)
    setup = batching._found(llama, manager, 256, failed, "")
    assert (setup.attention, setup.block_tables, setup.graphs, setup.asynchronous) == (card.KERNEL, True, False, False)


def test_text_through_flash_and_block_tables_is_that_of_generate(manager: Any, llama: Any) -> None:
    batching._warm_up(manager)
    texts = generated(manager, PROMPTS, 7)  # fewer than the repeat guard looks at
    llama.set_attn_implementation("eager")
    for prompt, text in zip(PROMPTS, texts, strict=True):
        whole = llama.generate(torch.tensor([prompt]), max_new_tokens=7, do_sample=False, eos_token_id=None)
        assert whole[0, len(prompt) :].tolist() == text


def test_a_slow_card_is_refused_with_what_is_missing_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRECIS_ALLOW_SLOW", raising=False)
    with pytest.raises(UserError) as error:
        batching._require_fast(SLOW)
    assert str(error.value) == (
        "E2006 on this card the engine has no flash attention, no CUDA graphs, no async batching, no block tables: "
        "why; PRECIS_ALLOW_SLOW=1 serves all the same"
    )


def test_a_slow_card_serves_when_it_may(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("PRECIS_ALLOW_SLOW", "1")
    batching._require_fast(SLOW)
    assert "slow, as PRECIS_ALLOW_SLOW=1 allows: on this card the engine has no flash attention" in caplog.text


def test_a_fast_card_and_a_cpu_miss_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRECIS_ALLOW_SLOW", raising=False)
    batching._require_fast(FAST)
    batching._require_fast(
        EngineSetup("cpu", "float32", "precis_cpu", graphs=False, asynchronous=False, pages=9, page_size=64)
    )
