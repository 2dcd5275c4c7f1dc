"""What is refused before its download: configs in the shapes of those families' public ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from tests.weights.conftest import Run
from tests.weights.hub_server import COMMIT, REPOSITORY, HubServer
from weights import servable
from weights.registry import ModelSpec

SNAPSHOT = """
import sys
from errors import UserError
from weights import hub
from weights.registry import ModelSpec
try:
    print(hub.snapshot(ModelSpec.model_validate_json(sys.argv[1])))
except UserError as error:
    print(error)
"""
UNPINNED = ModelSpec(alias=f"{REPOSITORY}@main", kind="hub", source=REPOSITORY, revision="main")

SMALL = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 128,
    "num_key_value_heads": 2, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
EVERY_FOURTH = ["linear_attention"] * 3 + ["full_attention"]
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "Qwen3.5": (
        {"model_type": "qwen3_5", "architectures": ["Qwen3_5ForConditionalGeneration"],
         "text_config": SMALL | {"model_type": "qwen3_5_text", "layer_types": EVERY_FOURTH, "head_dim": 16}},
        "layers of linear_attention",
    ),
    "Qwen3-Next": (SMALL | {"model_type": "qwen3_next", "layer_types": EVERY_FOURTH}, "layers of linear_attention"),
    "Granite 4.0-H": (
        SMALL | {"model_type": "granitemoehybrid", "layer_types": ["mamba", "mamba", "mamba", "attention"],
                 "mamba_n_heads": 8, "mamba_d_head": 16},
        "layers of linear_attention",
    ),
    "LFM2.5": (
        SMALL | {"model_type": "lfm2", "layer_types": ["conv", "conv", "full_attention", "conv"], "conv_L_cache": 3},
        "layers of conv",
    ),
    "Gemma 4": (
        {"model_type": "gemma4", "architectures": ["Gemma4ForConditionalGeneration"],
         "text_config": SMALL | {"model_type": "gemma4_text", "head_dim": 16, "global_head_dim": 32,
                                 "layer_types": ["sliding_attention"] * 3 + ["full_attention"], "sliding_window": 32}},
        "heads are of mixed sizes",
    ),
    "MiMo": (
        SMALL | {"model_type": "mimo_v2_flash", "head_dim": 24, "v_head_dim": 16}, "heads are of mixed sizes"
    ),
    "DeepSeek-V3": (SMALL | {"model_type": "deepseek_v3", "kv_lora_rank": 16}, "multi-head latent attention"),
    "RecurrentGemma": ({"model_type": "recurrent_gemma", "num_hidden_layers": 3}, "recurrent state"),
    "Llama 4": (SMALL | {"model_type": "llama4_text", "head_dim": 16}, "layers of chunked_attention"),
    "one of tomorrow": ({"model_type": "qwen9"}, r"transformers [\d.]+ does not know models of the type 'qwen9'"),
    "none": ({}, "does not know models of the type None"),
    "one that writes nothing": ({"model_type": "vit"}, "'vit' write no text"),
}  # fmt: skip
SERVED: dict[str, dict[str, Any]] = {
    "Qwen2.5": SMALL | {"model_type": "qwen2"},
    "Qwen3": SMALL | {"model_type": "qwen3", "head_dim": 32},
    "Granite 4.1": SMALL | {"model_type": "granite"},
    "SmolLM3": SMALL | {"model_type": "smollm3"},
    "Phi-4": SMALL | {"model_type": "phi3"},
    "Gemma 3": SMALL | {"model_type": "gemma3_text", "head_dim": 16, "sliding_window": 32},
    "gpt-oss": SMALL | {"model_type": "gpt_oss", "head_dim": 16, "num_local_experts": 2, "sliding_window": 32},
}


@pytest.mark.parametrize("family", REFUSED)
def test_it_is_refused_with_the_reason(family: str, tmp_path: Path) -> None:
    config, reason = REFUSED[family]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=rf"^E2007 a-model cannot be served: .*{reason}"):
        servable.require(tmp_path / "config.json", "a-model")


@pytest.mark.parametrize("family", SERVED)
def test_it_is_served(family: str) -> None:
    assert servable.why_not(SERVED[family]) == ""


@pytest.mark.parametrize("family", ["Qwen3.5", "Granite 4.0-H", "LFM2.5", "Gemma 4"])
def test_continuous_batching_itself_refuses_it(family: str) -> None:
    """What is refused here is what transformers would not begin with, and not what a list of ours says."""
    import torch
    from transformers import ContinuousBatchingConfig
    from transformers.generation.continuous_batching.cache import PagedAttentionCache
    from transformers.generation.continuous_batching.distributed import DistributedHelper
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    config = REFUSED[family][0]
    text = CONFIG_MAPPING[config["model_type"]].from_dict(config).get_text_config()
    with pytest.raises((ValueError, RuntimeError)):
        PagedAttentionCache(text, ContinuousBatchingConfig(), torch.device("cpu"), DistributedHelper(None, None))


def test_before_its_weights_are_fetched_its_config_is_looked_at(run: Run, hub: HubServer) -> None:
    config = {"architectures": ["Lfm2ForCausalLM"], **REFUSED["LFM2.5"][0]}
    hub.contents["config.json"] = json.dumps(config).encode()
    done = run(SNAPSHOT, UNPINNED.model_dump_json(), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2007 tiny/llama@main cannot be served: it has layers of conv"), done.stderr
    assert [name for name, _ in hub.sent] == ["config.json"]


def test_what_does_not_write_text_is_fetched_without_a_question(run: Run, hub: HubServer) -> None:
    hub.contents["config.json"] = b'{"architectures": ["NomicBertModel"], "model_type": "nomic_bert"}'
    done = run(SNAPSHOT, UNPINNED.model_dump_json(), HF_ENDPOINT=hub.url)
    assert done.stdout.strip().endswith(COMMIT), done.stderr
