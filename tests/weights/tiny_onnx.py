"""One product with a matrix of 4 bits as an ONNX file, inside a wheel with what lies beside it."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from weights.registry import ModelSpec

ROWS, COLUMNS, BLOCK = 64, 48, 32
WHEEL = "tiny_tagger-1.0-py3-none-any.whl"
MEMBERS = {"tiny_tagger/models/onnx/model_q4.onnx": b"", "tiny_tagger/models/config.json": b"{}"}


def write_wheel(folder: Path) -> ModelSpec:
    """Put the wheel into `folder`; return its pinned entry."""
    write_onnx(folder / "model.onnx")
    members = MEMBERS | {"tiny_tagger/models/onnx/model_q4.onnx": (folder / "model.onnx").read_bytes()}
    (folder / "model.onnx").unlink()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
        wheel.writestr("tiny_tagger/__init__.py", "raise SystemExit('nothing of the wheel is run')")
        wheel.writestr("tiny_tagger-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-tagger\nVersion: 1.0\n")
        wheel.writestr("tiny_tagger-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_tagger-1.0.dist-info/RECORD", "")
    contents = members | {WHEEL: (folder / WHEEL).read_bytes()}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return ModelSpec(alias="tagger", kind="wheel", source="tiny-tagger", revision="1.0", digests=digests)


def write_onnx(file: Path) -> None:
    """Write y = x W, W with 4 bits a number and a scale for every 32 of them."""
    generator = np.random.default_rng(0)
    packed = generator.integers(0, 256, (COLUMNS, ROWS // BLOCK, BLOCK // 2), np.uint8)
    scales = generator.uniform(0.01, 0.02, (COLUMNS, ROWS // BLOCK)).astype(np.float32)
    product = helper.make_node(
        "MatMulNBits", ["x", "packed", "scales"], ["y"], "product", domain="com.microsoft",
        K=ROWS, N=COLUMNS, bits=4, block_size=BLOCK,
    )  # fmt: skip
    graph = helper.make_graph(
        [product],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", ROWS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", COLUMNS])],
        [numpy_helper.from_array(packed, "packed"), numpy_helper.from_array(scales, "scales")],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), file)


def write_attention(folder: Path, heads: int = 4, width: int = 32) -> None:
    """Write one layer's attention as torch exports a BERT's, with projections in 4 bits, and the config beside it."""
    generator = np.random.default_rng(0)
    (folder / "config.json").write_text(f'{{"num_attention_heads": {heads}}}')
    own = "/layer.0/attention/self"
    nodes, constants = [], []

    def constant(name: str, values: list[int] | float) -> str:
        kind = np.int64 if isinstance(values, list) else np.float32
        constants.append(numpy_helper.from_array(np.array(values, kind), name))
        return name

    def add(kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"{name}_out"], name, **attributes))
        return f"{name}_out"

    parts = {}
    for name in ("query", "key", "value"):
        packed = generator.integers(0, 256, (width, width // BLOCK, BLOCK // 2), np.uint8)
        scales = generator.uniform(0.01, 0.02, (width, width // BLOCK)).astype(np.float32)
        constants += [numpy_helper.from_array(packed, f"{name}.w"), numpy_helper.from_array(scales, f"{name}.s")]
        constants.append(numpy_helper.from_array(generator.standard_normal(width).astype(np.float32), f"{name}.b"))
        product = add(
            "MatMulNBits", ["x", f"{name}.w", f"{name}.s"], f"{own}/{name}/MatMul", domain="com.microsoft",
            K=width, N=width, bits=4, block_size=BLOCK,
        )  # fmt: skip
        biased = add("Add", [f"{name}.b", product], f"{own}/{name}/Add")
        split = add("Reshape", [biased, constant(f"{name}.shape", [0, 0, heads, -1])], f"{own}/{name}/Reshape")
        order = [0, 2, 3, 1] if name == "key" else [0, 2, 1, 3]
        parts[name] = add("Transpose", [split], f"{own}/{name}/Transpose", perm=order)
    scores = add("MatMul", [parts["query"], parts["key"]], f"{own}/MatMul")
    scaled = add("Mul", [scores, constant("scale", (width / heads) ** -0.5)], f"{own}/Mul")
    weighted = add("MatMul", [add("Softmax", [scaled], f"{own}/Softmax", axis=-1), parts["value"]], f"{own}/MatMul_1")
    joined = add("Transpose", [weighted], f"{own}/Transpose_3", perm=[0, 2, 1, 3])
    nodes.append(helper.make_node("Reshape", [joined, constant("shape", [0, 0, -1])], ["y"], f"{own}/Reshape_3"))
    shapes = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "rows", width]) for name in "xy"}
    graph = helper.make_graph(nodes, "tiny", [shapes["x"]], [shapes["y"]], constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), folder / "model_q4.onnx")
