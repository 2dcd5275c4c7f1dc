"""Which device to compute on, and in which number format.

Knows: what torch says about the hardware, and PRECIS_DTYPE. Knows nothing about models.
"""

import os
import platform
from typing import TYPE_CHECKING

from errors import UserError

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")


def device() -> str:
    """`cuda` where there is a GPU that torch was built for, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


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
