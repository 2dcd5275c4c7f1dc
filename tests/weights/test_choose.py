"""Which model `auto` takes, with what a card would say in its place, and models as large as they are: of holes."""

import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from computing import hardware, memory
from computing.hardware import Card
from errors import UserError
from tests.weights.conftest import Run
from weights import checksums, choose, load, registry, sizes
from weights.checksums import Checksums, FileRecord
from weights.registry import ModelSpec

GB = 1_000_000_000
QWEN3_4B = {
    "hidden_size": 2560, "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
    "vocab_size": 151_936, "tie_word_embeddings": True,
}  # fmt: skip
SMOLLM2_135M = {
    "hidden_size": 576, "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
    "vocab_size": 49_152, "tie_word_embeddings": True,
}  # fmt: skip


def card(gigabytes: float, dtype: str = "bfloat16") -> Card:
    return Card("a card", int(gigabytes * GB), dtype)


def put(spec: ModelSpec, folder: Path, config: Mapping[str, object], weights: int) -> Path:
    """A model's folder as `precis weights pull` leaves it, `weights` bytes of it not written."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").touch()
    os.truncate(folder / "model.safetensors", weights)
    files = {
        file.name: FileRecord(size=file.stat().st_size, sha256=spec.digests.get(file.name, "0" * 64))
        for file in folder.iterdir()
    }
    recorded = Checksums(source=spec.source, revision=spec.revision, files=files)
    (folder / checksums.NAME).write_text(recorded.model_dump_json())
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A `weights/` with a small and a large model, and one that writes nothing but is as large as a card could hold."""
    put(registry.resolve("smollm2-135m"), tmp_path / "smollm2-135m", SMOLLM2_135M, 269_000_000)
    put(registry.resolve("qwen3-4b"), tmp_path / "qwen3-4b", QWEN3_4B, 8_044_936_192)
    put(registry.resolve("privacy-filter"), tmp_path / "privacy-filter", {}, 2_800_000_000)
    return tmp_path


@pytest.fixture(autouse=True)
def left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for the default, whatever else runs beside the tests."""
    monkeypatch.setattr(memory, "available", lambda: choose.LEAST)


@pytest.mark.parametrize(
    ("free", "dtype", "alias", "why"),
    [
        (24, "bfloat16", "qwen3-4b", "the largest here that fits: 12.9 GB of 19.2 GB, 80% of what a card has free"),
        (16.2, "bfloat16", "qwen3-4b", "the largest here that fits: 12.9 GB of 13.0 GB"),
        (16, "bfloat16", "smollm2-135m", "the largest here that fits: 0.5 GB of 12.8 GB"),
        (24, "float32", "smollm2-135m", "the largest here that fits: 0.9 GB of 19.2 GB"),
        (0.5, "bfloat16", "smollm2-135m", "none here fits a card: the smallest takes 0.5 GB of 0.4 GB"),
    ],
)
def test_on_a_card_it_is_the_largest_that_fits_with_one_context(
    home: Path, free: float, dtype: str, alias: str, why: str
) -> None:
    spec, said = choose.choose(card(free, dtype), partial(load.here, home=home))
    assert spec.alias == alias
    assert said.startswith(why)


def test_without_a_card_it_is_the_embedded_default(home: Path) -> None:
    default = registry.resolve(registry.DEFAULT)
    put(default, home / default.alias, {}, default.stored)
    assert choose.choose(None, partial(load.here, home=home)) == (default, "no CUDA card, the default")


@pytest.mark.parametrize(("free", "alias"), [(6.0, "qwen2.5-1.5b"), (5.9, "smollm2-135m")])
def test_the_default_is_for_machines_with_memory(free: float, alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: int(free * GB))
    spec, why = choose.embedded()
    assert spec.alias == alias
    assert why == ("the default" if free == 6 else "qwen2.5-1.5b is for 6.0 GB of free memory; 5.9 GB are free")


@pytest.mark.parametrize("gpu", [None, card(80)])
def test_where_nothing_is_here_it_is_what_the_package_index_has(gpu: Card | None) -> None:
    spec, _ = choose.choose(gpu, lambda _: None)
    assert (spec.alias, spec.kind) == (registry.FALLBACK, "wheel")


def test_the_default_that_is_not_here_gives_way(home: Path) -> None:
    spec, why = choose.choose(None, partial(load.here, home=home))
    assert (spec.alias, why) == (registry.FALLBACK, "no CUDA card, qwen2.5-1.5b is not here")


def test_a_model_that_grows_when_it_is_converted_counts_as_large_as_it_is(home: Path) -> None:
    default = registry.resolve(registry.DEFAULT)
    config = {"hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2}
    put(default, home / default.alias, config, default.stored)
    put(registry.resolve("qwen3-0.6b"), home / "qwen3-0.6b", QWEN3_4B | {"num_hidden_layers": 28}, 1_503_300_328)
    for name in registry.resolve("qwen3-0.6b").digests:
        (home / "qwen3-0.6b" / name).touch()
    spec, _ = choose.choose(card(8), partial(load.here, home=home))
    assert spec.alias == default.alias


def test_a_model_in_the_cache_of_the_hub_counts_as_one_in_the_image(run: Run, tmp_path: Path) -> None:
    spec = registry.resolve("qwen3-4b")
    repository = tmp_path / "hf/hub/models--Qwen--Qwen3-4B-Instruct-2507"
    snapshot = put(spec, repository / "snapshots" / spec.revision, QWEN3_4B, 8_044_936_192)
    for name in spec.digests:
        (snapshot / name).touch()
    code = (
        "from computing.hardware import Card; from weights import choose, load; from pathlib import Path; "
        "card = Card('a card', 24 * 10**9, 'bfloat16'); "
        "print(choose.choose(card, lambda spec: load.here(spec, Path('nowhere')))[0].alias)"
    )
    done = run(code, HF_HUB_OFFLINE="1")
    assert done.stdout == "qwen3-4b\n", done.stderr


def test_a_damaged_model_is_told_and_not_passed_over(home: Path) -> None:
    os.truncate(home / "qwen3-4b" / "model.safetensors", 5)
    with pytest.raises(UserError, match=r"^E2002 model\.safetensors is 5 bytes"):
        choose.choose(card(24), partial(load.here, home=home))


def test_only_models_that_write_text_are_language_models() -> None:
    others = {alias for alias, spec in registry.models().items() if spec not in registry.language_models()}
    assert others == {registry.NAMES_MODEL, registry.EMBEDDING_MODEL, registry.ATTENTION_KERNEL, "privacy-filter"}


def test_what_is_served_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "ask_card", lambda: None)
    monkeypatch.setenv("PRECIS_MODEL", "auto")
    served = load.find_served(None)
    assert served.why.startswith("auto: no CUDA card, ")
    monkeypatch.setenv("PRECIS_MODEL", registry.FALLBACK)
    assert load.find_served(None).why == "named by PRECIS_MODEL"
    assert load.find_served(served.folder).why == "named by COG_WEIGHTS"


def test_sizes_are_those_of_the_loaded_model(
    tiny_model: Path, tiny_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.batching import bytes_per_token

    monkeypatch.setenv("PRECIS_DTYPE", "float32")
    spec = tiny_spec.model_copy(update={"dtype": "float32"})  # as its fixture wrote it
    model, _ = load.load(tiny_model, spec)
    item = model.dtype.itemsize
    dtype = str(model.dtype).removeprefix("torch.")
    weights = sum(parameter.numel() for parameter in model.parameters()) * item
    assert weights <= sizes.weights(tiny_model, spec, dtype) <= weights + 8_192  # the file has a header
    assert sizes.cache(tiny_model, spec, dtype) == spec.context_length * bytes_per_token(model.config, model.dtype)
