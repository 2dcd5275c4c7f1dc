"""Which attention is taken on a card, by the libraries' own resolvers and the metadata of those that are installed."""

import socket
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from computing import card
from tests.computing import python_kernel


def model(dtype: torch.dtype = torch.bfloat16) -> Any:
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    return LlamaForCausalLM(config).type(dtype)


@pytest.fixture
def on_card(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    python_kernel.stand_in_for_a_card(monkeypatch)
    python_kernel.forget_what_was_loaded(monkeypatch)
    return monkeypatch


def test_the_versions_that_are_installed_find_the_kernel_without_a_network(
    on_card: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("it asked the network")

    on_card.setattr(socket, "create_connection", refuse)
    on_card.setattr(socket.socket, "connect", refuse)
    card.use_kernel(python_kernel.make(tmp_path))
    llama = model()
    assert card.attention(llama) == card.Attention("kernels-community/flash-attn2")
    llama.set_attn_implementation(card.KERNEL)
    assert llama.config._attn_implementation == card.KERNEL


def test_kernels_outside_transformers_bounds_is_why_not(on_card: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from transformers.utils import import_utils

    card.use_kernel(python_kernel.make(tmp_path))
    # What is so where another version is installed: the function keeps what it found of that when it was first asked.
    on_card.setattr(import_utils, "is_kernels_available", lambda: False)
    reason = card.attention(model()).why_not_flash
    assert reason.startswith(f"kernels is {version('kernels')}; transformers {version('transformers')} takes ")
    assert import_utils.KERNELS_MIN_VERSION in reason


@pytest.mark.parametrize("capability", [(8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)])
def test_ampere_ada_hopper_and_blackwell_take_flash(
    on_card: pytest.MonkeyPatch, tmp_path: Path, capability: tuple[int, int]
) -> None:
    on_card.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
    card.use_kernel(python_kernel.make(tmp_path))
    assert card.attention(model()).why_not_flash == ""


def test_turing_takes_sdpa_and_is_told_why(on_card: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on_card.setattr(torch.cuda, "get_device_capability", lambda *_: (7, 5))
    card.use_kernel(python_kernel.make(tmp_path))
    assert card.attention(model()) == card.Attention(
        "sdpa", "the card's compute capability is 7.5; flash attention 2 needs 8.0"
    )


def test_float32_takes_sdpa(on_card: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card.use_kernel(python_kernel.make(tmp_path))
    chosen = card.attention(model(torch.float32))
    assert chosen.implementation == "sdpa"
    assert "the model is in float32 (PRECIS_DTYPE)" in chosen.why_not_flash


def test_a_model_without_flash_attention_takes_sdpa(on_card: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card.use_kernel(python_kernel.make(tmp_path))
    llama = model()
    llama._supports_flash_attn = False
    assert card.attention(llama).why_not_flash == "transformers has no flash attention for LlamaForCausalLM"


@pytest.mark.usefixtures("on_card")
def test_without_the_kernel_the_command_is_named_that_brings_it() -> None:
    assert "precis weights pull flash-attn2" in card.attention(model()).why_not_flash


def test_a_kernel_for_another_cuda_is_why_not(on_card: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on_card.setattr(torch.version, "cuda", "12.8")
    card.use_kernel(python_kernel.make(tmp_path))
    assert (
        "CUDA version (13.0) is not compatible with system CUDA version (12.8)" in card.attention(model()).why_not_flash
    )


@pytest.mark.usefixtures("on_card")
def test_a_kernel_that_was_not_built_for_the_card_is_why_not(tmp_path: Path) -> None:
    card.use_kernel(python_kernel.make(tmp_path, archs=("9.0",)))
    assert "CUDA capability 8.6 of the current device is not supported" in card.attention(model()).why_not_flash


@pytest.mark.usefixtures("on_card")
def test_a_kernel_that_cannot_be_loaded_is_why_not_each_time(tmp_path: Path) -> None:
    card.use_kernel(python_kernel.make(tmp_path, source="raise OSError('libcudart.so.13: cannot open')"))
    llama = model()
    assert "libcudart.so.13: cannot open" in card.attention(llama).why_not_flash
    assert card.attention(llama).implementation == "sdpa"  # the library takes it for loaded now


def test_without_a_card_nothing_is_loaded() -> None:
    assert card.why_not_flash() == "there is no CUDA card"


@pytest.mark.parametrize(
    ("error", "is_final"),
    [
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), False),
        (RuntimeError("shape '[2]' is invalid for input of size 3"), False),
        (None, False),
    ],
)
def test_after_a_fault_of_cuda_there_is_no_going_on(error: BaseException | None, is_final: bool) -> None:
    assert card.is_final(error) is is_final
