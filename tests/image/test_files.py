"""cog.yaml, image-cpu.yaml and image-transformers.yaml: the same package, on a card, without one, and without vLLM."""

import subprocess
from typing import Any

import pytest
import yaml

from image import contents
from image.contents import ROOT
from weights import registry

FILES = ("cog.yaml", "image-cpu.yaml", "image-transformers.yaml")
# What an image may have otherwise.
OWN = ("PRECIS_MODEL=", "PRECIS_ENGINE=", "PRECIS_IMAGE_MODELS=", "PIP_EXTRA_INDEX_URL=")


def read(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / file).read_text())
    return found


@pytest.mark.parametrize("file", FILES)
def test_it_has_what_redaction_and_knowledge_need_and_a_model_for_a_machine_without_a_card(file: str) -> None:
    carried = {spec.alias for spec in contents.models(ROOT, file)}
    assert {registry.FALLBACK, registry.NAMES_MODEL, registry.EMBEDDING_MODEL} <= carried
    assert all(spec.digests for spec in contents.models(ROOT, file))


def test_the_image_without_a_card_carries_the_default_that_it_serves_where_memory_allows() -> None:
    assert registry.DEFAULT in {spec.alias for spec in contents.models(ROOT, "image-cpu.yaml")}
    assert not [line for line in read("image-cpu.yaml")["environment"] if line.startswith("PRECIS_MODEL=")]


def test_only_an_image_for_a_card_carries_a_model_for_one() -> None:
    assert "qwen3-4b" in {spec.alias for spec in contents.models(ROOT, "cog.yaml")}
    assert "qwen3-4b" not in {spec.alias for spec in contents.models(ROOT, "image-cpu.yaml")}


@pytest.mark.parametrize("file", FILES[1:])
def test_the_images_differ_in_nothing_else(file: str) -> None:
    gpu, other = read("cog.yaml"), read(file)
    assert gpu["predict"] == other["predict"]
    for key in ("python_version", "sdk_version"):
        assert gpu["build"][key] == other["build"][key]
    assert gpu["build"]["run"][-1] == other["build"]["run"][-1]
    ours = {line for line in gpu["environment"] if not line.startswith(OWN)}
    assert ours <= set(other["environment"])


def test_the_image_with_vllm_has_the_same_card_and_the_same_packages_but_for_vllm_and_what_it_pins() -> None:
    vllm, plain = read("cog.yaml"), read("image-transformers.yaml")
    assert {key: vllm["build"][key] for key in ("gpu", "cuda")} == {key: plain["build"][key] for key in ("gpu", "cuda")}
    ours, theirs = (pinned(file["build"]["python_requirements"]) for file in (plain, vllm))
    assert theirs.pop("vllm")
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == {"numba", "numpy"}
    assert tuple(map(int, theirs["numpy"].split("."))) < (2, 4)


def test_only_the_image_without_vllm_carries_a_kernel_for_attention() -> None:
    assert registry.ATTENTION_KERNEL in {spec.alias for spec in contents.models(ROOT, "image-transformers.yaml")}
    assert registry.ATTENTION_KERNEL not in {spec.alias for spec in contents.models(ROOT, "cog.yaml")}


def pinned(file: str) -> dict[str, str]:
    """The version of each package in a file of requirements."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in lines)
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def test_the_cpu_image_has_no_cuda() -> None:
    cpu = read("image-cpu.yaml")
    assert cpu["build"]["gpu"] is False
    assert "cuda" not in cpu["build"]
    assert "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu" in cpu["environment"]


@pytest.mark.parametrize("file", FILES)
def test_no_value_needs_quotes_which_the_tool_does_not_write(file: str) -> None:
    values = [line.partition("=")[2] for line in read(file)["environment"]]
    assert [value for value in values if set(value) & set(" \t\"'\\$")] == []


def test_dockerignore_hides_no_model_and_no_index_from_a_build_without_an_export() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in lines if line.startswith(("weights", "knowledge"))] == ["weights/.partial"]


@pytest.mark.parametrize(
    ("asked", "called"),
    [
        ("image", "image build precis --file cog.yaml"),
        ("image IMAGE=image-cpu.yaml DIRTY=1", "image build precis-cpu --file image-cpu.yaml --dirty"),
        ("image TAG=mine:2", "image build mine:2 --file cog.yaml"),
        ("push MODEL=owner/name", "image push r8.im/owner/name --file cog.yaml"),
        ("push MODEL=owner/name ENGINE=transformers", "image push r8.im/owner/name --file image-transformers.yaml"),
        ("image ENGINE=transformers", "image build precis-transformers --file image-transformers.yaml"),
        (
            "push REGISTRY=localhost:5000/a/b IMAGE=image-cpu.yaml",
            "image push localhost:5000/a/b --file image-cpu.yaml",
        ),
    ],
)
def test_make_calls_the_command(asked: str, called: str) -> None:
    command = ["make", "--dry-run", *asked.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    (line,) = [line for line in done.stdout.splitlines() if "/precis image " in line]
    assert line.partition("/precis ")[2].strip() == called
