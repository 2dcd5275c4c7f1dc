"""Linear layers for CPUs in 8 bits: weights of int8, a scale a row; activations of 8 bits, a scale a token.

What CPUs with VNNI, AMX or i8mm multiply several times as fast as float32, those with AVX2 somewhat faster, and a
quarter of the memory to read. A token's scale is its own, so that its result does not depend on what stands beside it
in a batch. Both sides are rotated before they are rounded (`computing/int8_rows.py`), which cancels out in the product.
`python -m benchmarks.int8` measures what is left of the difference.

Knows torch modules. Knows nothing of what the model is, nor where weights are kept.
"""

import math
import platform
import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Protocol

import torch
from torch import nn

from computing.int8_format import BLOCK, STEPS, TINY, ZERO
from computing.packed_linear import PackedLinear

_ROWS_AT_ONCE = 1_024  # of a weight: the last layer's in float32 would be a gigabyte
_TRIED_ROWS = (1, 32)  # what a step has when one, and when many are answered
_TRIED_SHAPE = (2_048, 8_192)  # numbers in and out: more weights than a cache holds, as a model has
_TRIES = 5


class Int8Weight(NamedTuple):
    """A rotated weight matrix: number [out, in] times its row's scale [out]."""

    numbers: torch.Tensor  # int8
    scales: torch.Tensor  # float32


def quantize(weight: torch.Tensor) -> Int8Weight:
    """Return a linear layer's weight [out, in], rotated and in 8 bits."""
    numbers, scales = torch.empty_like(weight, dtype=torch.int8), torch.empty(len(weight))
    for first in range(0, len(weight), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        rotated = _rotate(weight[part].float())
        scales[part] = rotated.abs().amax(1).clamp_(min=TINY).div_(STEPS)
        numbers[part] = rotated.div_(scales[part, None]).round_().to(torch.int8)
    return Int8Weight(numbers, scales)


class Product(Protocol):
    """Rounded rows times a weight, which are still to be multiplied by their rows' scales."""

    out_features: int

    def __call__(self, numbers: torch.Tensor) -> torch.Tensor:
        """Unsigned bytes [tokens, in] to float32 [tokens, out]."""


def product(weight: Int8Weight) -> Product:
    """The product with a weight that this CPU takes: both give the same sums."""
    if multiplies_bytes():
        return _OneDnnProduct(weight)
    from computing.int16_product import Int16Product  # compiled as it is imported

    return Int16Product(*weight)


class _OneDnnProduct:
    """A weight in oneDNN's own layout."""

    def __init__(self, weight: Int8Weight) -> None:
        self.out_features = len(weight.numbers)
        self._weight = torch.ops.onednn.qlinear_prepack(weight.numbers, None)
        self._scales = weight.scales
        self._zeros = torch.zeros(self.out_features, dtype=torch.int32)

    def __call__(self, numbers: torch.Tensor) -> torch.Tensor:
        """Unsigned bytes [tokens, in] to float32 [tokens, out]."""
        sums: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            numbers, 1.0, ZERO, self._weight, self._scales, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return sums


class Int8Linear(nn.Module):
    """A linear layer without gradients, in 8 bits."""

    def __init__(self, weight: Int8Weight, bias: torch.Tensor | None) -> None:
        from computing import int8_rows  # compiled as it is imported

        super().__init__()
        # Plain attributes: a packed tensor has no strides, and module.to() or state_dict() could not handle it.
        self._product = product(weight)
        self._bias = None if bias is None else bias.float()
        self._round = int8_rows.round_rows

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [..., in_features] to [..., out_features], in x's own format."""
        numbers, scales = self._round(x.reshape(-1, x.shape[-1]).float())
        sums = self._product(numbers)
        result = sums.mul_(scales[:, None]) if self._bias is None else torch.addcmul(self._bias, sums, scales[:, None])
        return result.to(x.dtype).view(*x.shape[:-1], self._product.out_features)


def is_possible() -> bool:
    """Whether this CPU has a way to multiply 8-bit numbers exactly."""
    has_avx2 = _is_x86() and bool(torch.cpu.get_capabilities().get("avx2"))
    return multiplies_bytes() or has_avx2


def multiplies_bytes() -> bool:
    """Whether this CPU multiplies them by itself, and this build of torch has what asks it to.

    Without such instructions oneDNN's sums of two products are cut at 16 bits on x86: wrong, not only slow.
    """
    has = torch.cpu.get_capabilities()
    names = ("avx512_vnni", "avx_vnni", "amx_int8") if _is_x86() else ("i8mm",)
    able = any(has.get(name) for name in names)
    return able and torch.backends.mkldnn.is_available() and hasattr(torch.ops.onednn, "qlinear_prepack")


def _is_x86() -> bool:
    return platform.machine() in ("x86_64", "AMD64")


@cache
@torch.inference_mode()
def is_faster(dtype: torch.dtype) -> bool:
    """Whether it is, on this CPU, than layers in `dtype`: measured on one of some size, in less than a second."""
    layer = nn.Linear(*_TRIED_SHAPE, bias=False, dtype=dtype)
    in_8_bits, packed = Int8Linear(quantize(layer.weight), None), PackedLinear(layer)
    inputs = [torch.randn(rows, _TRIED_SHAPE[0], dtype=dtype) for rows in _TRIED_ROWS]
    return _seconds(in_8_bits, inputs) < _seconds(packed, inputs)


def _seconds(layer: Callable[[torch.Tensor], torch.Tensor], inputs: list[torch.Tensor]) -> float:
    """The least time that `layer` takes for each of the inputs, added."""
    return sum(min(_time(layer, x) for _ in range(_TRIES)) for x in inputs)


def _time(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> float:
    x = x.clone()  # another tensor each time: the last one's numbers would be taken
    began = time.perf_counter()
    layer(x)
    return time.perf_counter() - began


def _rotate(rows: torch.Tensor) -> torch.Tensor:
    """Rows [count, width] rotated as `int8_rows` rotates what they are multiplied with."""
    block = math.gcd(rows.shape[1], BLOCK)
    return torch.matmul(_hadamard(block), rows.view(len(rows), block, -1)).view(rows.shape)


@cache
@torch.inference_mode(False)  # or the first use would make it a tensor of its own mode for good
def _hadamard(size: int) -> torch.Tensor:
    """The orthogonal matrix [size, size] of equal numbers with both signs; `size` is a power of two."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), matrix)
    return matrix / math.sqrt(size)
