from typing import Any

import pytest
import torch
from torch import nn

from computing import hardware, int8_linear
from computing.int8_linear import Int8Linear
from errors import UserError

possible = pytest.mark.skipif(not int8_linear.is_possible(), reason="this CPU has no instructions for 8-bit products")


def in_8_bits(layer: nn.Linear) -> Int8Linear:
    return Int8Linear(int8_linear.quantize(layer.weight.detach()), layer.bias)


def error(found: torch.Tensor, exact: torch.Tensor) -> float:
    return float((found - exact).norm() / exact.norm())


@possible
@pytest.mark.parametrize(("width", "out"), [(576, 1536), (1536, 576), (48, 32)])
@pytest.mark.parametrize("bias", [False, True])
@torch.inference_mode()
def test_a_layer_in_8_bits_gives_what_the_layer_gives_but_for_rounding(width: int, out: int, bias: bool) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(width, out, bias=bias), torch.randn(2, 9, width)
    assert error(in_8_bits(layer)(x), layer(x)) < 0.02


@possible
@torch.inference_mode()
def test_one_large_number_does_not_drown_the_others() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(576, 1536, bias=False), torch.randn(4, 576)
    x[:, 7] = 60.0
    layer.weight[:, 7] = 0.0  # so that what is left is the others' alone
    assert error(in_8_bits(layer)(x), layer(x)) < 0.08  # unrotated it is over 0.13


@possible
@torch.inference_mode()
def test_a_token_s_result_does_not_depend_on_its_company() -> None:
    torch.manual_seed(0)
    layer, x = in_8_bits(nn.Linear(576, 1536)), torch.randn(600, 576)
    x[3] *= 1_000
    together = layer(x)
    for first, count in ((0, 1), (5, 2), (40, 31), (100, 500)):
        assert torch.equal(layer(x[first : first + count]), together[first : first + count])


@possible
@torch.inference_mode()
def test_a_row_of_zeros_stays_one() -> None:
    assert torch.equal(in_8_bits(nn.Linear(64, 32, bias=False))(torch.zeros(2, 64)), torch.zeros(2, 32))


@pytest.mark.parametrize(
    ("machine", "has", "by_itself", "expected"),
    [
        ("x86_64", {"avx2": False}, False, False),
        ("x86_64", {"avx2": True, "avx512_f": True}, False, True),
        ("x86_64", {"avx2": True, "avx512_vnni": True}, True, True),
        ("x86_64", {"avx2": True, "avx_vnni": True}, True, True),
        ("aarch64", {"i8mm": False}, False, False),
        ("aarch64", {"i8mm": True}, True, True),
    ],
)
def test_8_bits_are_for_cpus_that_multiply_them_without_cutting_sums(
    monkeypatch: pytest.MonkeyPatch, machine: str, has: dict[str, Any], by_itself: bool, expected: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    assert (int8_linear.multiplies_bytes(), int8_linear.is_possible()) == (by_itself, expected)


@pytest.mark.parametrize(
    ("asked", "possible", "faster", "expected"),
    [
        ("", True, True, True),
        ("", True, False, False),
        ("", False, True, False),
        ("int8", True, False, True),
        ("float32", True, True, False),
    ],
)
def test_8_bits_are_taken_where_they_are_measured_faster_or_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: str, possible: bool, faster: bool, expected: bool
) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", asked)
    monkeypatch.setattr(int8_linear, "is_possible", lambda: possible)
    monkeypatch.setattr(int8_linear, "is_faster", lambda dtype: faster)
    assert hardware.multiplies_int8("cpu") == expected
    assert not hardware.multiplies_int8("cuda")


def test_8_bits_that_a_cpu_cannot_multiply_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "int8")
    monkeypatch.setattr(int8_linear, "is_possible", lambda: False)
    with pytest.raises(UserError, match="E1009 PRECIS_DTYPE is int8, and this CPU has no instructions for it"):
        hardware.multiplies_int8("cpu")


def test_a_card_has_no_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "int8")
    with pytest.raises(UserError, match="E1009 PRECIS_DTYPE is int8, which is for CPUs"):
        hardware.dtype("cuda")


@possible
def test_how_fast_it_is_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(int8_linear.is_faster(torch.float32), bool)
    monkeypatch.setattr(int8_linear, "_seconds", None)
    int8_linear.is_faster(torch.float32)
