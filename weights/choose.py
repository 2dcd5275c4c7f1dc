"""Which model `auto` means on this machine.

Knows: what a card has free, which listed models are here, and what each takes. Knows nothing of how a card is asked,
nor of how a model is loaded.

The rule: on a CUDA card it is the largest listed model whose weights and the cache for one whole context take no more
than FILL of what is free. Where there is no card, or none of the models that are here fits, it is the embedded default,
and where that is not here, the smallest that can always be had.
"""

from collections.abc import Callable
from pathlib import Path

from computing.hardware import Card
from weights import registry, sizes
from weights.registry import ModelSpec

AUTO = "auto"
FILL = 0.8  # of what is free on a card: the rest is for CUDA itself, and for what is between two layers

Here = Callable[[ModelSpec], Path | None]  # the folder of a model that needs no download


def choose(card: Card | None, here: Here) -> tuple[ModelSpec, str]:
    """Return the model and why it is that one."""
    default = registry.models()[registry.DEFAULT]
    if here(default) is None:
        default = registry.models()[registry.FALLBACK]
    if card is None:
        return default, "no CUDA card"
    room, least = int(card.free * FILL), 0
    for spec in sorted(registry.language_models(), key=lambda spec: spec.size, reverse=True):
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
