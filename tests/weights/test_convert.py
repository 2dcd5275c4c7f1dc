from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from tests.weights import tiny_onnx
from weights import convert


def run(model: Path | bytes) -> Any:
    rows = np.random.default_rng(1).standard_normal((5, tiny_onnx.ROWS)).astype(np.float32)
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"]).run(None, {"x": rows})[0]


def test_matrices_of_4_bits_are_unpacked_to_what_they_stand_for(tmp_path: Path) -> None:
    tiny_onnx.write_onnx(tmp_path / "model_q4.onnx")
    model = onnx.load(tmp_path / "model_q4.onnx")
    convert._dequantize(model.graph)
    assert [node.op_type for node in model.graph.node] == ["MatMul"]
    assert np.allclose(run(model.SerializeToString()), run(tmp_path / "model_q4.onnx"), atol=1e-4)


def test_the_model_of_8_bits_computes_nearly_the_same(tmp_path: Path) -> None:
    tiny_onnx.write_onnx(tmp_path / "model_q4.onnx")
    (tmp_path / "folder").mkdir()
    convert.from_onnx(tmp_path / "model_q4.onnx", tmp_path / "folder")
    of_4_bits, of_8_bits = run(tmp_path / "model_q4.onnx"), run(tmp_path / "folder" / "model.onnx")
    assert np.abs(of_8_bits - of_4_bits).max() < 0.02 * np.abs(of_4_bits).max()
    assert "MatMulInteger" in {node.op_type for node in onnx.load(tmp_path / "folder" / "model.onnx").graph.node}


def test_the_same_file_becomes_the_same_file(tmp_path: Path) -> None:
    tiny_onnx.write_onnx(tmp_path / "model_q4.onnx")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        convert.from_onnx(tmp_path / "model_q4.onnx", tmp_path / name)
    assert (tmp_path / "one" / "model.onnx").read_bytes() == (tmp_path / "two" / "model.onnx").read_bytes()
