import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from computing import memory
from errors import UserError
from serving.server import ROOT
from tests.weights.conftest import Run
from weights import checksums, choose, load, registry
from weights.registry import ModelSpec

NAMED = registry.models()


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


def test_a_named_model_is_served(monkeypatch: pytest.MonkeyPatch, embedded: Path) -> None:
    monkeypatch.setenv("PRECIS_MODEL", "smollm2-135m")
    folder, spec = load.find_for_setup(None)
    assert (folder, spec) == (embedded, registry.resolve("smollm2-135m"))


@pytest.fixture
def default(home: Path, tiny_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """The tiny model for the default, which is here, with a gigabyte more memory than it is for."""
    monkeypatch.setenv("PRECIS_MODEL", "")
    monkeypatch.setattr(registry, "DEFAULT", tiny_spec.alias)
    monkeypatch.setattr(registry, "models", lambda: NAMED | {tiny_spec.alias: tiny_spec})
    find_here = load.here
    monkeypatch.setattr(load, "here", lambda spec, _=home: find_here(spec, home))
    monkeypatch.setattr(memory, "available", lambda: choose.LEAST + 10**9)
    return tiny_spec


def test_where_no_model_is_named_it_is_the_embedded_default(default: ModelSpec, home: Path) -> None:
    assert load.find_served(None) == (home / "tiny", default, "the default")


def test_where_memory_is_short_the_small_model_stands_in_and_says_why(
    default: ModelSpec, monkeypatch: pytest.MonkeyPatch, home: Path, embedded: Path
) -> None:
    shutil.copytree(embedded, home / embedded.name, copy_function=os.link)
    monkeypatch.setattr(memory, "available", lambda: choose.LEAST - 10**9)
    folder, spec, why = load.find_served(None)
    assert (folder, spec.alias) == (home / "smollm2-135m", "smollm2-135m")
    assert why == "tiny is for 6.0 GB of free memory; 5.0 GB are free"


@pytest.mark.parametrize(
    ("may_fetch", "why"),
    [
        (
            True,
            "for the default: E2003 tiny is not here and could not be fetched: tiny is not in the cache and HF_HUB_",
        ),
        (False, "tiny is not here"),
    ],
)
def test_a_default_that_cannot_or_may_not_be_fetched_gives_way(
    default: ModelSpec, monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, embedded: Path,
    may_fetch: bool, why: str, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.rmtree(home / "tiny")
    shutil.copytree(embedded, home / embedded.name, copy_function=os.link)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    served = load.find_served(None, may_fetch_default=may_fetch)
    assert served.spec.alias == registry.FALLBACK
    assert served.why.startswith(why)
    assert ("tiny (0 MB) is fetched" in capfd.readouterr().err) is may_fetch


def test_a_damaged_default_is_told_and_not_passed_over(default: ModelSpec, home: Path) -> None:
    (home / "tiny" / "model.safetensors").write_bytes(b"")
    with pytest.raises(UserError, match=r"^E2002 model\.safetensors is 0 bytes"):
        load.find_served(None)


def test_a_folder_with_a_model_that_cannot_be_served_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mamba2"}')
    with pytest.raises(UserError, match=r"^E2007 .* cannot be served: it has layers of linear_attention"):
        load.load(*load.find_for_setup(tmp_path))


@pytest.mark.parametrize("name", ["rampart", "all-minilm-l6-v2", "flash-attn2"])
def test_what_writes_no_text_is_not_served(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PRECIS_MODEL", name)
    with pytest.raises(UserError, match=f"E2001 {name} is for [a-z-]+; .*smollm2-135m, .* write text"):
        load.find_served(None)


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


def test_weights_that_cannot_be_fetched_say_which_command_brings_them(run: Run) -> None:
    script = "from weights import load, registry; load.find(registry.resolve('qwen3-0.6b'))"
    done = run(script, HF_HUB_OFFLINE="1")
    last = done.stderr.splitlines()[-1]
    assert "E2003 qwen3-0.6b is not here and could not be fetched: " in last
    assert last.endswith("HF_HUB_OFFLINE is set. Run: precis weights pull qwen3-0.6b")


def test_weights_are_waited_for_no_longer_than_a_setup_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "PULL_SECONDS", 0.05)
    with pytest.raises(UserError, match=r"^E2004 smollm2-135m .* within 0\.05 s\. Run: .*\(or make weights\)$"):
        load.find(registry.resolve("smollm2-135m"), tmp_path)
    assert not (tmp_path / "smollm2-135m").exists()


def test_a_model_that_memory_does_not_hold_is_refused_with_the_figures(
    monkeypatch: pytest.MonkeyPatch, embedded: Path
) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "float32")
    monkeypatch.setattr(memory, "available", lambda: 500_000_000)
    monkeypatch.setattr(memory, "limit", lambda: 700_000_000)
    needs = (
        r"^E2005 smollm2-135m in float32 with one engine needs 801 MB; 500 MB are left of 700; .*PRECIS_MODEL.*DTYPE"
    )
    with pytest.raises(UserError, match=needs):
        load.load(embedded, registry.resolve("smollm2-135m"))


def test_a_tokenizer_needs_no_torch_and_is_the_one_that_the_library_would_choose(embedded: Path) -> None:
    code = "import sys; from pathlib import Path; from weights import load; load.load_tokenizer(Path(sys.argv[1])); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print('torch' in sys.modules)", str(embedded)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout == "False\n"
    from transformers import AutoTokenizer

    chosen, ours = AutoTokenizer.from_pretrained(embedded), load.load_tokenizer(embedded)
    assert ours.backend_tokenizer.to_str() == chosen.backend_tokenizer.to_str()
    assert (ours.chat_template, ours.eos_token_id) == (chosen.chat_template, chosen.eos_token_id)
