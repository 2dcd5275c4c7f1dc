"""Attention for continuous batching on CPUs: every request attends to its own keys and to no others.

transformers packs the requests of a step into one row. Its sdpa path then attends every query to the keys of
every request under a mask, batch-size times the needed work, and copies grouped keys once for each query head;
that was 65% of a step. Here the row is walked along the boundaries that come with it (`cu_seq_lens_q`,
`cu_seq_lens_k`), and the queries that share a key head are packed beside one another instead of repeating keys.

Knows: the packed layout and the paged cache's `update`. Knows nothing of schedules, sampling or text.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

NAME = "precis_cpu"  # transformers builds no mask for an attention that it does not know by name
_BLOCK = 128  # queries attended at once: causal work is skipped block by block, and the scores stay in cache


def register() -> str:
    """Make this attention known to transformers; returns the name to set on a model."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, packed_attention)
    return NAME


def supports(config: Any) -> bool:
    """Whether every layer of this model is plain full attention, which is all that is implemented here."""
    layer_types = getattr(config, "layer_types", None) or ["full_attention"]
    plain = getattr(config, "attn_logit_softcapping", None) is None
    return plain and all(kind == "full_attention" for kind in layer_types)


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,  # [1, heads, all queries, width]
    key: torch.Tensor,  # [1, key heads, all queries, width]
    value: torch.Tensor,  # [1, key heads, all queries, width]
    attention_mask: torch.Tensor | None,
    scaling: float,
    cache: Any,
    cu_seq_lens_q: torch.Tensor,  # [requests + 1], where each request's queries begin
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attend each packed request to its own cached keys. Returns [1, all queries, heads, width] and no weights."""
    assert attention_mask is None and query.shape[0] == 1
    key, value = cache.update(key_states=key, value_states=value, layer_idx=module.layer_idx, kwargs=kwargs)
    query_starts = cu_seq_lens_q.tolist()
    key_starts = kwargs["cu_seq_lens_k"].tolist()  # set by the cache for this layer

    _, heads, queries, width = query.shape
    key_heads = key.shape[1]
    output = query.new_empty(queries, heads, width)
    for i in range(len(query_starts) - 1):
        first, last = query_starts[i], query_starts[i + 1]
        if first == last:
            continue
        own = slice(key_starts[i], key_starts[i + 1])
        q, k, v = query[0, :, first:last], key[0, :, own], value[0, :, own]
        if last - first == 1:
            grouped = q.reshape(1, key_heads, heads // key_heads, width)
            attended = F.scaled_dot_product_attention(grouped, k[None], v[None], scale=scaling)
            output[first] = attended.reshape(heads, width)
        else:
            _causal(q, k, v, scaling, output[first:last])
    return output[None], None


def _causal(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float, out: torch.Tensor) -> None:
    """Attend the last tokens of one request causally to all of its keys, block by block.

    q [heads, n, width]; k, v [key heads, keys, width], keys >= n; writes out [n, heads, width].
    torch's fused CPU kernel took 1.6 to 2.5 times as long in bfloat16 (`python -m benchmarks.kernels`).
    """
    heads, n, width = q.shape
    key_heads, keys, _ = k.shape
    group = heads // key_heads
    assert heads == group * key_heads and keys >= n
    past = keys - n
    q = (q * scaling).view(key_heads, group, n, width)
    k_transposed, v = k.transpose(1, 2).contiguous(), v.contiguous()
    future = torch.ones(_BLOCK, _BLOCK, dtype=torch.bool).triu_(1)
    for begin in range(0, n, _BLOCK):
        end = min(begin + _BLOCK, n)
        size, seen = end - begin, past + end
        packed = q[:, :, begin:end].reshape(key_heads, group * size, width)
        scores = torch.bmm(packed, k_transposed[:, :, :seen]).view(key_heads, group, size, seen)
        scores[..., seen - size :].masked_fill_(future[:size, :size], float("-inf"))
        weights = scores.softmax(-1)  # computed in float32 within, whatever it gets and gives
        attended = torch.bmm(weights.view(key_heads, group * size, seen), v[:, :seen])
        out[begin:end] = attended.view(heads, size, width).transpose(0, 1)
