"""Keys and values in pages of the cache on CPUs: written there, and attended to by requests that decode.

One query of each request is attended to its own pages where they lie, page after page: a page's scores are weighed
against the best one so far, and what was added up before is weighed anew when a better one comes (the online softmax
of flash attention, Dao et al., 2022). So no request's result depends on another's.

Knows pages of keys and values, float32 or bfloat16. Knows nothing of models, layers, prompts or how pages are handed
out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from computing.compiled import compiled, exp, share

_NUMBERS = "float32[::1]", "uint16[::1]"
_ATTEND = (
    "float32[:,:,::1], {numbers}, {numbers}, int64, int64, int64, float32, "
    "int64[::1], int64[::1], int64[::1], int64, int64, float32[:,:,::1]"
)
_WRITE = "{numbers}, {numbers}, int64, int64, int64, int64, int64[::1]"
_LEAST = np.float32(-1e30)  # below every score


@dataclass(frozen=True)
class Reads:
    """The pages that a step's requests read, request after request."""

    ids: NDArray[np.int64]  # [pages], in the cache
    starts: NDArray[np.int64]  # [requests + 1], where each request's begin
    lengths: NDArray[np.int64]  # [requests], tokens in them
    tokens: int  # in all


def plan(ids: list[list[int]], lengths: list[int]) -> Reads:
    """Lay out a step whose requests have these pages of the cache, in order, and so many tokens in them."""
    starts = np.cumsum([0, *map(len, ids)], dtype=np.int64)
    every = np.array([page for pages in ids for page in pages], np.int64)
    return Reads(every, starts, np.array(lengths, np.int64), sum(lengths))


class Pages:
    """One layer's pages of the cache: key, value [pages, key heads, page size, width], heads before tokens."""

    def __init__(self, key: torch.Tensor, value: torch.Tensor) -> None:
        assert key.stride() == value.stride()
        self.key, self.value = key, value
        self._keys, self._values = _numbers(key), _numbers(value)
        _, self._heads, self._size, self._width = key.shape
        self._stride = key.stride(0)

    def write(self, key: torch.Tensor, value: torch.Tensor, places: NDArray[np.int64]) -> None:
        """Write tokens' keys and values [tokens, key heads, width], each to its place: page * page size + row."""
        shape = self._stride, self._heads, self._size, self._width
        for new, all_ in ((key, self._keys), (value, self._values)):
            _write(_numbers(new.contiguous()), all_, *shape, places)

    def attend(self, query: torch.Tensor, reads: Reads, scaling: float) -> torch.Tensor:
        """Attend each request's query to its pages: [requests, heads, width] to the same."""
        q = query.float().contiguous()
        assert q.shape[1] % self._heads == 0
        found = torch.empty_like(q)
        asked, out = q.numpy(), found.numpy()

        def attend(part: slice) -> None:
            _attend(
                asked, self._keys, self._values, self._stride, self._heads, self._size, scaling,
                reads.ids, reads.starts, reads.lengths, part.start, part.stop, out,
            )  # fmt: skip

        share(attend, len(q), reads.tokens * self._heads * self._width)
        return found.to(query.dtype)


def _numbers(x: torch.Tensor) -> NDArray[Any]:
    """All that lies between a tensor's first number and its last; bfloat16's as their bits."""
    size = sum((count - 1) * stride for count, stride in zip(x.shape, x.stride(), strict=True)) + 1
    flat = x.as_strided((size,), (1,))
    return (flat if x.dtype == torch.float32 else flat.view(torch.uint16)).numpy()


def _widened(number: Any) -> Any:
    """For kernels: a float32, or bfloat16's bits, which are a float32's upper half, as a float32."""
    raise NotImplementedError


@overload(_widened)
def _widen(number):  # type: ignore[no-untyped-def]
    if number == types.float32:
        return lambda number: number
    return lambda number: np.uint32(np.uint32(number) << np.uint32(16)).view(np.float32)


@compiled()
def _score(query, scaling, keys, tokens, scores):  # type: ignore[no-untyped-def]
    """Write the products of queries [group, width] and of so many tokens' keys, times `scaling`."""
    group, width = query.shape
    for t in range(tokens):
        key = keys[t * width : (t + 1) * width]
        for g in range(group):
            score = np.float32(0)
            for i in range(width):
                score += query[g, i] * _widened(key[i])
            scores[g, t] = score * scaling


@compiled()
def _weigh(scores, tokens, best, total, sums):  # type: ignore[no-untyped-def]
    """Turn scores [group, tokens] into weights against the best so far, and bring what was added up before to it."""
    for g in range(len(scores)):
        most, added = best[g], np.float32(0)
        for t in range(tokens):
            most = max(most, scores[g, t])
        for t in range(tokens):
            scores[g, t] = exp(scores[g, t] - most)
            added += scores[g, t]
        shrunk = exp(best[g] - most)
        best[g], total[g] = most, total[g] * shrunk + added
        for i in range(sums.shape[1]):
            sums[g, i] *= shrunk


@compiled()
def _add(weights, values, tokens, sums):  # type: ignore[no-untyped-def]
    """Add so many tokens' values to sums [group, width], each by its weight, four at once: sums are read once."""
    group, width = sums.shape
    for t in range(0, tokens - 3, 4):
        one, two = values[t * width : (t + 1) * width], values[(t + 1) * width : (t + 2) * width]
        three, four = values[(t + 2) * width : (t + 3) * width], values[(t + 3) * width : (t + 4) * width]
        for g in range(group):
            a, b, c, d = weights[g, t], weights[g, t + 1], weights[g, t + 2], weights[g, t + 3]
            for i in range(width):
                first = a * _widened(one[i]) + b * _widened(two[i])
                sums[g, i] += first + (c * _widened(three[i]) + d * _widened(four[i]))
    for t in range(tokens - tokens % 4, tokens):
        value = values[t * width : (t + 1) * width]
        for g in range(group):
            for i in range(width):
                sums[g, i] += weights[g, t] * _widened(value[i])


@compiled(*(_ATTEND.format(numbers=numbers) for numbers in _NUMBERS))
def _attend(query, keys, values, stride, key_heads, page_size, scaling, ids, starts, lengths, first, last, out):  # type: ignore[no-untyped-def]
    _, heads, width = query.shape
    group = heads // key_heads
    scores = np.empty((group, page_size), np.float32)
    best, total = np.empty(group, np.float32), np.empty(group, np.float32)
    for request in range(first, last):
        for head in range(key_heads):
            mine = slice(head * group, (head + 1) * group)
            q, sums = query[request, mine], out[request, mine]
            sums[:], best[:], total[:] = np.float32(0), _LEAST, np.float32(0)
            left = lengths[request]
            for place in range(starts[request], starts[request + 1]):
                begin = ids[place] * stride + head * page_size * width
                tokens = min(left, page_size)
                left -= tokens
                _score(q, scaling, keys[begin:], tokens, scores)
                _weigh(scores, tokens, best, total, sums)
                _add(scores, values[begin:], tokens, sums)
            for g in range(group):
                for i in range(width):
                    sums[g, i] /= total[g]


@compiled(*(_WRITE.format(numbers=numbers) for numbers in _NUMBERS))
def _write(new, pages, stride, key_heads, page_size, width, places):  # type: ignore[no-untyped-def]
    for token in range(len(places)):
        page, row = places[token] // page_size, places[token] % page_size
        for head in range(key_heads):
            begin = page * stride + (head * page_size + row) * width
            source = (token * key_heads + head) * width
            for i in range(width):
                pages[begin + i] = new[source + i]
