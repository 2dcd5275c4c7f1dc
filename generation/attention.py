"""Attention for continuous batching on CPUs: every request attends to its own keys and to no others.

transformers packs the requests of a step into one row. Its sdpa path then attends every query to the keys of
every request under a mask, batch-size times the needed work, and copies grouped keys once for each query head;
that was 65% of a step. Here the row is walked along the boundaries that come with it (`cu_seq_lens_q`,
`cu_seq_lens_k`), and the queries that share a key head are packed beside one another instead of repeating keys.
Requests that decode go to `paged_decoding.py` together; prompts are attended one by one.

Knows: the packed layout and the paged cache's rows. Knows nothing of schedules, sampling or text.
"""

import math
from collections.abc import MutableMapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.weak import WeakIdKeyDictionary

from generation.paged_decoding import Pages, Reads, plan

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
    module: Any,
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
    allocator = cache.layer_to_allocator[module.layer_idx]
    pages = _pages(cache, module.layer_idx)

    step = _steps.get(cu_seq_lens_q)
    if step is None:
        key_starts = kwargs["cu_seq_lens_k"][allocator.layer_type]
        read_index = kwargs["read_index"][allocator.index]
        written = kwargs["write_index"][allocator.index].long().numpy()
        step = _steps[cu_seq_lens_q] = _plan(cu_seq_lens_q, key_starts, read_index, written, pages.key.shape[2])
    pages.write(key[0].transpose(0, 1), value[0].transpose(0, 1), step.written)

    queries = query[0].transpose(0, 1)
    if step.reads and not step.prompts:
        return pages.attend(queries, step.reads, scaling)[None], None
    output = torch.empty_like(queries, memory_format=torch.contiguous_format)
    if step.reads:
        decoding = queries.index_select(0, step.decoding)
        output.index_copy_(0, step.decoding, pages.attend(decoding, step.reads, scaling))
    for own, past in step.prompts:
        if past is None:  # nothing of it was cached before this step
            k, v = key[0, :, own], value[0, :, own]
        else:
            ids, length = past
            k, v = (x.index_select(0, ids).transpose(0, 1).flatten(1, 2)[:, :length] for x in (pages.key, pages.value))
        _causal(query[0, :, own], k, v, scaling, output[own])
    return output[None], None


def _pages(cache: Any, layer: int) -> Pages:
    """A layer's pages, which are the same ones as long as there is a cache.

    The library's are [pages, page size, key heads, width]; ours [pages, key heads, page size, width]. Nobody else reads
    what is in a page, so it is ours how it lies there.
    """
    layers = _layers.setdefault(cache, {})
    if layer not in layers:
        found = cache.layer_to_allocator[layer].get_cache_for_block_table(layer)
        layers[layer] = Pages(*(x.view(x.shape[0], x.shape[2], x.shape[1], x.shape[3]) for x in found))
    return layers[layer]


_layers: MutableMapping[Any, dict[int, Pages]] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Step:
    """What one step's layers do alike: which rows decode, which are prompts, and where their keys lie."""

    decoding: torch.Tensor  # [decoding requests], their rows in the packed queries
    reads: Reads | None
    prompts: list[tuple[slice, tuple[torch.Tensor, int] | None]]  # rows of the packed queries, pages and tokens in them
    written: NDArray[np.int64]  # where the step's own keys go


# The library makes the tensor of boundaries anew for every step, and hands the same one to every layer.
_steps: MutableMapping[torch.Tensor, _Step] = WeakIdKeyDictionary()


def _plan(
    query_starts: torch.Tensor,
    key_starts: torch.Tensor,
    read_index: torch.Tensor,
    written: NDArray[np.int64],
    page_size: int,
) -> _Step:
    """Split a step along its boundaries; an empty `read_index` says that no request has a past."""
    decoding, pages, lengths, prompts = [], [], [], []
    bounds = zip(pairwise(query_starts.tolist()), pairwise(key_starts.tolist()), strict=True)
    for (first, last), (first_key, last_key) in bounds:
        length, keys = last - first, last_key - first_key
        ids = read_index[first_key:last_key:page_size] // page_size if keys > length else None
        if length == 1 and ids is not None:
            decoding.append(first)
            pages.append(ids.tolist())
            lengths.append(keys)
        elif length:
            prompts.append((slice(first, last), None if ids is None else (ids, keys)))
    planned = plan(pages, lengths) if pages else None
    return _Step(torch.tensor(decoding), planned, prompts, written)


def _causal(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float, out: torch.Tensor) -> None:
    """Attend the last tokens of one request causally to all of its keys.

    q [heads, n, width]; k, v [key heads, keys, width], keys >= n; writes out [n, heads, width]. torch's fused CPU
    kernel is the faster way in float32. In bfloat16 on CPUs that multiply it, which are those that are given it, it
    took 1.5 to 2.6 times as long (`python -m benchmarks.kernels`).
    """
    if q.dtype == torch.float32:
        _causal_by_even_blocks(q, k, v, scaling, out)
    else:
        _causal_by_blocks(q, k, v, scaling, out)


def _causal_by_even_blocks(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float, out: torch.Tensor
) -> None:
    """The same by torch's kernel, in blocks that begin at the same tokens however a prompt is parted.

    The kernel rounds by the sizes that it is given; where a prompt's parts end depends on what else is in the batch,
    and on what of it was cached.
    """
    n, keys = q.shape[1], k.shape[1]
    past = keys - n
    begin, end = past // _BLOCK * _BLOCK, math.ceil(keys / _BLOCK) * _BLOCK
    q = torch.nn.functional.pad(q, (0, 0, past - begin, end - keys))
    k, v = (torch.nn.functional.pad(x, (0, 0, 0, end - keys)) for x in (k, v))
    for first in range(begin, end, _BLOCK):
        last = first + _BLOCK
        attended = torch.nn.functional.scaled_dot_product_attention(
            q[None, :, first - begin : last - begin],
            k[None, :, :last],
            v[None, :, :last],
            torch.ones(_BLOCK, last, dtype=torch.bool).tril_(first),
            scale=scaling,
            enable_gqa=True,
        )
        rows = slice(max(first, past), min(last, keys))
        out[rows.start - past : rows.stop - past] = attended[0, :, rows.start - first : rows.stop - first].transpose(
            0, 1
        )


def _causal_by_blocks(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scaling: float, out: torch.Tensor) -> None:
    """The same by matrix products, block by block."""
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
