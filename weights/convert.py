"""What models are published as, to what runs fast: GGUF to safetensors, ONNX in 4 bits to ONNX in 8.

Knows: the libraries that do it, and what they leave to be put right. Knows nothing about where the file came from or
where the folder will live.
"""

import json
import logging
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from computing import telemetry
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")


def from_gguf(gguf_file: Path, folder: Path, spec: ModelSpec) -> None:
    """Write the model in `gguf_file` to `folder`, its weights in `spec.dtype`.

    It is what transformers' own loading gives, which holds all weights at once, in float32, and reads the vocabulary
    three times. Here one tensor is held, and the vocabulary is read as often as it must be.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    log.info("converting %s to safetensors", gguf_file.name)
    config: Any = AutoConfig.from_pretrained(gguf_file.parent, gguf_file=gguf_file.name)
    tokenizer = _tokenizer(gguf_file, config, spec)
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config, dtype=getattr(torch, spec.dtype))
    _write_weights(gguf_file, model, folder / "model.safetensors")
    # What GGUF's metadata leaves behind: a training run's name, and defaults that are no choice of the model's.
    config.dtype, config.architectures = model.dtype, [type(model).__name__]
    if hasattr(config, "_model_name_or_path"):
        del config._model_name_or_path
    config.save_pretrained(folder)
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    GenerationConfig.from_dict(special).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _write_weights(gguf_file: Path, model: Any, safetensors: Path) -> None:
    """Write the weights as `model`, which has none, names them, one after another.

    The format is https://huggingface.co/docs/safetensors: the header's length, the header, the numbers. The library
    that writes it takes all tensors at once.
    """
    import numpy as np
    import torch
    from transformers import modeling_gguf_pytorch_utils as names
    from transformers.integrations.gguf.dequant import GGML_BLOCK
    from transformers.integrations.gguf.kernels import dequantize_blocks
    from transformers.integrations.gguf.reader import GgufHeader, load_gguf_state_dict

    header = GgufHeader.from_file(str(gguf_file))
    kind: Any = names.TENSOR_PROCESSORS.get(header.architecture, names.TensorProcessor)
    processor = kind(model.config.to_dict())
    # Without its parts, which add no name: for each of them it would make a table of all names of all layers anew.
    whole: Any = SimpleNamespace(config=model.config, state_dict=model.state_dict, named_children=tuple)
    renamed = names.get_gguf_hf_weights_map(whole, processor)
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    sources = {renamed[info.name]: info for info in header.tensors if info.name in renamed}
    packed = load_gguf_state_dict(header)
    with safetensors.open("wb") as file:
        file.write(_header({name: shapes[name] for name in sorted(sources)}, model.dtype))
        for _, info in sorted(sources.items()):
            tensor = packed[info.name][:]
            if info.ggml_type in GGML_BLOCK:
                rows = tensor.reshape(-1, tensor.shape[-1])
                tensor = dequantize_blocks(rows, info.ggml_type, len(rows), info.shape[-1], torch.float32)
            weights = np.ascontiguousarray(processor.process(tensor.float().numpy(), info.name).weights)
            values = torch.from_numpy(weights).to(model.dtype)
            file.write(values.view(torch.uint8).numpy().data)


def _header(shapes: dict[str, list[int]], dtype: Any) -> bytes:
    """The beginning of a file of safetensors with tensors of these shapes, one after another."""
    kind = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}[str(dtype).removeprefix("torch.")]
    told: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + math.prod(shape) * dtype.itemsize
        told[name] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(told, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


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


def _tokenizer(gguf_file: Path, config: Any, spec: ModelSpec) -> Any:
    from tokenizers import pre_tokenizers
    from transformers import TokenizersBackend
    from transformers.integrations.gguf.reader import read_gguf_metadata
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING

    # AutoTokenizer would read all of the metadata once more, to learn the config that is known.
    kind: Any = TOKENIZER_MAPPING.get(type(config), TokenizersBackend)
    tokenizer = kind.from_pretrained(gguf_file.parent, gguf_file=gguf_file.name)
    tokenizer.model_max_length = spec.context_length
    metadata, _ = read_gguf_metadata(str(gguf_file))
    if metadata.get("tokenizer.ggml.pre") == "smollm":
        # transformers 5.23 does not know this way of splitting and takes GPT-2's. The difference is that every digit
        # stands alone before anything else is split, so "\n\n1" begins with the token of two line ends.
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    return tokenizer
