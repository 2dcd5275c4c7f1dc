"""What models are published as, to what runs fast: GGUF to safetensors, ONNX in 4 bits to ONNX in 8.

Knows: the libraries that do it, and what they leave to be put right. Knows nothing about where the file came from or
where the folder will live.
"""

import logging
from pathlib import Path
from typing import Any

from computing import telemetry
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")


def from_gguf(gguf_file: Path, folder: Path, spec: ModelSpec) -> None:
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


def from_onnx(onnx_file: Path, folder: Path) -> None:
    """Write the model in `onnx_file`, its matrices of 4 bits in 8 bits instead, to `folder`; 1 s for 11 M parameters.

    4 bits are small to download, but a CPU computes in 8: the file made here runs twice as fast.
    """
    telemetry.forbid()
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    log.info("converting the matrices of %s to 8 bits", onnx_file.name)
    model = onnx.load(onnx_file)
    _dequantize(model.graph)
    # It warns, through the root logger, that the embeddings have 8 bits already. They may.
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            model,
            folder / "model.onnx",
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    finally:
        logging.disable(logging.NOTSET)


def _dequantize(graph: Any) -> None:
    """Put ordinary products of float32 in the place of onnxruntime's products with matrices of 4 bits."""
    import numpy as np
    from onnx import helper, numpy_helper

    constants = {tensor.name: tensor for tensor in graph.initializer}
    for number, node in enumerate(graph.node):
        if node.op_type != "MatMulNBits":
            continue
        inputs, packed, scales = node.input
        nibbles = numpy_helper.to_array(constants[packed])  # [columns, blocks, bytes of a block], the lower half first
        steps = np.stack((nibbles & 15, nibbles >> 4), axis=-1).reshape(*nibbles.shape[:2], -1).astype(np.float32) - 8
        columns = steps * numpy_helper.to_array(constants[scales]).reshape(*nibbles.shape[:2], 1)
        matrix = np.ascontiguousarray(columns.reshape(len(nibbles), -1).T)
        graph.initializer.append(numpy_helper.from_array(matrix, f"{node.name}_matrix"))
        graph.node[number].CopyFrom(helper.make_node("MatMul", [inputs, f"{node.name}_matrix"], node.output, node.name))
        for name in (packed, scales):
            graph.initializer.remove(constants[name])


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
