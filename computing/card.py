"""What a CUDA card can be asked for: fast attention, and whether what it said last was its end.

Flash attention is what the rest hangs on: without it transformers' continuous batching masks every query against every
key of the batch, and turns off CUDA graphs, async batching and the block tables by which a decoding step reads its
cache where it lies. The library passes over every reason in silence. So the way is gone here, with the library's own
resolvers, and what ends it is said.

Knows: torch, transformers and the kernels package, as they are installed. Knows nothing of where a kernel's folder
came from (`weights/`) or of what is computed.
"""

import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from computing import hardware

if TYPE_CHECKING:
    import torch

# The kernel that transformers takes for flash attention 2. One build runs on Ampere, Ada, Hopper and Blackwell; flash
# attention 3 would be faster on Hopper alone and needs a second kernel.
KERNEL = "kernels-community/flash-attn2"
_CAPABILITY = (8, 0)  # the first that flash attention 2 is written for; Turing is 7.5
_WHERE = "LOCAL_KERNELS"  # `owner/name=folder`, read by the kernels package: no network, and no choice of version
_REASON = 600  # characters of a library's message


@dataclass(frozen=True)
class Attention:
    """Which attention a model computes with on a card."""

    implementation: str  # as transformers calls it
    why_not_flash: str = ""  # empty where it is flash attention


def why_not_flash(dtype: "torch.dtype | None" = None) -> str:
    """Why flash attention cannot compute on the card that is here, in `dtype` or its usual format; empty if it can."""
    import torch

    if not torch.cuda.is_available():
        return "there is no CUDA card"
    dtype = dtype or hardware.dtype("cuda")
    if dtype not in (torch.float16, torch.bfloat16):
        return f"flash attention takes bfloat16 and float16, and the model is in {_name(dtype)} (PRECIS_DTYPE)"
    capability = torch.cuda.get_device_capability()
    if capability < _CAPABILITY:
        return f"the card's compute capability is {_dotted(capability)}; flash attention 2 needs {_dotted(_CAPABILITY)}"
    return ""


def use_kernel(folder: Path) -> None:
    """Have the kernels package take the flash attention kernel from `folder`, which holds its builds."""
    os.environ[_WHERE] = f"{KERNEL}={folder}"


def attention(model: Any) -> Attention:
    """Load the fastest attention that `model` can compute with on this card, and say what keeps it from flash."""
    reason = why_not_flash(model.dtype) or _why_not_supported(model) or _why_not_loaded()
    return Attention("sdpa", reason) if reason else Attention(KERNEL)


def is_final(error: BaseException | None) -> bool:
    """Whether CUDA has failed for good: after such an error every further call in the process fails with it.

    Of memory it may run out and go on.
    """
    import torch

    if error is None or isinstance(error, torch.OutOfMemoryError):
        return False
    return isinstance(error, torch.AcceleratorError) or str(error).startswith("CUDA error")


def _why_not_supported(model: Any) -> str:
    return "" if model._supports_flash_attn else f"transformers has no flash attention for {type(model).__name__}"


def _why_not_loaded() -> str:
    """Try to load the kernel as transformers will; returns what kept it, empty if nothing did."""
    from transformers.modeling_flash_attention_utils import lazy_import_flash_attention
    from transformers.utils import import_utils

    if not import_utils.is_kernels_available():
        return (
            f"kernels is {_version('kernels')}; transformers {_version('transformers')} takes "
            f"{import_utils.KERNELS_MIN_VERSION} or later, before {import_utils.KERNELS_MAX_VERSION}"
        )
    if not os.environ.get(_WHERE, "").startswith(f"{KERNEL}="):
        return "the kernel is not among the weights; run `precis weights pull flash-attn2`"
    try:
        (_, varlen, with_cache, *_), _ = lazy_import_flash_attention(KERNEL)
    except Exception as error:  # whatever a foreign library's import may raise; the engine can do without
        return f"the kernel did not load: {type(error).__name__}: {' '.join(str(error).split())[:_REASON]}"
    # After a failure the library takes it for loaded, and has None.
    return "the kernel has no attention over a paged cache" if None in (varlen, with_cache) else ""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _name(dtype: "torch.dtype") -> str:
    return str(dtype).removeprefix("torch.")


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))
