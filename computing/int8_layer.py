"""A decoder layer in 8 bits, for models of Llama's form: four products, and what lies between two in one call.

Queries, keys and values are one product, and so are gate and up: they take the same rows. What is between is written
row by row (`computing/int8_rows.py`). The layer as transformers has it, with its linear layers in 8 bits each, says
what this one computes: that is what all other models get.

Knows transformers' decoder layers, and how they call an attention. Knows nothing of caches and schedules.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from computing import int8_rows
from computing.int8_linear import Int8Weight, Product, product

MODELS = frozenset(("llama", "mistral", "qwen2", "qwen3"))  # `model_type` of those whose layers are just that
_UNNORMALIZED = np.empty(0, np.float32)


def fits(config: Any, layer: Any) -> bool:
    """Whether `layer` of a model with this config is a decoder layer that this one can stand for."""
    is_known = config.model_type in MODELS and config.hidden_act == "silu"
    if not is_known or not hasattr(layer, "self_attn") or not hasattr(layer, "mlp"):
        return False
    unbiased = layer.self_attn.o_proj, layer.mlp.gate_proj, layer.mlp.up_proj, layer.mlp.down_proj
    return all(linear.bias is None for linear in unbiased)


class Int8DecoderLayer(nn.Module):
    """One decoder layer without gradients; it computes in float32 between its products."""

    def __init__(self, layer: Any, weight_of: Callable[[str, nn.Linear], Int8Weight]) -> None:
        """`weight_of` gives the weight of a linear layer by its name within `layer`, which is taken apart."""
        super().__init__()
        attention = layer.self_attn

        def product_with(*names: str) -> Product:
            weights = [weight_of(name, layer.get_submodule(name)) for name in names]
            numbers, scales = (torch.cat(parts) for parts in zip(*weights, strict=True))
            return product(Int8Weight(numbers, scales))

        self._split = product_with("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        self._merge = product_with("self_attn.o_proj")
        self._widen = product_with("mlp.gate_proj", "mlp.up_proj")
        self._narrow = product_with("mlp.down_proj")
        width = attention.head_dim
        projections = [attention.q_proj, attention.k_proj, attention.v_proj]
        self._heads = projections[0].out_features // width, projections[1].out_features // width
        biases = [torch.zeros(one.out_features) if one.bias is None else one.bias for one in projections]
        self._bias = _numbers(torch.cat(biases))
        norms = layer.input_layernorm, layer.post_attention_layernorm
        self._gains = _numbers(norms[0].weight), _numbers(norms[1].weight)
        self._epsilon = norms[0].variance_epsilon
        self._head_gains = _gain(attention, "q_norm"), _gain(attention, "k_norm")
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            delattr(attention, name)
        self.self_attn = attention  # whom transformers' attentions ask for the layer's number and more

    @torch.no_grad()
    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        position_embeddings: tuple[torch.Tensor, torch.Tensor] | None = None,
        **kwargs: Any,
    ) -> torch.Tensor:
        """hidden_states [batch, tokens, width] in float32, which are written to; returns them."""
        assert position_embeddings is not None  # noqa: S101 - for the type checker
        rows = hidden_states.view(-1, hidden_states.shape[-1])

        numbers, scales = int8_rows.norm_rows(rows, self._gains[0], self._epsilon)
        attended = self._attend(
            self._split(numbers), scales, hidden_states.shape[:2], attention_mask, past_key_values,
            position_embeddings, **kwargs,
        )  # fmt: skip
        numbers, scales = int8_rows.round_rows(attended)
        int8_rows.add_rows(rows, self._merge(numbers), scales)

        numbers, scales = int8_rows.norm_rows(rows, self._gains[1], self._epsilon)
        numbers, scales = int8_rows.gate_rows(self._widen(numbers), scales)
        int8_rows.add_rows(rows, self._narrow(numbers), scales)
        return hidden_states

    def _attend(
        self,
        sums: torch.Tensor,
        scales: torch.Tensor,
        shape: torch.Size,  # batch, tokens
        mask: torch.Tensor | None,
        past: Any,
        positions: tuple[torch.Tensor, torch.Tensor],
        **kwargs: Any,
    ) -> torch.Tensor:
        """Each token's attended values [batch * tokens, heads * width]."""
        from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

        cos, sin = (one.expand(*shape, -1).reshape(len(sums), -1) for one in positions)
        parts = int8_rows.split_rows(
            sums, scales, self._bias, cos, sin, self._head_gains, self._epsilon, self._heads
        )  # fmt: skip
        q, k, v = (part.view(*shape, *part.shape[1:]).transpose(1, 2) for part in parts)
        module = self.self_attn
        if past is not None:
            k, v = past.update(k, v, module.layer_idx)
        attention = ALL_ATTENTION_FUNCTIONS[module.config._attn_implementation]
        window = getattr(module, "sliding_window", None)
        found, _ = attention(
            module, q, k, v, mask, dropout=0.0, scaling=module.scaling, sliding_window=window, **kwargs
        )
        attended: torch.Tensor = found.reshape(len(sums), -1)
        return attended


def _gain(attention: nn.Module, norm: str) -> int8_rows.Floats:
    """A norm's gain, or nothing where the model has no such norm."""
    return _numbers(getattr(attention, norm).weight) if hasattr(attention, norm) else _UNNORMALIZED


def _numbers(parameter: torch.Tensor) -> int8_rows.Floats:
    array: int8_rows.Floats = parameter.detach().float().contiguous().numpy()
    return array
