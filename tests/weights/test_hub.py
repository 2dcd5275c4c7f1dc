"""The hub path, against a cache in the hub's layout and against a hub on loopback."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.weights.conftest import Run
from tests.weights.hub_server import COMMIT, REPOSITORY, HubServer
from weights.registry import ModelSpec

SNAPSHOT = """
import sys
from errors import UserError
from weights import hub
from weights.registry import ModelSpec
try:
    print(hub.snapshot(ModelSpec.model_validate_json(sys.argv[1])))
except UserError as error:
    print(error)
"""
RECORDED = """
import sys
from weights import hub
from weights.registry import ModelSpec
print(hub.recorded(ModelSpec.model_validate_json(sys.argv[1])))
"""
SERVE = """
from weights import load
folder, spec = load.find_for_setup(None)
model, tokenizer = load.load(folder, spec)
ids = tokenizer("hello", return_tensors="pt").input_ids
print(folder, spec.context_length, model.generate(ids, max_new_tokens=3, do_sample=False).shape[1])
"""
FIND_NAMES_MODEL = "from weights import load; print(load.find_names_model())"
UNPINNED = ModelSpec(alias=f"{REPOSITORY}@main", kind="hub", source=REPOSITORY, revision="main").model_dump_json()


@pytest.fixture
def pinned(tiny_spec: ModelSpec) -> str:
    return tiny_spec.model_dump_json()


def in_cache(home: Path) -> Path:
    return home / "hub" / "models--tiny--llama" / "snapshots" / COMMIT


def test_a_model_in_the_cache_is_served_offline(run: Run, cache: Path) -> None:
    done = run(SERVE, PRECIS_MODEL=f"{REPOSITORY}@main", HF_HUB_OFFLINE="1")
    assert done.stdout.split() == [str(in_cache(cache)), "256", "8"], done.stderr


def test_a_model_in_the_cache_is_recorded_with_its_commit(run: Run, cache: Path) -> None:
    assert run(RECORDED, UNPINNED, HF_HUB_OFFLINE="1").stdout.strip() == "None"
    run(SNAPSHOT, UNPINNED, HF_HUB_OFFLINE="1")
    assert json.loads((in_cache(cache) / "precis.json").read_text())["revision"] == COMMIT
    assert run(RECORDED, UNPINNED, HF_HUB_OFFLINE="1").stdout.strip() == str(in_cache(cache))


def test_a_model_that_is_not_in_the_cache_is_missing_offline(run: Run, pinned: str) -> None:
    assert run(SNAPSHOT, pinned, HF_HUB_OFFLINE="1").stdout.startswith("E2003 tiny is not in the cache")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_cache_that_lacks_a_file_is_not_loaded_offline(run: Run, cache: Path, name: str, pinned: str) -> None:
    (in_cache(cache) / name).unlink()
    assert run(SNAPSHOT, pinned, HF_HUB_OFFLINE="1").stdout.startswith(f"E2003 tiny lacks 1 files, among them {name}")


def test_a_cache_that_lacks_a_shard_of_the_index_is_not_loaded_offline(run: Run, cache: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (in_cache(cache) / "model.safetensors.index.json").write_text(json.dumps(index))
    (in_cache(cache) / "model.safetensors").rename(in_cache(cache) / "model-00001-of-00002.safetensors")
    assert "lacks 1 files, among them model-00002" in run(SNAPSHOT, UNPINNED, HF_HUB_OFFLINE="1").stdout


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_damaged_file_in_the_cache_is_refused_and_dropped(run: Run, cache: Path, name: str) -> None:
    blob = (in_cache(cache) / name).resolve()
    content = blob.read_bytes()
    blob.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert run(SNAPSHOT, UNPINNED, HF_HUB_OFFLINE="1").stdout.startswith(f"E2002 {name} has ")
    assert not blob.exists()
    assert not (in_cache(cache) / "precis.json").exists()


def test_a_recorded_model_that_lost_bytes_counts_as_not_there(run: Run, cache: Path, pinned: str) -> None:
    run(SNAPSHOT, pinned, HF_HUB_OFFLINE="1")
    blob = (in_cache(cache) / "model.safetensors").resolve()
    blob.write_bytes(blob.read_bytes()[:-1])
    assert run(RECORDED, pinned, HF_HUB_OFFLINE="1").stdout.strip() == "None"


def test_a_branch_is_resolved_to_its_commit_once(run: Run, hub: HubServer) -> None:
    first = run(SNAPSHOT, UNPINNED, HF_ENDPOINT=hub.url)
    assert first.stdout.strip().endswith(COMMIT), first.stderr
    assert run(RECORDED, UNPINNED, HF_HUB_OFFLINE="1").stdout == first.stdout


def test_the_names_model_may_come_from_the_hub(run: Run, hub: HubServer) -> None:
    first = run(FIND_NAMES_MODEL, PRECIS_NAMES_MODEL=f"{REPOSITORY}@main", HF_ENDPOINT=hub.url)
    assert first.stdout.strip().endswith(COMMIT), first.stderr
    again = run(FIND_NAMES_MODEL, PRECIS_NAMES_MODEL=f"{REPOSITORY}@main", HF_HUB_OFFLINE="1")
    assert again.stdout == first.stdout


def test_an_embedding_model_comes_with_how_it_pools_and_without_other_folders(run: Run, hub: HubServer) -> None:
    hub.contents |= {"modules.json": b"[]", "1_Pooling/config.json": b"{}", "onnx/config.json": b"[0]"}
    first = run(SNAPSHOT, UNPINNED, HF_ENDPOINT=hub.url)
    assert Path(first.stdout.strip(), "1_Pooling", "config.json").read_bytes() == b"{}", first.stderr
    assert {"modules.json", "1_Pooling/config.json"} <= dict(hub.sent).keys()
    assert not Path(first.stdout.strip(), "onnx").exists()
    assert "1_Pooling/config.json" in json.loads(Path(first.stdout.strip(), "precis.json").read_bytes())["files"]


def test_a_cut_download_is_resumed_where_it_was_cut(run: Run, hub: HubServer, tiny_spec: ModelSpec) -> None:
    large = bytes(24_000_000)  # the library keeps what it got in pieces of 10 MiB
    hub.contents["model.safetensors"] = large
    hub.cuts["model.safetensors"] = 1
    digests = tiny_spec.digests | {"model.safetensors": hashlib.sha256(large).hexdigest()}
    done = run(SNAPSHOT, tiny_spec.model_copy(update={"digests": digests}).model_dump_json(), HF_ENDPOINT=hub.url)
    assert done.stdout.strip().endswith(COMMIT), done.stderr
    assert [first for name, first in hub.sent if name == "model.safetensors"] == [0, 10 * 2**20]


def test_a_download_that_is_cut_every_time_is_a_failed_download(run: Run, hub: HubServer, pinned: str) -> None:
    hub.cuts["model.safetensors"] = 100
    done = run(SNAPSHOT, pinned, HF_ENDPOINT=hub.url)
    assert done.stdout.startswith(f"E2004 {hub.url} did not give tiny/llama"), done.stderr
    assert run(RECORDED, pinned, HF_HUB_OFFLINE="1").stdout.strip() == "None"


def test_wrong_bytes_are_refused_with_both_digests_and_fetched_again(
    run: Run, hub: HubServer, tiny_spec: ModelSpec, pinned: str
) -> None:
    hub.damaged.add("model.safetensors")
    refused = run(SNAPSHOT, pinned, HF_ENDPOINT=hub.url)
    assert refused.stdout.startswith("E2002 model.safetensors has sha256 ")
    assert f"pinned is {tiny_spec.digests['model.safetensors']}" in refused.stdout
    assert run(RECORDED, pinned, HF_HUB_OFFLINE="1").stdout.strip() == "None"

    hub.damaged.clear()
    hub.sent.clear()
    assert run(SNAPSHOT, pinned, HF_ENDPOINT=hub.url).stdout.strip().endswith(COMMIT)
    assert [name for name, _ in hub.sent] == ["model.safetensors"]


def test_another_model_under_the_same_revision_is_refused(run: Run, hub: HubServer, tiny_spec: ModelSpec) -> None:
    another = tiny_spec.model_copy(update={"digests": tiny_spec.digests | {"config.json": "0" * 64}})
    done = run(SNAPSHOT, another.model_dump_json(), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2002 config.json has sha256 ")


def test_only_pinned_files_are_fetched(run: Run, hub: HubServer, pinned: str) -> None:
    hub.contents["extra.json"] = b"{}"
    run(SNAPSHOT, pinned, HF_ENDPOINT=hub.url)
    assert hub.sent
    assert "extra.json" not in dict(hub.sent)


def test_a_repository_that_does_not_exist_is_a_failed_download(run: Run, hub: HubServer) -> None:
    unknown = ModelSpec(alias="a", kind="hub", source="no/body", revision="main")
    done = run(SNAPSHOT, unknown.model_dump_json(), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith(f"E2004 {hub.url} did not give no/body at main"), done.stderr


def test_a_repository_without_safetensors_is_refused(run: Run, hub: HubServer) -> None:
    del hub.contents["model.safetensors"]
    done = run(SNAPSHOT, UNPINNED, HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2004 tiny/llama@main lacks 1 files, among them model.safetensors"), done.stderr


def test_a_name_that_no_repository_can_have_is_refused(run: Run) -> None:
    odd = ModelSpec(alias="a", kind="hub", source="a/b--c..d", revision="main")
    assert run(SNAPSHOT, odd.model_dump_json()).stdout.startswith("E2001 'a/b--c..d'")
