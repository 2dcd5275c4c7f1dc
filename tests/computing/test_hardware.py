import platform
from typing import Any

import pytest
import torch

from computing import hardware
from errors import UserError


@pytest.mark.parametrize(
    ("system", "machine", "has", "expected"),
    [
        ("Linux", "x86_64", {"avx512_f": True, "avx512_bf16": True}, True),
        ("Linux", "x86_64", {"avx512_f": True, "amx_tile": True, "amx_bf16": True}, True),
        ("Linux", "x86_64", {"avx2": True, "avx512_f": True, "avx512_bf16": False}, False),
        ("Linux", "aarch64", {"bf16": True}, True),
        ("Linux", "aarch64", {"bf16": False}, False),
        ("Darwin", "arm64", {"bf16": True}, False),
        ("Linux", "ppc64le", {}, False),
    ],
)
def test_bfloat16_is_for_cpus_that_multiply_it(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, has: dict[str, Any], expected: bool
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    monkeypatch.delenv("PRECIS_DTYPE", raising=False)
    assert hardware.dtype("cpu") == (torch.bfloat16 if expected else torch.float32)


@pytest.mark.parametrize("name", hardware.DTYPES)
def test_the_number_format_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", name)
    assert hardware.dtype("cpu") == getattr(torch, name)


def test_an_unknown_number_format_is_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "int8")
    with pytest.raises(UserError, match="E1009 PRECIS_DTYPE is 'int8'; it must be one of float32, bfloat16, float16"):
        hardware.dtype("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_is_used_where_there_is_one() -> None:
    assert hardware.device() == "cuda"
    assert hardware.dtype("cuda") in (torch.bfloat16, torch.float16)
