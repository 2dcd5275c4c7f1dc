"""One product with a matrix of 4 bits as an ONNX file, inside a wheel with what lies beside it."""

import hashlib
import zipfile
from pathlib import Path

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
