from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

from computing import int8_linear, int8_model
from computing.int8_layer import Int8DecoderLayer
from computing.int8_model import StoredEmbedding

pytestmark = pytest.mark.skipif(not int8_linear.is_possible(), reason="this CPU has no instructions for 8-bit products")

SHAPE = {
    "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 300, "max_position_embeddings": 512,
}  # fmt: skip
TOKENS = torch.arange(2 * 40).view(2, 40)


def model(model_type: str, **different: Any) -> Any:
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **SHAPE, **different)
    made = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for name, parameter in made.named_parameters():  # so that biases and gains are not just 0 and 1
        if parameter.dim() == 1:
            nn.init.normal_(parameter, 0.0 if name.endswith("bias") else 1.0, 0.3)
    return made


def in_8_bits(made: Any) -> Any:
    int8_model.convert(made, lambda _, layer: int8_linear.quantize(layer.weight.detach()))
    return made


@pytest.mark.parametrize(
    ("model_type", "different"),
    [("llama", {}), ("qwen2", {}), ("qwen3", {"head_dim": 64}), ("mistral", {"head_dim": 32, "sliding_window": None})],
)
@torch.inference_mode()
def test_decoder_layers_in_8_bits_compute_what_the_model_s_own_do(model_type: str, different: dict[str, Any]) -> None:
    whole = in_8_bits(model(model_type, **different))
    exact = model(model_type, **different)(TOKENS).logits
    assert all(isinstance(layer, Int8DecoderLayer) for layer in whole.model.layers)
    assert float((whole(TOKENS).logits - exact).norm() / exact.norm()) < 0.03


@torch.inference_mode()
def test_a_kept_cache_goes_on_where_it_stopped() -> None:
    whole = in_8_bits(model("qwen2"))
    first = whole(TOKENS[:, :30], use_cache=True)
    rest = whole(TOKENS[:, 30:], past_key_values=first.past_key_values).logits
    assert torch.allclose(rest, whole(TOKENS).logits[:, 30:], atol=2e-2)


@pytest.mark.parametrize(
    ("model_type", "different"), [("granite", {}), ("llama", {"mlp_bias": True}), ("llama", {"hidden_act": "gelu"})]
)
@torch.inference_mode()
def test_layers_of_another_form_get_linear_layers_in_8_bits(model_type: str, different: dict[str, Any]) -> None:
    single = in_8_bits(model(model_type, **different))
    exact = model(model_type, **different)(TOKENS).logits
    assert not any(isinstance(module, Int8DecoderLayer) for module in single.modules())
    assert int8_model.is_in_8_bits(single)
    assert float((single(TOKENS).logits - exact).norm() / exact.norm()) < 0.03


@torch.inference_mode()
def test_a_row_does_not_depend_on_the_others_in_its_batch() -> None:
    whole = in_8_bits(model("llama"))
    assert torch.equal(whole(TOKENS[:1]).logits[0], whole(TOKENS).logits[0])


def test_an_embedding_stays_as_it_is_stored_and_gives_rows_in_float32() -> None:
    table = torch.randn(10, 4).to(torch.bfloat16)
    rows = StoredEmbedding(table, torch.float32)(torch.tensor([[3, 7]]))
    assert rows.dtype == torch.float32
    assert torch.equal(rows[0], table[[3, 7]].float())


def test_a_converted_model_computes_in_float32_between_its_layers() -> None:
    whole = in_8_bits(model("llama").to(torch.bfloat16))
    assert {parameter.dtype for parameter in whole.parameters()} == {torch.float32}
    assert whole(TOKENS).logits.dtype == torch.float32
