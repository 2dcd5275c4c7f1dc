"""Linear layers for CPUs whose weights are laid out once for the matrix kernels, instead of at every call.

torch hands oneDNN the weights as they were stored, and oneDNN reorders them each time: half of a decoding step's
matrix time in bfloat16. In float32 torch does not use oneDNN at all. Packed once, 16 rows were 1.4 times as fast in
bfloat16 and 2.2 times in float32 (`python -m benchmarks.kernels`).

Knows torch modules. Knows nothing of what the model is.
"""

import torch
from torch import nn

_ROWS = 64  # a hint to oneDNN; the layout it chooses for this many rows was as good as any for 1 to 1,024


class PackedLinear(nn.Module):
    """A linear layer without gradients, its weight in oneDNN's own layout."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        weight = linear.weight.detach()
        # Plain attributes: a packed tensor has no strides, and module.to() or state_dict() could not handle it.
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS)
        self._bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [..., in_features] to [..., out_features]."""
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
        return result


def pack(model: nn.Module) -> int:
    """Replace every linear layer of a CPU model in place, where torch and the CPU can; returns how many."""
    if not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")):
        return 0
    names = [name for name, module in model.named_modules() if type(module) is nn.Linear and _can_pack(module)]
    for name in names:  # and no list of layers: each goes when its weight is packed, so that there is never twice all
        parent, _, child = name.rpartition(".")
        holder = model.get_submodule(parent)
        setattr(holder, child, PackedLinear(getattr(holder, child)))
    return len(names)


def _can_pack(linear: nn.Linear) -> bool:
    """Whether this CPU has oneDNN's kernels for a layer's format: those with AVX2 alone have none of 16 bits."""
    dtype = linear.weight.dtype
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if dtype == torch.float16:
        return bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())
    return dtype == torch.float32
