"""Linear layers for CPUs in 8 bits: weights of int8, a scale a row; activations of 8 bits, a scale a token.

What CPUs with VNNI, AMX or i8mm multiply several times as fast as float32, and a quarter of the memory to read. A
token's scale is its own, so that its result does not depend on what stands beside it in a batch.

Both sides are rotated before they are rounded: blocks of 64 numbers times a Hadamard matrix, which spreads the few
large numbers that activations have over their block, and cancels out in the product (QuaRot, Ashkboos et al., 2024).
`python -m benchmarks.int8` measures what is left of the difference.

Knows torch modules. Knows nothing of what the model is, nor where weights are kept.
"""

import math
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import torch
from torch import nn

from computing import cores
from computing.packed_linear import PackedLinear

_BLOCK = 64
_STEPS = 127  # of int8, on either side of 0
_ZERO = 128  # where 0 lies in the activations' unsigned bytes: the kernels multiply unsigned by signed
_TINY = 1e-12  # a row of zeros has a scale, too
_ROWS_AT_ONCE = 1_024  # of a weight: the last layer's in float32 would be a gigabyte
_AT_ONCE = 1 << 17  # numbers rounded at once, which stay in the processor's cache
_TRIED_ROWS = (1, 32)  # what a step has when one, and when many are answered
_TRIED_SHAPE = (1_024, 4_096)  # numbers in and out
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
        scales[part] = rotated.abs().amax(1).clamp_(min=_TINY).div_(_STEPS)
        numbers[part] = rotated.div_(scales[part, None]).round_().to(torch.int8)
    return Int8Weight(numbers, scales)


class Activations:
    """Rounds what goes into the layers of one model; layers that take the same tensor, as q, k and v do, share it."""

    def __init__(self) -> None:
        self._last: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None

    def quantize(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x [..., in] to rotated numbers, unsigned bytes around 128 [tokens, in], and their scales [tokens, 1]."""
        # The same object, which is held here so that no other can be: and nobody writes into what layers share.
        if (last := self._last) is not None and last[0] is x:
            return last[1:]
        rows = x.reshape(-1, x.shape[-1])
        parts = [_round(part) for part in torch.split(rows, max(_AT_ONCE // rows.shape[1], 1))]
        numbers, scales = parts[0] if len(parts) == 1 else map(torch.cat, zip(*parts, strict=True))
        self._last = x, numbers, scales
        return numbers, scales


class Int8Linear(nn.Module):
    """A linear layer without gradients, in 8 bits, its weight in oneDNN's own layout."""

    def __init__(self, weight: Int8Weight, bias: torch.Tensor | None, activations: Activations) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.numbers.shape
        # Plain attributes: a packed tensor has no strides, and module.to() or state_dict() could not handle it.
        self._weight = torch.ops.onednn.qlinear_prepack(weight.numbers, None)
        self._scales = weight.scales
        self._zeros = torch.zeros(self.out_features, dtype=torch.int32)
        self._bias = None if bias is None else bias.float()
        self._activations = activations

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [..., in_features] to [..., out_features], in x's own format."""
        numbers, scales = self._activations.quantize(x)
        sums: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            numbers, 1.0, _ZERO, self._weight, self._scales, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        result = sums.mul_(scales) if self._bias is None else torch.addcmul(self._bias, sums, scales)
        return result.to(x.dtype).view(*x.shape[:-1], self.out_features)


class StoredEmbedding(nn.Module):
    """An embedding whose table stays as it is stored, such as mapped from a file, and gives rows in `dtype`."""

    def __init__(self, table: torch.Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = table.shape
        self._table = table  # a plain attribute, so that the model's format is that of its other parameters
        self._dtype = dtype

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Token ids [...] to [..., width]."""
        return nn.functional.embedding(tokens, self._table).to(self._dtype)


def convert(model: nn.Module, dtype: torch.dtype, weight_of: Callable[[str, nn.Linear], Int8Weight]) -> None:
    """Put such layers in the place of a CPU model's linear ones, and have it compute in `dtype` between them.

    `weight_of` gives a layer's weight by its name in the model. Embeddings stay as they are stored.
    """
    activations = Activations()

    def replace(name: str) -> None:
        holder, child = model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]
        module = getattr(holder, child)
        if isinstance(module, nn.Linear):
            setattr(holder, child, Int8Linear(weight_of(name, module), module.bias, activations))
        else:
            setattr(holder, child, StoredEmbedding(module.weight.detach(), dtype))

    names = [name for name, module in model.named_modules() if type(module) in (nn.Linear, nn.Embedding)]
    with ThreadPoolExecutor(cores.count()) as threads:  # laying a weight out takes one of them
        list(threads.map(replace, names))
    model.to(dtype)


def is_possible() -> bool:
    """Whether this CPU multiplies 8-bit numbers exactly and by itself, and this build of torch has what asks it to.

    Without such instructions sums of two products are cut at 16 bits on x86: the result would be wrong, not only slow.
    """
    has = torch.cpu.get_capabilities()
    if platform.machine() in ("x86_64", "AMD64"):
        able = any(has.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))
    else:
        able = bool(has.get("i8mm"))
    return able and torch.backends.mkldnn.is_available() and hasattr(torch.ops.onednn, "qlinear_prepack")


@cache
@torch.inference_mode()
def is_faster(dtype: torch.dtype) -> bool:
    """Whether it is, on this CPU, than layers in `dtype`: measured on one of some size, in less than a second."""
    layer = nn.Linear(*_TRIED_SHAPE, bias=False, dtype=dtype)
    in_8_bits, packed = Int8Linear(quantize(layer.weight), None, Activations()), PackedLinear(layer)
    inputs = [torch.randn(rows, _TRIED_SHAPE[0], dtype=dtype) for rows in _TRIED_ROWS]
    return _seconds(in_8_bits, inputs) < _seconds(packed, inputs)


def is_in_8_bits(model: nn.Module) -> bool:
    """Whether the model has such layers."""
    return any(isinstance(module, Int8Linear) for module in model.modules())


def _seconds(layer: Callable[[torch.Tensor], torch.Tensor], inputs: list[torch.Tensor]) -> float:
    """The least time that `layer` takes for each of the inputs, added."""
    return sum(min(_time(layer, x) for _ in range(_TRIES)) for x in inputs)


def _time(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> float:
    x = x.clone()  # another tensor each time: the last one's numbers would be taken
    began = time.perf_counter()
    layer(x)
    return time.perf_counter() - began


def _round(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The numbers [tokens, in] and scales [tokens, 1] of rows [tokens, in]."""
    rows = _rotate(rows.float())
    scales = rows.abs().amax(1, keepdim=True).clamp_(min=_TINY).div_(_STEPS)
    # By way of signed bytes, whose highest bit is then turned: torch writes these three times as fast.
    numbers = rows.div_(scales).round_().to(torch.int8).view(torch.uint8)
    return numbers.bitwise_xor_(_ZERO), scales


def _rotate(rows: torch.Tensor) -> torch.Tensor:
    """rows [count, width] times a Hadamard matrix, block by block."""
    block = math.gcd(rows.shape[1], _BLOCK)
    return (rows.view(-1, block) @ _hadamard(block)).view(rows.shape)


@cache
@torch.inference_mode(False)  # or the first use would make it a tensor of its own mode for good
def _hadamard(size: int) -> torch.Tensor:
    """The orthogonal matrix [size, size] of equal numbers with both signs; `size` is a power of two."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), matrix)
    return matrix / math.sqrt(size)
