"""The CPU kernels of ours beside torch's own, on the shapes of SmolLM2-135M, one thread.

    python -m benchmarks.kernels

Prompt attention of `generation/attention.py` and decoding attention of `generation/paged_decoding.py` beside
scaled_dot_product_attention, `computing/packed_linear.py` beside nn.Linear, and `computing/int8_linear.py` beside the
packed layers, on the shapes of a model of 1.5B, too. The two take turns; the ratio is that of the medians, above 1
where ours is faster.
"""

import itertools
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from benchmarks import machine
from computing import int8_linear
from computing.int8_linear import Int8Linear
from computing.packed_linear import PackedLinear
from generation import paged_decoding
from generation.attention import _causal_by_blocks

HEADS, KEY_HEADS, WIDTH, HIDDEN, INNER = 9, 3, 64, 576, 1536
LAYERS, PAGE = 30, 64
SHAPES_IN_8_BITS = ((HIDDEN, INNER), (1_536, 8_960), (8_960, 1_536))  # numbers in and out
ROUNDS = 60


@torch.inference_mode()
def main() -> None:
    os.environ["PRECIS_THREADS"] = "1"
    torch.set_num_threads(1)
    print(f"# {machine.describe()}; medians of {ROUNDS} rounds")
    print("| kernel | size | dtype | torch us | ours us | ratio |")
    print("|---|---|---|---|---|---|")
    for dtype in (torch.bfloat16, torch.float32):
        for tokens in (100, 330, 600):
            report("prompt attention", f"{tokens} tokens", dtype, *attention(tokens, dtype))
        for requests in (4, 16, 32):
            report("decoding attention", f"{requests} requests", dtype, *decoding(requests, dtype))
        for rows in (1, 16, 32, 1024):
            report("linear", f"{rows} rows", dtype, *linear(rows, dtype))
    if int8_linear.is_possible():
        for shape in SHAPES_IN_8_BITS:
            for rows in (1, 16, 32, 1024):
                report(f"int8 {shape[0]} x {shape[1]}", f"{rows} rows", torch.float32, *in_8_bits(shape, rows))


def attention(tokens: int, dtype: torch.dtype) -> tuple[float, float]:
    """Microseconds of torch's fused causal attention and of ours, on one prompt."""
    q = torch.randn(HEADS, tokens, WIDTH, dtype=dtype)
    k, v = torch.randn(2, KEY_HEADS, tokens, WIDTH, dtype=dtype)
    out = torch.empty(tokens, HEADS, WIDTH, dtype=dtype)
    return in_turns(
        lambda: F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True, enable_gqa=True),
        lambda: _causal_by_blocks(q, k, v, WIDTH**-0.5, out),
    )


def decoding(requests: int, dtype: torch.dtype) -> tuple[float, float]:
    """Microseconds of one layer's step over requests of 80 to 680 tokens, reading the cache's pages included.

    Theirs gathers the tokens of all requests and calls torch's fused attention once for each.
    """
    lengths = [random.Random(i).randint(80, 680) for i in range(requests)]
    count = sum(-(-length // PAGE) for length in lengths)
    keys, values = torch.randn(2, LAYERS * (count + 1), PAGE, KEY_HEADS, WIDTH, dtype=dtype)
    free = (LAYERS * torch.randperm(count)).tolist()  # between two pages of a layer lie those of the others
    rows = [torch.cat([torch.arange(PAGE) + PAGE * free.pop() for _ in range(0, n, PAGE)])[:n] for n in lengths]
    packed, starts = torch.cat(rows), [0, *itertools.accumulate(lengths)]
    q = torch.randn(requests, HEADS, WIDTH, dtype=dtype)
    ids = [(own[::PAGE] // PAGE).tolist() for own in rows]
    reads = paged_decoding.plan(ids, lengths)
    layers = itertools.cycle(range(LAYERS))  # another part of the cache each time, as in a model

    def layer() -> tuple[torch.Tensor, torch.Tensor]:
        own = slice(first := next(layers), first + LAYERS * count)
        return keys[own], values[own]

    def theirs() -> list[torch.Tensor]:
        k, v = (x.flatten(0, 1).index_select(0, packed).transpose(0, 1)[None] for x in layer())
        grouped = q.view(requests, 1, KEY_HEADS, HEADS // KEY_HEADS, WIDTH)
        return [
            F.scaled_dot_product_attention(grouped[i], k[:, :, first:last], v[:, :, first:last])
            for i, (first, last) in enumerate(itertools.pairwise(starts))
        ]

    kept = [paged_decoding.Pages(*(x.view(-1, KEY_HEADS, PAGE, WIDTH) for x in layer())) for _ in range(LAYERS)]
    ours_next = itertools.cycle(kept)

    def ours() -> torch.Tensor:
        return next(ours_next).attend(q, reads, WIDTH**-0.5)

    return in_turns(theirs, ours)


def linear(rows: int, dtype: torch.dtype) -> tuple[float, float]:
    """Microseconds of a linear layer as stored and packed; as many layers as a model has, so that none stays cached."""
    layers = [torch.nn.Linear(HIDDEN, INNER, bias=False, dtype=dtype) for _ in range(LAYERS)]
    packed = [PackedLinear(layer) for layer in layers]
    x = torch.randn(rows, HIDDEN, dtype=dtype)
    plain_time, packed_time = in_turns(lambda: run_all(layers, x), lambda: run_all(packed, x))
    return plain_time / len(layers), packed_time / len(layers)


def in_8_bits(shape: tuple[int, int], rows: int) -> tuple[float, float]:
    """Microseconds of a packed linear layer and of one in int8; more weights than stay cached."""
    layers = [torch.nn.Linear(*shape, bias=False) for _ in range(max(2**27 // (4 * shape[0] * shape[1]), 1))]
    packed = [PackedLinear(layer) for layer in layers]
    ours = [Int8Linear(int8_linear.quantize(layer.weight.detach()), None) for layer in layers]
    x = torch.randn(rows, shape[0])
    packed_time, our_time = in_turns(lambda: run_all(packed, x), lambda: run_all(ours, x))
    return packed_time / len(layers), our_time / len(layers)


def run_all(layers: Sequence[torch.nn.Module], x: torch.Tensor) -> None:
    for layer in layers:
        layer(x)  # the result is dropped at once, as a model does: keeping them all would time the allocator


def in_turns(theirs: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float]:
    """The median microseconds of each."""
    times = [(seconds(theirs), seconds(ours)) for _ in range(ROUNDS)]
    first, second = (statistics.median(column) * 1e6 for column in zip(*times[5:], strict=True))
    return first, second


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(kernel: str, size: str, dtype: torch.dtype, theirs: float, ours: float) -> None:
    name = str(dtype).removeprefix("torch.")
    print(f"| {kernel} | {size} | {name} | {theirs:.0f} | {ours:.0f} | {theirs / ours:.2f} |")


if __name__ == "__main__":
    main()
