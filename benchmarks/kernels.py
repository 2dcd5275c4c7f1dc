"""The two CPU kernels of ours beside torch's own, on the embedded model's shapes, one thread.

    python -m benchmarks.kernels

Prompt attention of `generation/attention.py` beside scaled_dot_product_attention, and `generation/packed_linear.py`
beside nn.Linear. The two take turns; the ratio is that of the medians, above 1 where ours is faster.
"""

import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from benchmarks import machine
from generation.attention import _causal
from generation.packed_linear import PackedLinear

HEADS, KEY_HEADS, WIDTH, HIDDEN, INNER = 9, 3, 64, 576, 1536
ROUNDS = 60


@torch.inference_mode()
def main() -> None:
    torch.set_num_threads(1)
    print(f"# {machine.describe()}; medians of {ROUNDS} rounds")
    print("| kernel | size | dtype | torch us | ours us | ratio |")
    print("|---|---|---|---|---|---|")
    for dtype in (torch.bfloat16, torch.float32):
        for tokens in (100, 330, 600):
            report("prompt attention", f"{tokens} tokens", dtype, *attention(tokens, dtype))
        for rows in (1, 16, 32, 1024):
            report("linear", f"{rows} rows", dtype, *linear(rows, dtype))


def attention(tokens: int, dtype: torch.dtype) -> tuple[float, float]:
    """Microseconds of torch's fused causal attention and of ours, on one prompt."""
    q = torch.randn(HEADS, tokens, WIDTH, dtype=dtype)
    k, v = torch.randn(2, KEY_HEADS, tokens, WIDTH, dtype=dtype)
    out = torch.empty(tokens, HEADS, WIDTH, dtype=dtype)
    return in_turns(
        lambda: F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True, enable_gqa=True),
        lambda: _causal(q, k, v, WIDTH**-0.5, out),
    )


def linear(rows: int, dtype: torch.dtype) -> tuple[float, float]:
    """Microseconds of a linear layer as stored and packed; as many layers as a model has, so that none stays cached."""
    layers = [torch.nn.Linear(HIDDEN, INNER, bias=False, dtype=dtype) for _ in range(30)]
    packed = [PackedLinear(layer) for layer in layers]
    x = torch.randn(rows, HIDDEN, dtype=dtype)
    plain_time, packed_time = in_turns(lambda: [layer(x) for layer in layers], lambda: [layer(x) for layer in packed])
    return plain_time / len(layers), packed_time / len(layers)


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
