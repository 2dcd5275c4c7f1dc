"""What stands between a model's products in 8 bits, row by row: one pass over a token's numbers where torch needs ten.

A row's result is its own, whatever rows stand beside it.

Rounding: a row is rotated, which spreads its few large numbers over the others (QuaRot, Ashkboos et al., 2024), divided
by its largest number, and kept as unsigned bytes around 128, as the products take them, with its scale. The rotation is
a Hadamard matrix over numbers that lie a block's share of the row apart, by its fast transform (Fino & Algazi, 1976):
so every step of it adds and subtracts whole runs.

Knows rows of float32. Knows nothing of layers, weights or torch's modules.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from computing.compiled import compiled, exp, share
from computing.int8_format import BLOCK, STEPS, TINY, ZERO

_STEPS, _TINY = np.float32(STEPS), np.float32(TINY)
_MAGNITUDE = np.int32(0x7FFFFFFF)  # a float's bits but its sign, which are ordered as the numbers are

Floats = NDArray[np.float32]

_ROWS, _ROW, _HEADS, _BYTES = "float32[:,::1]", "float32[::1]", "float32[:,:,::1]", "uint8[:,::1]"


@compiled()
def _rotate(row, block):  # type: ignore[no-untyped-def]
    """Rotate a row in place, but for the division by the square root of `block`."""
    run = len(row) // block
    while run < len(row):
        for first in range(0, len(row), 2 * run):
            left, right = row[first : first + run], row[first + run : first + 2 * run]
            for i in range(run):
                a, b = left[i], right[i]
                left[i], right[i] = a + b, a - b
        run *= 2


@compiled()
def _round(row, block, numbers):  # type: ignore[no-untyped-def]
    """Rotate a row in place, write its numbers, and return their scale."""
    _rotate(row, block)
    bits, largest = row.view(np.int32), np.int32(0)
    for i in range(len(bits)):
        largest = max(largest, bits[i] & _MAGNITUDE)
    most = max(np.int32(largest).view(np.float32), _TINY)
    steps = _STEPS / most
    for i in range(len(row)):
        numbers[i] = np.uint8(np.int32(np.rint(row[i] * steps)) + np.int32(ZERO))
    return most / _STEPS / np.sqrt(np.float32(block))


@compiled(f"{_ROWS}, int64, {_BYTES}, {_ROW}")
def _round_rows(rows, block, numbers, scales):  # type: ignore[no-untyped-def]
    row = np.empty(rows.shape[1], np.float32)
    for t in range(len(rows)):
        row[:] = rows[t]
        scales[t] = _round(row, block, numbers[t])


@compiled(f"{_ROWS}, {_ROW}, float32, int64, {_BYTES}, {_ROW}")
def _norm_rows(rows, gain, epsilon, block, numbers, scales):  # type: ignore[no-untyped-def]
    row = np.empty(rows.shape[1], np.float32)
    for t in range(len(rows)):
        squares = np.float32(0)
        for i in range(len(row)):
            squares += rows[t, i] * rows[t, i]
        factor = np.float32(1) / np.sqrt(squares / np.float32(len(row)) + epsilon)
        for i in range(len(row)):
            row[i] = rows[t, i] * factor * gain[i]
        scales[t] = _round(row, block, numbers[t])


@compiled(f"{_ROWS}, {_ROW}, int64, {_BYTES}, {_ROW}")
def _gate_rows(sums, sum_scales, block, numbers, scales):  # type: ignore[no-untyped-def]
    row = np.empty(sums.shape[1] // 2, np.float32)
    for t in range(len(sums)):
        gates, ups, scale = sums[t, : len(row)], sums[t, len(row) :], sum_scales[t]
        for i in range(len(row)):
            gate = gates[i] * scale
            row[i] = gate / (np.float32(1) + exp(-gate)) * (ups[i] * scale)
        scales[t] = _round(row, block, numbers[t])


@compiled(f"{_ROWS}, {_ROWS}, {_ROW}")
def _add_rows(rows, sums, sum_scales):  # type: ignore[no-untyped-def]
    for t in range(len(rows)):
        scale = sum_scales[t]
        for i in range(rows.shape[1]):
            rows[t, i] += sums[t, i] * scale


@compiled(f"{_ROWS}, {_ROW}, {_ROW}, {_ROWS}, {_ROWS}, {_ROW}, {_ROW}, float32, {_HEADS}, {_HEADS}, {_HEADS}")
def _split_rows(sums, sum_scales, bias, cos, sin, q_gain, k_gain, epsilon, q, k, v):  # type: ignore[no-untyped-def]
    queries, keys, width = q.shape[1], k.shape[1], q.shape[2]
    half = width // 2
    row = np.empty(width, np.float32)
    for t in range(len(sums)):
        scale, c, s = sum_scales[t], cos[t], sin[t]
        for head in range(queries + keys):
            own = slice(head * width, (head + 1) * width)
            numbers, added = sums[t, own], bias[own]
            gain, out = (q_gain, q[t, head]) if head < queries else (k_gain, k[t, head - queries])
            squares = np.float32(0)
            for i in range(width):
                row[i] = numbers[i] * scale + added[i]
                squares += row[i] * row[i]
            if len(gain):
                factor = np.float32(1) / np.sqrt(squares / np.float32(width) + epsilon)
                for i in range(width):
                    row[i] *= factor * gain[i]
            for i in range(half):
                out[i] = row[i] * c[i] - row[i + half] * s[i]
            for i in range(half):
                out[i + half] = row[i + half] * c[i + half] + row[i] * s[i + half]
        first = (queries + keys) * width
        for head in range(keys):
            for i in range(width):
                v[t, head, i] = sums[t, first + head * width + i] * scale + bias[first + head * width + i]


def round_rows(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The numbers [tokens, in] and scales [tokens] of rows [tokens, in]."""
    numbers, scales = _rounded(*rows.shape)
    x, block, out, of = _array(rows), _block(rows.shape[1]), numbers.numpy(), scales.numpy()
    share(lambda part: _round_rows(x[part], block, out[part], of[part]), len(x), x.size)
    return numbers, scales


def norm_rows(rows: torch.Tensor, gain: Floats, epsilon: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The same of rows [tokens, in] after RMSNorm (Zhang & Sennrich, 2019) with gain [in]."""
    numbers, scales = _rounded(*rows.shape)
    x, block, out, of = _array(rows), _block(rows.shape[1]), numbers.numpy(), scales.numpy()
    share(lambda part: _norm_rows(x[part], gain, epsilon, block, out[part], of[part]), len(x), x.size)
    return numbers, scales


def gate_rows(sums: torch.Tensor, sum_scales: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same of silu(gate) * up, of sums [tokens, gate and up] that are to be multiplied by their rows' scales."""
    tokens, width = sums.shape
    numbers, scales = _rounded(tokens, width // 2)
    x, by, block = sums.numpy(), sum_scales.numpy(), _block(width // 2)
    out, of = numbers.numpy(), scales.numpy()
    share(lambda part: _gate_rows(x[part], by[part], block, out[part], of[part]), len(x), x.size)
    return numbers, scales


def add_rows(rows: torch.Tensor, sums: torch.Tensor, sum_scales: torch.Tensor) -> None:
    """Add sums [tokens, width], multiplied by their rows' scales, to `rows`, in place."""
    x, add, by = rows.numpy(), sums.numpy(), sum_scales.numpy()
    share(lambda part: _add_rows(x[part], add[part], by[part]), len(x), x.size)


def split_rows(
    sums: torch.Tensor,  # [tokens, (heads + 2 key heads) * width]: queries, keys and values side by side
    sum_scales: torch.Tensor,  # [tokens]
    bias: Floats,  # [the sums' width]
    cos: torch.Tensor,  # [tokens, width]
    sin: torch.Tensor,  # [tokens, width]
    gains: tuple[Floats, Floats],  # [width] of queries and of keys where heads are normalized, else []
    epsilon: float,
    heads: tuple[int, int],  # of queries, and of keys
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries, keys and values [tokens, heads, width], the first two turned by their position (Su et al., 2021)."""
    tokens, width = cos.shape
    found = [torch.empty(tokens, count, width) for count in (heads[0], heads[1], heads[1])]
    x, by, c, s = sums.numpy(), sum_scales.numpy(), _array(cos), _array(sin)
    q, k, v = (one.numpy() for one in found)
    share(
        lambda part: _split_rows(x[part], by[part], bias, c[part], s[part], *gains, epsilon, q[part], k[part], v[part]),
        len(x),
        x.size,
    )
    return found[0], found[1], found[2]


def _block(width: int) -> int:
    return math.gcd(width, BLOCK)


def _rounded(tokens: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.empty(tokens, width, dtype=torch.uint8), torch.empty(tokens)


def _array(rows: torch.Tensor) -> Floats:
    array: Floats = rows.contiguous().numpy()
    return array
