from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from generation import attention
from generation.attention import packed_attention, supports

HEADS, KEY_HEADS, WIDTH, PAGE = 6, 2, 8, 4
NONE = torch.tensor([], dtype=torch.int64)


class PagedCache:
    """Stands where the library's cache does: what each request had before the step lies in pages of no order."""

    index, layer_type = 0, "full_attention"

    def __init__(self, queries: list[int], keys: list[int], scattered: bool) -> None:
        pages = sum(-(-length // PAGE) for length in keys)
        # What lies in a page's unused end must not matter; between two pages of a layer lies one of another's.
        self._pages = torch.randn(2, 4 * pages, PAGE, KEY_HEADS, WIDTH)
        self.layer_to_allocator = [self]
        some = torch.randperm(2 * pages)[:pages] if scattered else torch.randperm(pages)
        free = (2 * some).tolist()
        rows = [
            torch.cat([torch.arange(PAGE) + PAGE * free.pop() for _ in range(0, n, PAGE)] or [NONE])[:n] for n in keys
        ]
        self.rows = rows
        has_past = any(n > m for n, m in zip(keys, queries, strict=True))
        self.step = {
            "cu_seq_lens_k": {self.layer_type: starts(keys)},
            "read_index": [torch.cat(rows) if has_past else NONE],
            "write_index": [torch.cat([r[len(r) - m :] for r, m in zip(rows, queries, strict=True)])],
        }

    def get_cache_for_block_table(self, layer: int) -> torch.Tensor:
        return self._pages

    def own(self, request: int) -> torch.Tensor:
        """The keys and values of one request, [2, key heads, tokens, width]."""
        tokens = self._pages.view(2, -1, KEY_HEADS, PAGE, WIDTH).transpose(2, 3)  # within a page heads come first
        return tokens.flatten(1, 2)[:, self.rows[request]].transpose(1, 2)


def starts(lengths: list[int]) -> torch.Tensor:
    return torch.tensor([0, *torch.tensor(lengths).cumsum(0).tolist()])


@pytest.mark.parametrize("scattered", [False, True], ids=["side by side", "scattered"])
@pytest.mark.parametrize(
    ("queries", "keys"),
    [
        ([1, 1, 1], [5, 2, 300]),
        ([7], [7]),
        ([300], [300]),
        ([5, 1, 130], [9, 40, 400]),
        ([2, 1, 3], [2, 1, 3]),
        ([2, 0, 3], [2, 0, 3]),
        ([1] * 40, list(range(2, 42))),
    ],
    ids=[
        "decoding",
        "prefill",
        "prefill in blocks",
        "prefill after a cached prefix",
        "a prompt of one token",
        "an empty request",
        "more pages than are copied at once",
    ],
)
def test_each_request_attends_causally_to_its_own_keys(queries: list[int], keys: list[int], scattered: bool) -> None:
    torch.manual_seed(0)
    cache = PagedCache(queries, keys, scattered)
    query = torch.randn(1, HEADS, sum(queries), WIDTH)
    key, value = torch.randn(2, 1, KEY_HEADS, sum(queries), WIDTH)
    module: Any = SimpleNamespace(layer_idx=0)

    output, _ = packed_attention(module, query, key, value, None, WIDTH**-0.5, cache, starts(queries), **cache.step)

    first = 0
    for request, (n, m) in enumerate(zip(queries, keys, strict=True)):
        new_keys, new_values = key[0, :, first : first + n], value[0, :, first : first + n]
        own_keys, own_values = cache.own(request)
        torch.testing.assert_close(own_keys[:, m - n :], new_keys)
        torch.testing.assert_close(own_values[:, m - n :], new_values)
        own_keys, own_values = (x.repeat_interleave(HEADS // KEY_HEADS, 0) for x in (own_keys, own_values))
        mask = torch.ones(n, m, dtype=torch.bool).tril(m - n)
        expected = F.scaled_dot_product_attention(query[0, :, first : first + n], own_keys, own_values, attn_mask=mask)
        torch.testing.assert_close(output[0, first : first + n], expected.transpose(0, 1))
        first += n


@pytest.mark.parametrize("ends", [[64], [100], [256], [90, 91, 300]])
def test_a_prompt_comes_out_the_same_to_the_last_bit_however_it_is_parted(ends: list[int]) -> None:
    """Elsewhere a text would depend on the other requests in its batch, and on what of its prompt is cached."""
    torch.manual_seed(0)
    count, width = 400, 64
    query = torch.randn(HEADS, count, width)
    key, value = torch.randn(2, KEY_HEADS, count, width)

    def attended(ends: list[int]) -> torch.Tensor:
        out = torch.empty(count, HEADS, width)
        for start, end in pairwise([0, *ends, count]):
            attention._causal(query[:, start:end], key[:, :end], value[:, :end], 0.125, out[start:end])
        return out

    assert torch.equal(attended(ends), attended([]))


def test_models_with_sliding_windows_are_left_to_the_library() -> None:
    assert supports(SimpleNamespace(layer_types=["full_attention"] * 2))
    assert not supports(SimpleNamespace(layer_types=["full_attention", "sliding_attention"]))
    assert not supports(SimpleNamespace(attn_logit_softcapping=50.0))
