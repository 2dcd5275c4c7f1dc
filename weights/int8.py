"""A model's weights in 8 bits: stored beside its own once, and mapped when they are loaded.

Knows: the file's name and what it holds, which is all of the model: each linear layer's numbers and scales, as
`computing/int8_linear.py` makes them, and everything else in the model's own format. Knows nothing about when to
compute in 8 bits.
"""

from pathlib import Path
from typing import Any

NAME = "int8.weights"  # no .safetensors: whoever reads all of those, as vLLM does, would read these, too
_SCALES = ".scales"
_MADE = {"rotation": "strided"}  # what a file says of itself; one that was made otherwise is passed over


def store(folder: Path) -> None:
    """Write the file about the model in `folder`, whose weights are in one file and are never all in memory."""
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file
    from torch import nn

    from computing import int8_linear

    model = _empty(folder)
    tensors: dict[str, torch.Tensor] = {}
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = set(file.keys())
        layers = {name for name, module in model.named_modules() if type(module) is nn.Linear}
        embedding = next(name for name, module in model.named_modules() if module is model.get_input_embeddings())
        for layer in layers:
            # A last layer without a weight of its own has the embedding's.
            source = f"{layer}.weight" if f"{layer}.weight" in names else f"{embedding}.weight"
            tensors[f"{layer}.weight"], tensors[layer + _SCALES] = int8_linear.quantize(file.get_tensor(source))
        tensors |= {name: file.get_tensor(name) for name in names - tensors.keys()}
        save_file(tensors, folder / NAME, _MADE)
    (folder / NAME).chmod(0o644)  # safetensors writes for its owner only


def is_stored(folder: Path) -> bool:
    """Whether the folder has the file, made as it is made today."""
    from safetensors import safe_open

    if not (folder / NAME).is_file():
        return False
    with safe_open(folder / NAME, "pt") as file:
        return bool(file.metadata() == _MADE)


def load(folder: Path) -> Any:
    """The model in `folder` with its layers in 8 bits, from the file or, where there is none, from its own weights."""

    from computing import int8_linear, int8_model

    if not is_stored(folder):
        model = _as_stored(folder)
        int8_model.convert(model, lambda _, layer: int8_linear.quantize(layer.weight.detach()))
        return model
    return _mapped(folder)


def _mapped(folder: Path) -> Any:
    from safetensors import safe_open
    from torch import nn
    from transformers import GenerationConfig

    from computing import int8_model, memory
    from computing.int8_linear import Int8Weight

    model = _empty(folder)
    layers = {name for name, module in model.named_modules() if type(module) is nn.Linear}
    with safe_open(folder / NAME, "pt") as file:
        for name in file.keys():  # noqa: SIM118 - it is no dict
            holder, _, child = name.rpartition(".")
            if holder not in layers or child == "bias":
                setattr(model.get_submodule(holder), child, nn.Parameter(file.get_tensor(name), requires_grad=False))
    # Mapped a second time: when the layers are laid out, nothing of this one is left in memory.
    with safe_open(folder / NAME, "pt") as file:
        int8_model.convert(
            model,
            lambda name, _: Int8Weight(file.get_tensor(f"{name}.weight"), file.get_tensor(name + _SCALES).clone()),
        )
        for layer in layers:  # and where some stay as they are stored, nothing of those that were laid out
            memory.forget(file.get_tensor(f"{layer}.weight"))
    if (folder / "generation_config.json").is_file():
        model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    return model


def _empty(folder: Path) -> Any:
    """The model without weights."""
    from accelerate import init_empty_weights  # type: ignore[import-untyped] # it has no types
    from transformers import AutoConfig, AutoModelForCausalLM

    with init_empty_weights(include_buffers=False):
        return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder, local_files_only=True))


def _as_stored(folder: Path) -> Any:
    """The model in the format that its weights are stored in."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype="auto", use_safetensors=True, local_files_only=True)
