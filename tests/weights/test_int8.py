import os
import re
import sys
from pathlib import Path

import pytest
import torch

from computing import int8_linear, int8_model
from weights import int8, load, registry, sizes
from weights.load import load as load_model

pytestmark = pytest.mark.skipif(not int8_linear.is_possible(), reason="this CPU has no instructions for 8-bit products")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model with its copy in 8 bits, which is made here."""
    copy = tmp_path_factory.mktemp("stored")
    for file in load.find(registry.resolve(registry.FALLBACK)).iterdir():
        if file.name != int8.NAME:
            os.link(file.resolve(), copy / file.name)
    int8.store(copy)
    return copy


def test_who_reads_all_safetensors_of_a_folder_does_not_read_the_copy(folder: Path) -> None:
    assert [file.name for file in folder.glob("*.safetensors")] == ["model.safetensors"]


@torch.inference_mode()
def test_the_stored_copy_is_all_of_the_model_and_gives_what_is_quantized_at_load(folder: Path, tmp_path: Path) -> None:
    only_stored = tmp_path / "only"
    only_stored.mkdir()
    for file in folder.iterdir():
        if file.name != "model.safetensors":
            os.link(file, only_stored / file.name)
    mapped = int8.load(only_stored)
    quantized = int8.load(load.find(registry.resolve(registry.FALLBACK)))
    tokens = torch.tensor([[504, 2, 57, 1_000, 9]])
    assert torch.equal(mapped(tokens).logits, quantized(tokens).logits)


@pytest.mark.skipif(sys.platform != "linux", reason="what is in memory of a mapped file is read from /proc")
def test_nothing_of_the_stored_copy_stays_in_memory_that_was_laid_out(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        os.link(file, tmp_path / file.name)
    model = int8.load(tmp_path)
    mapped = re.findall(
        rf"{re.escape(str(tmp_path / int8.NAME))}\n(?:.*\n)*?Rss: +(\d+) kB", Path("/proc/self/smaps").read_text()
    )
    assert model is not None
    assert mapped
    assert sum(map(int, mapped)) < (folder / int8.NAME).stat().st_size / 1024 / 10


def test_what_ends_an_answer_is_what_the_model_s_generation_config_says(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        os.link(file, tmp_path / file.name)
    (tmp_path / "generation_config.json").unlink()
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [2, 7]}')
    assert int8.load(tmp_path).generation_config.eos_token_id == [2, 7]


def test_the_copy_does_not_count_as_the_model_s_weights(folder: Path) -> None:
    assert sizes.stored(folder) == (folder / "model.safetensors").stat().st_size


def test_in_8_bits_a_model_needs_half_the_memory_of_16(folder: Path) -> None:
    spec = registry.resolve(registry.FALLBACK)
    assert sizes.weights(folder, spec, "int8") == sizes.weights(folder, spec, "bfloat16") // 2


def test_what_is_asked_for_in_8_bits_is_loaded_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "int8")
    model, _ = load_model(folder, registry.resolve(registry.FALLBACK))
    assert int8_model.is_in_8_bits(model)
    monkeypatch.setenv("PRECIS_DTYPE", "float32")
    model, _ = load_model(folder, registry.resolve(registry.FALLBACK))
    assert not int8_model.is_in_8_bits(model)
