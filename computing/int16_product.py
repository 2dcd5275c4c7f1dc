"""Products of bytes for CPUs that have no instruction for them: exact sums, by AVX2's products of 16 bits.

oneDNN's products cut sums of two at 16 bits on such CPUs (`vpmaddubsw`), which is wrong unless a bit is given away.
`vpmaddwd` multiplies 16 pairs of 16 bits and adds them two by two into 32: twice what float32 does at once. So a few
rows of either side are widened into buffers that stay in the cache, and multiplied there three by three, which is what
the registers hold.

    numbers [tokens, in] - 128 -> rows [some, in] --+
                                                    +--> sums of three by three in registers -> out [tokens, out]
    weight [out, in] -----------> panel [few, in] --+

Knows bytes and sums. Knows nothing of tokens' scales, layers or models.
"""

from typing import Any

import numba.core.cgutils
import numpy as np
import torch
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from computing.compiled import all_threads, compiled, share
from computing.int8_format import ZERO

_LANES = 16  # numbers of 16 bits in a register
_AT_ONCE = 3  # rows of either side
_ROWS = 1 << 18  # numbers of rows that are widened together: most of a core's second cache
_PANEL = 12  # rows of the weight
_DEPTH = 1_024  # numbers of each that are taken one after another: most of a core's first cache
_PRODUCTS = 64  # take about as long as whatever else is done with a number
_PARTS = 4  # of a product, for each thread: one whose core is busy takes fewer of them

_WIDE, _NARROW = ir.VectorType(ir.IntType(16), _LANES), ir.VectorType(ir.IntType(32), _LANES // 2)
_code: Any = numba.core.cgutils


def _dots(count: int) -> Any:
    """Make what adds `count` rows times three of the panel, from t and n on, to their sums, of first to last."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, panel, sums = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 2, 6))
        _generate(builder, count, rows, panel, sums, [arguments[i] for i in (1, 3, 4, 5)])
        return context.get_dummy_value()

    @intrinsic
    def dots(_: Any, rows: Any, t: Any, panel: Any, n: Any, first: Any, last: Any, sums: Any) -> Any:
        return types.none(rows, t, panel, n, first, last, sums), generate

    return dots


def _generate(builder: Any, count: int, rows: Any, panel: Any, sums: Any, bounds: list[Any]) -> None:
    t, n, first, last = bounds
    multiply = _function(builder, "llvm.x86.avx2.pmadd.wd", _NARROW, _WIDE, _WIDE)
    add_up = _function(builder, "llvm.vector.reduce.add.v8i32", _NARROW.element, _NARROW)
    left = [_row(builder, rows, t, i) for i in range(count)]
    right = [_row(builder, panel, n, j) for j in range(_AT_ONCE)]
    totals = [[_cleared(builder) for _ in right] for _ in left]  # which LLVM keeps in registers
    with _code.for_range_slice(builder, first, last, first.type(_LANES)) as (place, _):
        weights = [_loaded(builder, row, place) for row in right]
        for row, own in zip(left, totals, strict=True):
            number = _loaded(builder, row, place)
            for weight, total in zip(weights, own, strict=True):
                products = builder.call(multiply, [number, weight])
                builder.store(builder.add(builder.load(total), products), total)
    for i, own in enumerate(totals):
        for j, total in enumerate(own):
            target = builder.gep(_row(builder, sums, t, i), [builder.add(n, n.type(j))])
            found = builder.call(add_up, [builder.load(total)])
            builder.store(builder.add(builder.load(target), found), target)


def _function(builder: Any, name: str, result: Any, *takes: Any) -> Any:
    return _code.get_or_insert_function(builder.module, ir.FunctionType(result, takes), name)


def _row(builder: Any, array: Any, first: Any, offset: int) -> Any:
    """Where a row of an array begins."""
    number = builder.add(first, first.type(offset))
    return builder.gep(array.data, [builder.mul(number, builder.extract_value(array.shape, 1))])


def _loaded(builder: Any, row: Any, place: Any) -> Any:
    """Sixteen numbers of a row, which has 8 or 16 bits for each."""
    start = builder.gep(row, [place])
    several = ir.VectorType(start.type.pointee, _LANES)
    found = builder.load(builder.bitcast(start, several.as_pointer()), align=1)
    return found if several == _WIDE else builder.sext(found, _WIDE)


def _cleared(builder: Any) -> Any:
    total = _code.alloca_once(builder, _NARROW)
    builder.store(_NARROW(None), total)
    return total


_dots_of_1, _dots_of_2, _dots_of_3 = _dots(1), _dots(2), _dots(3)


@compiled()
def _add_dots(rows, count, panel, columns, sums):  # type: ignore[no-untyped-def]
    """Add the products of the first `count` rows with the panel's first `columns` to sums, as deep as the cache is."""
    width = rows.shape[1]
    for first in range(0, width, _DEPTH):
        last = min(first + _DEPTH, width)
        for t in range(0, count, _AT_ONCE):
            for n in range(0, columns, _AT_ONCE):  # the panel has three rows to its end, if old ones
                if count - t >= _AT_ONCE:
                    _dots_of_3(rows, t, panel, n, first, last, sums)
                elif count - t == 2:
                    _dots_of_2(rows, t, panel, n, first, last, sums)
                else:
                    _dots_of_1(rows, t, panel, n, first, last, sums)


@compiled()
def _widen(numbers, zero, wide):  # type: ignore[no-untyped-def]
    for t in range(len(numbers)):
        for i in range(numbers.shape[1]):
            wide[t, i] = np.int16(numbers[t, i]) - np.int16(zero)


@compiled("uint8[:,::1], int8[:,::1], float32[::1], int64, int64, float32[:,::1]")
def _multiply(numbers, weight, scales, first, last, out):  # type: ignore[no-untyped-def]
    """Write the columns first..last of out, which are rows of the weight."""
    padded = (numbers.shape[1] + _LANES - 1) // _LANES * _LANES
    rows = np.zeros((min(len(numbers), max(1, _ROWS // padded)), padded), np.int16)
    panel = np.zeros((_PANEL, padded), np.int16)
    sums = np.empty((len(rows), _PANEL), np.int32)
    for start in range(0, len(numbers), len(rows)):
        end = min(start + len(rows), len(numbers))
        _widen(numbers[start:end], ZERO, rows)
        for begin in range(first, last, _PANEL):
            columns = min(_PANEL, last - begin)
            own = weight[begin : begin + columns]
            sums[:] = 0
            if len(numbers) <= _AT_ONCE and padded == numbers.shape[1] and columns % _AT_ONCE == 0:
                _add_dots(rows, end - start, own, columns, sums)  # so few that widening would be most of it
            else:
                _widen(own, 0, panel)
                _add_dots(rows, end - start, panel, columns, sums)
            for t in range(end - start):
                for n in range(columns):
                    out[start + t, begin + n] = np.float32(sums[t, n]) * scales[begin + n]


class Int16Product:
    """A weight as it is stored: rounded rows times it, which are still to be multiplied by their scales."""

    def __init__(self, numbers: torch.Tensor, scales: torch.Tensor) -> None:
        """`numbers` [out, in] are int8, `scales` [out] float32."""
        self.out_features = len(numbers)
        self._numbers, self._scales = numbers.contiguous().numpy(), scales.contiguous().numpy()

    def __call__(self, numbers: torch.Tensor) -> torch.Tensor:
        """Unsigned bytes [tokens, in] to float32 [tokens, out]."""
        out = torch.empty(len(numbers), self.out_features)
        x, found = numbers.numpy(), out.numpy()
        share(
            lambda part: _multiply(x, self._numbers, self._scales, part.start, part.stop, found),
            self.out_features,
            self._numbers.size * len(numbers) // _PRODUCTS,
            all_threads() * _PARTS,
        )
        return out
