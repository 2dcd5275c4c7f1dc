"""A model whose layers are in 8 bits: decoder layers as a whole where their form is known, else each linear layer.

Knows torch modules, and what takes their place. Knows nothing of where weights are kept.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import nn

from computing import cores
from computing.int8_linear import Int8Linear, Int8Weight

WeightOf = Callable[[str, nn.Linear], Int8Weight]


class StoredEmbedding(nn.Module):
    """An embedding whose table stays as it is stored, such as mapped from a file, and gives rows in `dtype`."""

    def __init__(self, table: torch.Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = table.shape
        self._table = table  # a plain attribute, so that the model's format is that of its other parameters
        self._dtype = dtype

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Token ids [...] to [..., width]."""
        return nn.functional.embedding(tokens, self._table).to(self._dtype)


def convert(model: Any, weight_of: WeightOf) -> None:
    """Put such layers in the place of a CPU model's own, and have it compute in float32 between them.

    `weight_of` gives a linear layer's weight by its name in the model. Embeddings stay as they are stored.
    """
    from computing import int8_layer  # compiled as it is imported

    whole = [name for name, module in model.named_modules() if int8_layer.fits(model.config, module)]
    within = tuple(f"{name}." for name in whole)
    single = [
        name
        for name, module in model.named_modules()
        if type(module) in (nn.Linear, nn.Embedding) and not name.startswith(within)
    ]

    def replace(name: str) -> None:
        holder, _, child = name.rpartition(".")
        module = model.get_submodule(name)
        setattr(model.get_submodule(holder), child, replaced(name, module))

    def replaced(name: str, module: nn.Module) -> nn.Module:
        if isinstance(module, nn.Linear):
            return Int8Linear(weight_of(name, module), module.bias)
        if isinstance(module, nn.Embedding):
            return StoredEmbedding(module.weight.detach(), torch.float32)
        return int8_layer.Int8DecoderLayer(module, lambda inner, linear: weight_of(f"{name}.{inner}", linear))

    with ThreadPoolExecutor(cores.count()) as threads:  # laying a weight out takes one of them
        list(threads.map(replace, whole + single))
    model.to(torch.float32)


def is_in_8_bits(model: nn.Module) -> bool:
    """Whether the model has such layers."""
    return any(isinstance(module, Int8Linear) for module in model.modules())
