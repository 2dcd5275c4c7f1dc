"""Whether the engine can serve a model, told from its config.json before anything large is fetched or loaded.

Knows: what transformers' continuous batching takes for granted of a model, asked of transformers itself: its kinds of
layers, and keys and values of one shape in all of them. Knows nothing about where the config came from.
"""

import json
from pathlib import Path
from typing import Any

from errors import UserError

_WRITES_TEXT = ("ForCausalLM", "ForConditionalGeneration")


def require(config_json: Path, name: str) -> None:
    """Raise UserError E2007, with the reason, where the engine cannot serve the model `name` of this config.json."""
    if reason := why_not(json.loads(config_json.read_bytes())):
        raise UserError("E2007", f"{name} cannot be served: {reason}")


def writes_text(config_json: Path) -> bool:
    """Whether the model calls itself one that writes text: the others are not served, and nothing is asked of them."""
    named = json.loads(config_json.read_bytes()).get("architectures") or []
    return any(architecture.endswith(_WRITES_TEXT) for architecture in named)


def why_not(config: dict[str, Any]) -> str:
    """Why the engine cannot serve the model of this config; empty where it can. Takes seconds: torch is imported."""
    import torch
    import transformers
    from transformers import AutoModelForCausalLM
    from transformers.generation.continuous_batching import cache
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        return f"transformers {transformers.__version__} does not know models of the type {kind!r}"
    text = CONFIG_MAPPING[kind].from_dict(config).get_text_config()
    known = set(cache.ATTN_TYPE_TO_ALLOCATOR)
    if others := sorted(set(getattr(text, "layer_types", None) or ()) - known):
        return f"it has layers of {', '.join(others)}; continuous batching has room for {' and '.join(sorted(known))}"
    try:
        with torch.device("meta"):  # its layers, without a weight
            model = AutoModelForCausalLM.from_config(text)
    except ValueError:
        return f"models of the type {text.model_type!r} write no text"
    if model._is_stateful and getattr(text, "layer_types", None) is None:
        return "it keeps a recurrent state, for which continuous batching has no room"
    return _why_not_cached(model, text)


def _why_not_cached(model: Any, text: Any) -> str:
    """Why the keys and values of a layer do not fit the cache, whose pages are of one shape in all layers."""
    from transformers.generation.continuous_batching.utils import find_head_dim, find_num_key_value_heads

    if getattr(text, "kv_lora_rank", None):
        return "its keys and values are compressed (multi-head latent attention), and of different sizes"
    try:
        heads, size = find_num_key_value_heads(text), find_head_dim(text)
    except (ValueError, RuntimeError) as error:  # the config has none, or one for each layer
        return f"its heads are of mixed sizes, or of none: {str(error).partition('.')[0]}"
    for layer in model.modules():
        for projection in (getattr(layer, "k_proj", None), getattr(layer, "v_proj", None)):
            features = getattr(projection, "out_features", heads * size)
            if features != heads * size:
                return (
                    f"its heads are of mixed sizes: a layer has {features} keys or values a token, the cache's pages "
                    f"are for {heads * size} ({heads} heads of {size}) in every layer"
                )
    return ""
