"""One decoding step's attention on CPUs: many requests, one query each, keys and values in pages of the cache.

The pages of all requests are batches of small matrix products, whatever the requests' lengths: no padding to the
longest, no call per request. Pages that lie beside one another in the cache are multiplied where they lie, whoever they
belong to; the others are copied first. Each page's part of a request's answer is weighed against the request's best
score, so that the parts add up (the split-keys form of flash attention,
https://crfm.stanford.edu/2023/10/12/flashdecoding.html).

Knows pages of keys and values. Knows nothing of models, layers, prompts or how pages are handed out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch

_RUN = 4  # pages beside one another are worth a call of their own from so many on
_PART = 16  # pages that lie alone are copied so many at a time: they stay in the processor's cache


@dataclass(frozen=True)
class Part:
    """Pages that are computed in one call."""

    pages: torch.Tensor  # [n], their numbers in the step
    owner: torch.Tensor  # [n], which request of the step reads it
    where: slice | torch.Tensor  # in the cache


@dataclass(frozen=True)
class Pages:
    """The pages that a step's requests read, request after request."""

    owner: torch.Tensor  # [pages], which request of the step reads it
    unused: torch.Tensor  # [pages, 1, 1, page size], -inf where a page holds nothing of its request, else 0
    parts: list[Part]


def plan(ids: list[list[int]], lengths: list[int], page_size: int) -> Pages:
    """Lay out a step whose requests have these pages of the cache, in order, and so many tokens in them."""
    counts = torch.tensor([len(pages) for pages in ids])
    unused = torch.zeros(int(counts.sum()), 1, 1, page_size)
    for last, length in zip((counts.cumsum(0) - 1).tolist(), lengths, strict=True):
        unused[last, :, :, (length - 1) % page_size + 1 :] = float("-inf")
    owner = torch.repeat_interleave(torch.arange(len(ids)), counts)
    return Pages(owner, unused, list(_parts([page for pages in ids for page in pages], owner)))


def _parts(ids: list[int], owner: torch.Tensor) -> Iterator[Part]:
    """Runs of pages that lie beside one another in the cache, whoever reads them, and then those that lie alone."""
    alone: list[int] = []
    for run in _runs(ids):
        if len(run) < _RUN:
            alone += run
        else:
            pages = torch.tensor(run)
            yield Part(pages, owner[pages], slice(ids[run[0]], ids[run[-1]] + 1, ids[run[1]] - ids[run[0]]))
    for first in range(0, len(alone), _PART):
        some = alone[first : first + _PART]
        pages = torch.tensor(some)
        yield Part(pages, owner[pages], torch.tensor([ids[number] for number in some]))


def _runs(ids: list[int]) -> list[list[int]]:
    """The places in `ids`, put together where one id follows another; an id that is there again begins another run.

    A layer's pages are not beside one another: those of the other layers lie between. So the next one is at the
    smallest distance that there is.
    """
    apart = min((after - before for before, after in pairwise(sorted(set(ids)))), default=1)
    seen: Counter[int] = Counter()
    rounds = []
    for page in ids:
        rounds.append((seen[page], page))
        seen[page] += 1
    runs: list[list[int]] = []
    for number in sorted(range(len(ids)), key=rounds.__getitem__):
        if not runs or ids[number] != ids[runs[-1][-1]] + apart:
            runs.append([])
        runs[-1].append(number)
    return runs


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, pages: Pages, scaling: float) -> torch.Tensor:
    """Attend each request's query to its pages.

    query [requests, heads, width]; key, value [all pages, key heads, page size, width]: heads before tokens, so that
    each (page, key head) is one matrix, and the queries that share it are its rows. Returns query's shape.
    """
    requests, heads, width = query.shape
    _, key_heads, page_size, _ = key.shape
    count, group = len(pages.owner), heads // key_heads
    assert heads == group * key_heads

    q = (query * scaling).view(requests, key_heads, group, width)
    scores = torch.empty(count, key_heads, group, page_size)
    for part in pages.parts:
        asked = q.index_select(0, part.owner)
        scores[part.pages] = _product(asked, key[part.where].transpose(2, 3)).float()
    scores += pages.unused

    owner = pages.owner[:, None].expand(count, heads)
    best = torch.full((requests, heads), float("-inf"))
    best = best.scatter_reduce(0, owner, scores.amax(-1).view(count, heads), "amax")
    weights = scores.sub_(best.index_select(0, pages.owner).view(*scores.shape[:3], 1)).exp_()
    total = torch.zeros_like(best).index_add_(0, pages.owner, weights.sum(-1).view(count, heads))

    weights = weights.to(value.dtype)
    attended = torch.empty(count, heads * width)
    for part in pages.parts:
        found = _product(weights.index_select(0, part.pages), value[part.where])
        attended[part.pages] = found.view(-1, heads * width).float()
    # Added up in each request's own order, so that a request's result does not depend on where its pages lie.
    sums = torch.zeros(requests, heads * width).index_add_(0, pages.owner, attended)
    return (sums.view(requests, heads, width) / total[..., None]).to(query.dtype)


def _product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The products of matrices [pages, key heads, ·, ·], where right's pages may lie apart from one another.

    A batch of matrices may lie at any distance, but at one: so it is a batch a head.
    """
    return torch.stack([torch.bmm(left[:, head], right[:, head]) for head in range(left.shape[1])], 1)
