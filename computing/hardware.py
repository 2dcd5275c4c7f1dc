"""Which device to compute on, and in which number format.

Knows: what torch says about the hardware, and PRECIS_DTYPE. Knows nothing about models.
"""

import ctypes
import fcntl
import os
import platform
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from computing import processes
from errors import UserError

if TYPE_CHECKING:
    import torch

INT8 = "int8"
FLOATS = ("float32", "bfloat16", "float16")
DTYPES = (*FLOATS, INT8)
ASK_SECONDS = 60.0  # for a card to say what it is


def device() -> str:
    """`cuda` where there is a GPU that torch was built for, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def device_beside() -> str:
    """Where to compute with a model beside the engine's: `cuda` for one process of a machine, `cpu` for all others.

    A process on a card takes half a GB before it holds a model, and a server has up to twenty that read documents.
    """
    return "cuda" if device() == "cuda" and _place_on_card() is not None else "cpu"


@cache
def _place_on_card() -> IO[bytes] | None:
    """The one place, held until this process ends; None when another process has it."""
    cards = "".join(filter(str.isalnum, os.environ.get("CUDA_VISIBLE_DEVICES", "")))
    place = Path(tempfile.gettempdir(), f"precis-card-{os.getuid()}-{cards or 'all'}.lock")
    held = place.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        return None
    return held


@dataclass(frozen=True)
class Card:
    """A CUDA card, as torch sees it."""

    name: str
    free: int  # bytes
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
    free, _total = torch.cuda.mem_get_info()
    return Card(torch.cuda.get_device_name(), free, str(dtype("cuda")).removeprefix("torch."))


def ask_card() -> Card | None:
    """The card, asked in a process that ends, where there is a driver. Blocks: not for an event loop's thread."""
    return processes.run_once(ASK_SECONDS, card) if has_driver() else None


def dtype(device: str) -> "torch.dtype":
    """The format that `device` computes in fastest and right; PRECIS_DTYPE overrides. Raises UserError E1009.

    On every card that is bfloat16. Turing has to emulate it, but float16 ends at 65,504, and what models that were
    trained in bfloat16 hold goes beyond (Qwen3's does): their text would be noise. In float32 qwen3-4b would need 16
    GB, which is all that a T4 has.
    """
    import torch

    asked = _asked_dtype()
    if asked == INT8 and device == "cuda":
        raise UserError(
            "E1009", f"PRECIS_DTYPE is {INT8}, which is for CPUs; on a card it is one of {', '.join(FLOATS)}"
        )
    if asked and asked != INT8:
        chosen: torch.dtype = getattr(torch, asked)
        return chosen
    if device == "cuda":
        return torch.bfloat16
    return torch.bfloat16 if cpu_has_bfloat16() else torch.float32


def multiplies_int8(device: str) -> bool:
    """Whether a language model's layers are multiplied in 8 bits: on CPUs that are measured to be faster so.

    What is between the layers is float32 then, so that a request's text does not depend on its company. PRECIS_DTYPE
    overrides. Raises UserError E1009 where it asks for what this CPU cannot do.
    """
    asked = _asked_dtype()
    if device != "cpu" or asked not in ("", INT8):
        return False
    from computing import int8_linear

    is_possible = int8_linear.is_possible()
    if asked and not is_possible:
        lacks = "VNNI, AMX, i8mm or AVX2"
        raise UserError("E1009", f"PRECIS_DTYPE is {INT8}, and this CPU has no instructions for it ({lacks})")
    return is_possible and (bool(asked) or int8_linear.is_faster(dtype(device)))


def _asked_dtype() -> str:
    asked = os.environ.get("PRECIS_DTYPE", "")
    if asked and asked not in DTYPES:
        raise UserError("E1009", f"PRECIS_DTYPE is {asked!r}; it must be one of {', '.join(DTYPES)}")
    return asked


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices by itself: where it does not, bfloat16 is slower than float32."""
    import torch

    has = torch.cpu.get_capabilities()
    if platform.machine() in ("x86_64", "AMD64"):
        return bool(has.get("amx_bf16") or has.get("avx512_bf16"))
    # Apple's CPUs have the instructions, but torch's builds for macOS lack the kernels that use them.
    return platform.system() == "Linux" and bool(has.get("bf16"))
