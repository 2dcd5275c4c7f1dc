import shutil
from pathlib import Path

import pytest

from errors import UserError
from weights import checksums
from weights.registry import ModelSpec


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path, tiny_spec: ModelSpec) -> Path:
    """The tiny model with its manifest."""
    copy = Path(shutil.copytree(tiny_model, tmp_path / "tiny"))
    checksums.record(copy, tiny_spec, tiny_spec.digests)
    return copy


def test_a_whole_folder_passes(folder: Path, tiny_spec: ModelSpec) -> None:
    checksums.check(folder, tiny_spec)
    checksums.verify(folder, tiny_spec)


def test_a_folder_without_a_manifest_is_refused(tiny_model: Path, tiny_spec: ModelSpec) -> None:
    with pytest.raises(UserError, match=r"E2003 .*precis\.json"):
        checksums.check(tiny_model, tiny_spec)


def test_a_damaged_manifest_is_refused(folder: Path, tiny_spec: ModelSpec) -> None:
    (folder / checksums.NAME).write_text('{"source": ')
    with pytest.raises(UserError, match=r"E2003 .*not readable"):
        checksums.check(folder, tiny_spec)


def test_a_missing_file_is_named(folder: Path, tiny_spec: ModelSpec) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"E2003 tokenizer\.json is missing"):
        checksums.check(folder, tiny_spec)


def test_a_short_file_is_refused_with_both_sizes(folder: Path, tiny_spec: ModelSpec) -> None:
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UserError, match=rf"E2002 model\.safetensors is {size - 1:,} bytes; recorded are {size:,}"):
        checksums.check(folder, tiny_spec)


def test_a_changed_byte_is_found_by_verifying_with_both_digests(folder: Path, tiny_spec: ModelSpec) -> None:
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    checksums.check(folder, tiny_spec)
    pinned, actual = tiny_spec.digests[weights.name], checksums.sha256(weights)
    with pytest.raises(UserError, match=rf"E2002 model\.safetensors has sha256 {actual}; pinned is {pinned}"):
        checksums.verify(folder, tiny_spec)


def test_a_manifest_cannot_excuse_a_file_from_its_pinned_digest(folder: Path, tiny_spec: ModelSpec) -> None:
    config = folder / "config.json"
    config.write_text(config.read_text().replace("16", "32", 1))
    checksums.record(folder, tiny_spec, {name: checksums.sha256(folder / name) for name in tiny_spec.digests})
    with pytest.raises(UserError, match=rf"E2002 config\.json was recorded .*{tiny_spec.digests['config.json']}"):
        checksums.check(folder, tiny_spec)


def test_another_revision_is_refused(folder: Path, tiny_spec: ModelSpec) -> None:
    newer = tiny_spec.model_copy(update={"revision": "f" * 40})
    with pytest.raises(UserError, match=f"E2003 .*{tiny_spec.revision}.*{newer.revision}"):
        checksums.check(folder, newer)
