import shutil
from pathlib import Path

import pytest
import torch

from errors import UserError
from weights import checksums, load, registry
from weights.registry import ModelSpec


@pytest.fixture
def home(tmp_path: Path, tiny_model: Path, tiny_spec: ModelSpec) -> Path:
    """A `weights/` with the tiny model baked in."""
    baked = Path(shutil.copytree(tiny_model, tmp_path / "weights" / "tiny"))
    checksums.record(baked, tiny_spec, tiny_spec.digests)
    return baked.parent


def test_weights_that_are_baked_in_need_no_source(home: Path, tiny_spec: ModelSpec) -> None:
    assert load.find(tiny_spec, home) == home / "tiny"


def test_baked_weights_that_lost_bytes_are_refused(home: Path, tiny_spec: ModelSpec) -> None:
    weights = home / "tiny" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"E2002 model\.safetensors"):
        load.find(tiny_spec, home)


def test_cog_weights_come_before_the_named_model(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setenv("PRECIS_MODEL", "smollm2-135m")
    folder, spec = load.find_for_setup(str(tiny_model))
    assert (folder, spec.alias, spec.context_length) == (tiny_model, "tiny", 256)


def test_the_named_model_may_be_a_folder(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setenv("PRECIS_MODEL", str(tiny_model))
    assert load.find_for_setup(None)[0] == tiny_model


@pytest.mark.parametrize("name", ["", "smollm2-135m"])
def test_the_default_is_the_embedded_model(monkeypatch: pytest.MonkeyPatch, embedded: Path, name: str) -> None:
    monkeypatch.setenv("PRECIS_MODEL", name)
    folder, spec = load.find_for_setup(None)
    assert (folder, spec) == (embedded, registry.resolve("smollm2-135m"))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"E2003 .* holds no config\.json"):
        load.find_for_setup(tmp_path)


def test_the_embedding_model_is_the_default_or_the_one_named(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.delenv("PRECIS_EMBEDDING_MODEL", raising=False)
    assert load.find_embedding_model() == (registry.FOLDER / "all-minilm-l6-v2", "all-minilm-l6-v2")
    monkeypatch.setenv("PRECIS_EMBEDDING_MODEL", str(tiny_model))
    assert load.find_embedding_model() == (tiny_model, tiny_model.name)


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_model_is_loaded_in_the_number_format_asked_for(
    monkeypatch: pytest.MonkeyPatch, tiny_model: Path, name: str
) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", name)
    model, tokenizer = load.load(*load.find_for_setup(tiny_model))
    assert model.dtype == getattr(torch, name)
    assert not model.training
    assert tokenizer.decode(tokenizer("hello").input_ids) == "hello"


def test_pickled_weights_are_not_loaded(tmp_path: Path, tiny_model: Path) -> None:
    """Reading a pickle runs what is in it."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "pickled"))
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(OSError, match=r"model\.safetensors"):
        load.load(*load.find_for_setup(folder))


def test_the_embedded_model_answers(monkeypatch: pytest.MonkeyPatch, embedded: Path) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "float32")
    model, tokenizer = load.load(embedded, registry.resolve("smollm2-135m"))
    question = [{"role": "user", "content": "What is the capital of France?"}]
    ids = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    answer = model.generate(**ids, max_new_tokens=12, do_sample=False)[0, ids["input_ids"].shape[1] :]
    assert tokenizer.decode(answer) == "The capital of France is Paris.<|im_end|>"


@pytest.mark.parametrize("name", ["", "rampart"])
def test_the_default_names_model_is_rampart(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PRECIS_NAMES_MODEL", name)
    assert load.find_names_model() == registry.FOLDER / "rampart"


def test_the_names_model_may_be_a_folder(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setenv("PRECIS_NAMES_MODEL", str(tiny_model))
    assert load.find_names_model() == tiny_model


def test_a_names_model_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_NAMES_MODEL", "privacy-filtre")
    with pytest.raises(UserError, match=r"E2001 'privacy-filtre' is none of .*privacy-filter"):
        load.find_names_model()
