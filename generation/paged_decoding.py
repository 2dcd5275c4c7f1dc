"""One decoding step's attention on CPUs: many requests, one query each, keys and values in pages of the cache.

The pages of all requests are one batch of small matrix products, whatever the requests' lengths: no padding to the
longest, no call per request. Each page's part of a request's answer is weighed against the request's best score, so
that the parts add up (the split-keys form of flash attention, https://crfm.stanford.edu/2023/10/12/flashdecoding.html).

Knows pages of keys and values. Knows nothing of models, layers, prompts or how pages are handed out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

_PART = 64  # pages that are copied at once


@dataclass(frozen=True)
class Pages:
    """The pages that a step's requests read, request after request."""

    ids: torch.Tensor  # [pages], rows of the cache's page view
    owner: torch.Tensor  # [pages], which request of the step reads it
    unused: torch.Tensor  # [pages, 1, 1, page size], -inf where a page holds nothing of its request, else 0


def plan(read_index: list[torch.Tensor], page_size: int) -> Pages:
    """Turn each request's physical token rows (page-aligned runs, in order) into its pages."""
    lengths = [len(rows) for rows in read_index]
    ids = [rows[::page_size] // page_size for rows in read_index]
    counts = torch.tensor([len(pages) for pages in ids])
    unused = torch.zeros(int(counts.sum()), 1, 1, page_size)
    for last, length in zip((counts.cumsum(0) - 1).tolist(), lengths, strict=True):
        unused[last, :, :, (length - 1) % page_size + 1 :] = float("-inf")
    owner = torch.repeat_interleave(torch.arange(len(ids)), counts)
    return Pages(torch.cat(ids), owner, unused)


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, pages: Pages, scaling: float) -> torch.Tensor:
    """Attend each request's query to its pages.

    query [requests, heads, width]; key, value [all pages, page size, key heads, width]; returns query's shape.
    """
    requests, heads, width = query.shape
    key_heads = key.shape[2]
    count = len(pages.ids)
    assert heads % key_heads == 0

    q = (query * scaling).index_select(0, pages.owner).view(count, key_heads, heads // key_heads, width)
    scores = torch.empty(count, key_heads, heads // key_heads, key.shape[1])
    for part, keys in _in_parts(key, pages.ids):
        scores[part] = torch.bmm(q[part].flatten(0, 1), keys.flatten(0, 1).transpose(1, 2)).view(scores[part].shape)
    scores += pages.unused

    owner = pages.owner[:, None].expand(count, heads)
    best = torch.full((requests, heads), float("-inf"))
    best = best.scatter_reduce(0, owner, scores.amax(-1).view(count, heads), "amax")
    weights = scores.sub_(best.index_select(0, pages.owner).view(*scores.shape[:3], 1)).exp_()
    total = torch.zeros_like(best).index_add_(0, pages.owner, weights.sum(-1).view(count, heads))

    weights = weights.to(value.dtype)
    sums = torch.zeros(requests, heads * width)
    for part, values in _in_parts(value, pages.ids):
        parts = torch.bmm(weights[part].flatten(0, 1), values.flatten(0, 1)).float()
        sums.index_add_(0, pages.owner[part], parts.view(-1, heads * width))
    return (sums.view(requests, heads, width) / total[..., None]).to(query.dtype)


def _in_parts(cached: torch.Tensor, ids: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor]]:
    """Copy pages out of the cache, so many at a time that the copy stays in the processor's cache.

    Yields which of `ids`, and [pages, key heads, page size, width]: heads before tokens, so that each (page, key head)
    is one matrix and the queries that share it are its rows. The next part overwrites the tensor.
    """
    gathered = cached.new_empty(min(_PART, len(ids)), *cached.shape[1:])
    turned = torch.empty_like(gathered.transpose(1, 2), memory_format=torch.contiguous_format)
    for first in range(0, len(ids), _PART):
        part = slice(first, first + _PART)
        count = len(ids[part])
        torch.index_select(cached, 0, ids[part], out=gathered[:count])
        yield part, turned[:count].copy_(gathered[:count].transpose(1, 2))
