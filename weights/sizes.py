"""How much memory a model takes, before it is loaded.

Knows: a model's files, and what its config says of its layers. Knows nothing of where there is how much.
"""

import json
from pathlib import Path
from typing import Any

from weights.registry import ModelSpec

ITEM = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}  # bytes of a number


def stored(folder: Path) -> int:
    """Bytes of the weights' files, without the copy in 8 bits."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def weights(folder: Path, spec: ModelSpec, dtype: str) -> int:
    """Bytes of the weights in `dtype`, by the size of their files, which hold them in the model's own."""
    return stored(folder) * ITEM[dtype] // ITEM[spec.dtype]


def laid_out(folder: Path, spec: ModelSpec, dtype: str) -> int:
    """The same on a CPU, where a last layer that shares its weights with the first is laid out apart from it."""
    config = _config(folder)
    tied = config.get("tie_word_embeddings", False) * config.get("vocab_size", 0) * config.get("hidden_size", 0)
    return weights(folder, spec, dtype) + int(tied) * ITEM[dtype]


def cache(folder: Path, spec: ModelSpec, dtype: str) -> int:
    """Bytes of the keys and values of one whole context."""
    config = _config(folder)
    heads = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    layer = 2 * config.get("num_key_value_heads", heads) * width * ITEM[dtype]
    return int(config["num_hidden_layers"] * layer * spec.context_length)


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    return config
