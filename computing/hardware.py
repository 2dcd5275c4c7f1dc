"""Which device to compute on, and in which number format.

Knows: what torch says about the hardware, and PRECIS_DTYPE. Knows nothing about models.
"""

import ctypes
import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from errors import UserError

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")


def device() -> str:
    """`cuda` where there is a GPU that torch was built for, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Card:
    """A CUDA card, as torch sees it."""

    name: str
    free: int  # bytes
    total: int
    capability: tuple[int, int]
    dtype: str  # that `dtype` chooses on it


def has_driver() -> bool:
    """Whether there is a driver of CUDA's: without one torch need not be imported to know that it has no card."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def card() -> Card | None:
    """The card that models are loaded onto, None where torch has none.

    Asking takes some of its memory for as long as the process lives: ask in one that ends.
    """
    import torch

    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    name, capability = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
    return Card(name, free, total, capability, str(dtype("cuda")).removeprefix("torch."))


def dtype(device: str) -> "torch.dtype":
    """The fastest format that `device` computes in by itself; PRECIS_DTYPE overrides. Raises UserError E1009."""
    import torch

    asked = os.environ.get("PRECIS_DTYPE", "")
    if asked and asked not in DTYPES:
        raise UserError("E1009", f"PRECIS_DTYPE is {asked!r}; it must be one of {', '.join(DTYPES)}")
    if asked:
        chosen: torch.dtype = getattr(torch, asked)
        return chosen
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if cpu_has_bfloat16() else torch.float32


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices by itself: where it does not, bfloat16 is slower than float32."""
    import torch

    has = torch.cpu.get_capabilities()
    if platform.machine() in ("x86_64", "AMD64"):
        return bool(has.get("amx_bf16") or has.get("avx512_bf16"))
    # Apple's CPUs have the instructions, but torch's builds for macOS lack the kernels that use them.
    return platform.system() == "Linux" and bool(has.get("bf16"))
