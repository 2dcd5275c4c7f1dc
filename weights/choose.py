"""Which model is served where none is named, and which one `auto` means on this machine.

Knows: what memory and what of a card is free, which listed models are here, and what each takes. Knows nothing of how a
card is asked, nor of how a model is loaded.

The rules. Where none is named it is the embedded default if LEAST of memory is free, else the small model that stands
in for it. `auto` is on a CUDA card the largest listed model whose weights and the cache for one whole context take no
more than FILL of what is free. Where there is no card, or none of the models that are here fits, it is the embedded
one, and where that is not here, what stands in for it.
"""

from collections.abc import Callable
from pathlib import Path

from computing import memory
from computing.hardware import Card
from weights import registry, sizes
from weights.registry import ModelSpec

AUTO = "auto"
LEAST = 6_000_000_000  # bytes of memory, free, where the default is served
FILL = 0.8  # of what is free on a card: the rest is for CUDA itself, and for what is between two layers

Here = Callable[[ModelSpec], Path | None]  # the folder of a model that needs no download


def embedded() -> tuple[ModelSpec, str]:
    """Return the embedded model that memory allows, and why it is that one."""
    left = memory.available()
    if left < LEAST:
        return stand_in(), f"{registry.DEFAULT} is for {_gb(LEAST)} of free memory; {_gb(left)} are free"
    return registry.models()[registry.DEFAULT], "the default"


def stand_in() -> ModelSpec:
    """What is served where the default cannot be."""
    return registry.models()[registry.FALLBACK]


def choose(card: Card | None, here: Here) -> tuple[ModelSpec, str]:
    """Return the model that `auto` means, and why it is that one."""
    default, why = embedded()
    if here(default) is None and default.alias != registry.FALLBACK:
        default, why = stand_in(), f"{default.alias} is not here"
    if card is None:
        return default, f"no CUDA card, {why}"
    room, least = int(card.free * FILL), 0
    for spec in sorted(registry.language_models(), key=lambda spec: spec.size_here, reverse=True):
        folder = here(spec)
        if folder is None:
            continue
        least = sizes.weights(folder, spec, card.dtype) + sizes.cache(folder, spec, card.dtype)
        if least <= room:
            return (
                spec,
                f"the largest here that fits: {_gb(least)} of {_gb(room)}, {FILL:.0%} of what {card.name} has free",
            )
    if not least:
        return default, f"no model is here for {card.name}"
    return default, f"none here fits {card.name}: the smallest takes {_gb(least)} of {_gb(room)}"


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
