"""How much memory this process holds, and giving back what it no longer needs.

Knows: Linux, and its C library. Elsewhere nothing is known and nothing is given back. Knows nothing of what is held.
"""

import ctypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_MADV_DONTNEED = 4
_PAGE = 4_096  # bytes; where pages are larger, an address within one is refused and nothing happens


def held() -> int:
    """Return the bytes that this process holds, what it shares with others in parts; 0 where that cannot be known."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(1_024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def give_back(buffer: "torch.Tensor") -> None:
    """Give back a CPU tensor's memory, which is then of zeros, and what the allocator keeps for later."""
    if sys.platform != "linux" or buffer.device.type != "cpu":
        return
    library = ctypes.CDLL(None)
    first = -(-buffer.data_ptr() // _PAGE) * _PAGE
    last = (buffer.data_ptr() + buffer.nbytes) // _PAGE * _PAGE
    library.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_DONTNEED)
    if hasattr(library, "malloc_trim"):  # glibc
        library.malloc_trim(ctypes.c_size_t(0))
