"""Which engine serves: PRECIS_ENGINE.

Knows: the engines there are, and what each is made of. Knows nothing of how they work, and imports vLLM's only when it
is asked for.
"""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from computing import hardware
from errors import UserError
from generation.replica import LoadModel
from generation.replicas import Replicas

if TYPE_CHECKING:
    from generation.vllm_engine import VllmEngine

    AnyEngine = Replicas | VllmEngine

TRANSFORMERS, VLLM, AUTO = "transformers", "vllm", "auto"


def asked() -> str:
    """The engine that PRECIS_ENGINE names, `auto` without it: vLLM on a card, where it is installed, else transformers.

    On a card vLLM was about twice as fast (docs/performance.md). Blocks while a card is asked for.

    Raises UserError E1009, E2008 where it is not here.
    """
    name = os.environ.get("PRECIS_ENGINE") or AUTO
    if name not in (TRANSFORMERS, VLLM, AUTO):
        raise UserError("E1009", f"PRECIS_ENGINE is {name!r}; it must be {TRANSFORMERS}, {VLLM} or {AUTO}")
    if name == AUTO:
        name = VLLM if _has_vllm() and hardware.ask_card() is not None else TRANSFORMERS
    if name == VLLM and not _has_vllm():
        raise UserError("E2008", "PRECIS_ENGINE is 'vllm', and the packages of requirements-vllm.txt are not here")
    if name == VLLM and os.environ.get("PRECIS_DTYPE") == hardware.INT8:
        formats = ", ".join(hardware.FLOATS)
        raise UserError("E1009", f"PRECIS_DTYPE is {hardware.INT8}, which vLLM does not serve; with it it is {formats}")
    return name


def engine(
    name: str, folder: Path, load_model: LoadModel, load_tokenizer: Callable[[], Any], context_length: int
) -> "AnyEngine":
    """The engine `name`, which serves the model in `folder` once it is started."""
    if name == TRANSFORMERS:
        return Replicas(load_model, context_length)
    from generation.vllm_engine import VllmEngine

    return VllmEngine(folder, load_tokenizer(), context_length)


def _has_vllm() -> bool:
    return importlib.util.find_spec("vllm") is not None
