"""Linear layers laid out once, in every format that a CPU may be asked for."""

import pytest
import torch
from torch import nn

from computing import packed_linear


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@torch.inference_mode()
def test_a_model_computes_the_same_whether_or_not_this_cpu_can_lay_its_layers_out(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8)).to(dtype), torch.randn(3, 64, dtype=dtype)
    expected = model(x)
    packed_linear.pack(model)
    torch.testing.assert_close(model(x), expected, rtol=0.02, atol=0.02)


def test_float32_is_laid_out_wherever_torch_can() -> None:
    model = nn.Sequential(nn.Linear(64, 32))
    can = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")
    assert packed_linear.pack(model) == int(can)
    assert packed_linear.pack(model) == 0  # a second time
