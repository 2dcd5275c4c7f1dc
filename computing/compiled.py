"""How kernels of our own are compiled for this CPU, and what they share.

numba compiles them when their module is imported for the first time, and keeps them beside it, or where the user's
caches are. They hold no lock of Python's, and torch's threads have no part in them: work of some size is shared out
among as many threads of Python's.

Knows numba. Knows nothing of what is computed.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numba import njit

from computing import cores

# Sums may be taken in another order than is written; it is the same one for a row, whatever rows stand beside it.
_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}
_ALONE = 1 << 17  # numbers that one thread has handled sooner than others are told

Kernel = Callable[..., Any]


def compiled(*arguments: str) -> Callable[[Kernel], Kernel]:
    """Compile a kernel for these lists of types; without any, for what kernels that call it give it."""
    signature = [f"void({types})" for types in arguments] or None

    def compile_(kernel: Kernel) -> Kernel:
        try:
            found: Kernel = njit(signature, cache=True, **_OPTIONS)(kernel)
        except RuntimeError:  # there is no folder to keep it in
            found = njit(signature, **_OPTIONS)(kernel)
        return found

    return compile_


@njit(inline="always")
def exp(x: Any) -> Any:
    """Return e to the power of x, to float32's precision, without a call, so that loops of it are vectorized.

    Cephes' polynomial (Moshier, 1992), beside a power of two that is written into the float's bits.
    """
    x = min(max(x, np.float32(-87)), np.float32(88))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)


def share(work: Callable[[slice], None], count: int, size: int, parts: int | None = None) -> None:
    """Do `work` on parts of `count` things, `size` numbers in all, each part in a thread where that is worth it.

    There are as many parts as torch has threads, or `parts`.
    """
    parts = min(parts or torch.get_num_threads(), size // _ALONE, count)
    if parts <= 1:
        work(slice(0, count))
        return
    bounds = [count * number // parts for number in range(parts + 1)]
    for done in [_pool().submit(work, slice(*both)) for both in pairwise(bounds)]:
        done.result()


@cache
def all_threads() -> int:
    """PRECIS_THREADS, or as many as there are cores: what waits without spinning leaves a core to whoever has it."""
    return cores.asked("PRECIS_THREADS") or cores.count()


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads of this process, started as they are needed."""
    return ThreadPoolExecutor(max(torch.get_num_threads(), all_threads()))


os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has the pool, and none of its threads
