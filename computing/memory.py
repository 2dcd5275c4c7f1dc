"""How much memory there is and this process holds, and giving back what it no longer needs.

Knows: Linux, its control groups and its C library. Elsewhere little is known and nothing is given back. Knows nothing
of what is held.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from computing import cgroups

if TYPE_CHECKING:
    import torch

# What helps where there is too little, for the messages that say so.
ADVICE = "give the container more, or name a smaller model with PRECIS_MODEL"

_MADV_DONTNEED = 4
_PAGE = 4_096  # bytes; where pages are larger, an address within one is refused and nothing happens


def held() -> int:
    """Return the bytes that this process holds, what it shares with others in parts; 0 where that cannot be known."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(1_024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def limit(root: Path = Path("/")) -> int:
    """Return the bytes that this process and those in its container may hold together: the machine's, or fewer.

    `root` is where proc and sys lie.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(allowed for allowed, _ in _groups(root))])


def available(root: Path = Path("/")) -> int:
    """Return the bytes that are left of them. What the system keeps of files counts as left: it goes when needed."""
    said = dict(line.split(":", 1) for line in cgroups.read(root / "proc/meminfo").splitlines())
    machine = 1_024 * int(said["MemAvailable"].split()[0]) if "MemAvailable" in said else limit(root)
    return max(min([machine, *(allowed - used for allowed, used in _groups(root))]), 0)


def _groups(root: Path) -> Iterator[tuple[int, int]]:
    """What each control group with a limit allows, and what of it is used."""
    for group, version in cgroups.of("memory", root):
        allowed = cgroups.read(group / ("memory.max" if version == 2 else "memory.limit_in_bytes")).strip()
        used = cgroups.read(group / ("memory.current" if version == 2 else "memory.usage_in_bytes")).strip()
        if allowed.isdecimal() and used.isdecimal():  # not "max"; version 1 has a very large number for it
            about = dict(line.split() for line in cgroups.read(group / "memory.stat").splitlines())
            files = int(about.get("inactive_file" if version == 2 else "total_inactive_file", 0))
            yield int(allowed), int(used) - files


def trim() -> None:
    """Give back what nothing refers to any more, which the allocator would keep for later. Takes milliseconds."""
    gc.collect()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):  # glibc
        library.malloc_trim(ctypes.c_size_t(0))


def give_back(buffer: "torch.Tensor") -> None:
    """Give back a CPU tensor's memory, which is then of zeros, and what the allocator keeps for later."""
    forget(buffer)
    trim()


def forget(buffer: "torch.Tensor") -> None:
    """Let go of a CPU tensor's pages. Then it is of zeros; if it is mapped, its file is read again when asked for."""
    if sys.platform != "linux" or buffer.device.type != "cpu":
        return
    first = -(-buffer.data_ptr() // _PAGE) * _PAGE
    last = (buffer.data_ptr() + buffer.nbytes) // _PAGE * _PAGE
    ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_DONTNEED)
