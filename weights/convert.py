"""GGUF to what transformers loads fast: safetensors, tokenizer, chat template.

Knows: the two libraries that do it, and what they leave to be put right. Knows nothing about where the file came from
or where the folder will live.
"""

import logging
from pathlib import Path
from typing import Any

from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")


def convert(gguf_file: Path, folder: Path, spec: ModelSpec) -> None:
    """Write the model in `gguf_file` to `folder`, its weights in `spec.dtype`; 15 s for 135 M parameters."""
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig, GgufConfig

    log.info("converting %s to safetensors", gguf_file.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf_file.parent,
        gguf_file=gguf_file.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
    tokenizer = _tokenizer(gguf_file, spec)
    # What GGUF's metadata leaves behind: a training run's name, and defaults that are no choice of the model's.
    if hasattr(model.config, "_model_name_or_path"):
        del model.config._model_name_or_path
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    model.generation_config = GenerationConfig.from_dict(special)
    model.to(getattr(torch, spec.dtype)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes for its owner only; the server may run as somebody else


def _tokenizer(gguf_file: Path, spec: ModelSpec) -> Any:
    import gguf
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf_file.parent, gguf_file=gguf_file.name)
    tokenizer.model_max_length = spec.context_length
    splitting = gguf.GGUFReader(gguf_file).get_field("tokenizer.ggml.pre")
    if splitting is not None and splitting.contents() == "smollm":
        # transformers 5.23 does not know this way of splitting and takes GPT-2's. The difference is that every digit
        # stands alone before anything else is split, so "\n\n1" begins with the token of two line ends.
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    return tokenizer
