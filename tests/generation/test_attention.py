from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from generation.attention import packed_attention, supports

HEADS, KEY_HEADS, WIDTH = 6, 2, 8


class WholeKeys:
    """Stands where the paged cache does and hands out all keys of all requests, packed."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, lengths: list[int]) -> None:
        self._packed = keys, values
        self._starts = torch.tensor([0, *torch.tensor(lengths).cumsum(0).tolist()])

    def update(self, kwargs: dict[str, Any], **_: Any) -> tuple[torch.Tensor, torch.Tensor]:
        kwargs["cu_seq_lens_k"] = self._starts
        return self._packed


@pytest.mark.parametrize(
    ("queries", "keys"),
    [([1, 1, 1], [5, 1, 300]), ([7], [7]), ([300], [300]), ([5, 1, 130], [9, 40, 400]), ([2, 0, 3], [2, 0, 3])],
    ids=["decoding", "prefill", "prefill in blocks", "prefill after a cached prefix", "an empty request"],
)
def test_each_request_attends_causally_to_its_own_keys(queries: list[int], keys: list[int]) -> None:
    torch.manual_seed(0)
    query = torch.randn(1, HEADS, sum(queries), WIDTH)
    key, value = torch.randn(2, 1, KEY_HEADS, sum(keys), WIDTH)
    module: Any = SimpleNamespace(layer_idx=0)
    starts = torch.tensor([0, *torch.tensor(queries).cumsum(0).tolist()])

    output, _ = packed_attention(module, query, key, value, None, WIDTH**-0.5, WholeKeys(key, value, keys), starts)

    first_query = first_key = 0
    for n, m in zip(queries, keys, strict=True):
        own_queries = query[:, :, first_query : first_query + n]
        own_keys, own_values = (
            x[:, :, first_key : first_key + m].repeat_interleave(HEADS // KEY_HEADS, 1) for x in (key, value)
        )
        mask = torch.ones(n, m, dtype=torch.bool).tril(m - n)
        expected = F.scaled_dot_product_attention(own_queries, own_keys, own_values, attn_mask=mask)
        torch.testing.assert_close(output[:, first_query : first_query + n], expected.transpose(1, 2))
        first_query, first_key = first_query + n, first_key + m


def test_models_with_sliding_windows_are_left_to_the_library() -> None:
    assert supports(SimpleNamespace(layer_types=["full_attention"] * 2))
    assert not supports(SimpleNamespace(layer_types=["full_attention", "sliding_attention"]))
    assert not supports(SimpleNamespace(attn_logit_softcapping=50.0))
