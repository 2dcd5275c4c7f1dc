import os
from pathlib import Path

import pytest

from errors import UserError
from image import commands, tool
from weights import registry


def test_the_image_is_built_from_the_export_with_models_in_layers(
    project: Path, cog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.build("precis", "cog.yaml", is_dirty=False, root=project) == 0
    place, *called = cog.read_text().splitlines()
    assert called[:6] == ["build", "--separate-weights", "--file", "cog.yaml", "--tag", "precis"]
    language_model = ("smollm2-135m/int8.weights", "smollm2-135m/model.safetensors")
    models = ("all-minilm-l6-v2/model.safetensors", "rampart/model.onnx", *language_model)
    assert sorted(called[6:]) == [f"./weights/{model}" for model in models]
    assert Path(place).parent == project / "build"
    assert not Path(place).exists()
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.startswith("cog.yaml at ")
    sizes = {row.split()[0]: row.split()[1] for row in rows}
    assert list(sizes) == ["code", "smollm2-135m", "rampart", "all-minilm-l6-v2", "together"]
    assert sizes["smollm2-135m"] == "464.6"


def test_it_is_pushed_to_the_registry_that_is_named(project: Path, cog: Path) -> None:
    assert commands.push("localhost:5000/team/precis", "cog.yaml", is_dirty=False, root=project) == 0
    called = cog.read_text().splitlines()[1:6]
    assert called == ["push", "--separate-weights", "--file", "cog.yaml", "localhost:5000/team/precis"]


def test_the_tool_s_exit_code_is_ours(project: Path, cog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COG_ENDS", "3")
    assert commands.build("precis", "cog.yaml", is_dirty=False, root=project) == 3
    assert list((project / "build").iterdir()) == []


@pytest.mark.parametrize("change", ["predict.py", "new.py"])
def test_what_is_not_committed_is_refused_unless_told(
    project: Path, cog: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / change).write_text("print('changed')\n")
    with pytest.raises(UserError, match=r"^E8003 1 files are not as committed.*DIRTY=1"):
        commands.build("precis", "cog.yaml", is_dirty=False, root=project)
    assert not cog.exists()
    assert commands.build("precis", "cog.yaml", is_dirty=True, root=project) == 0
    assert "1 files are not as committed" in capsys.readouterr().out


def test_a_missing_model_is_refused_with_the_command_that_brings_it(project: Path, cog: Path, tmp_path: Path) -> None:
    (tmp_path / "rampart").mkdir()
    with pytest.raises(UserError, match=r"^E2003 2 of 3 .*`precis weights pull smollm2-135m all-minilm-l6-v2`"):
        commands.build("precis", "cog.yaml", is_dirty=False, root=project, home=tmp_path)
    assert not cog.exists()


def test_a_file_that_is_no_image_is_refused(project: Path, cog: Path) -> None:
    with pytest.raises(UserError, match=r"^E8004 image-none\.yaml"):
        commands.build("precis", "image-none.yaml", is_dirty=False, root=project)


def test_without_the_tool_nothing_is_begun(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"^E8001 cog not found; https://"):
        commands.build("precis", "cog.yaml", is_dirty=False, root=project)
    assert not (project / "build").exists()


@pytest.mark.parametrize("version", ["0.22.0", "v0.22.0", "0.22.0-rc.1", "0.9.9", "0.21.4-dev+g6110c91"])
def test_a_tool_that_is_too_old_is_refused_with_both_numbers(
    cog: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("COG_SAYS", version)
    with pytest.raises(UserError, match=rf"^E8002 cog is {version.replace('+', '.')}; newer than 0\.22\.0"):
        tool.version()


@pytest.mark.parametrize(
    "version", ["0.22.1", "0.22.1-dev+g6110c91", "0.22.0-3-g6110c91", "0.23.0-rc.1", "1.0.0", "dev"]
)
def test_a_newer_tool_is_taken(cog: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("COG_SAYS", version)
    assert tool.version() == version


def test_another_program_of_the_name_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cog").write_text("#!/bin/sh\necho cog 6.1.0\n")
    (tmp_path / "cog").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(UserError, match=r"^E8001 .*not Replicate's"):
        tool.version()


def test_the_list_says_what_an_image_carries_and_what_is_not_here(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "knowledge").mkdir()
    (project / "knowledge" / "manifest.json").write_bytes(b"0" * 1_000_000)
    (tmp_path / "rampart").symlink_to(registry.FOLDER / "rampart")
    commands.show("cog.yaml", root=project, home=tmp_path)
    rows = [line.split(maxsplit=3) for line in capsys.readouterr().out.splitlines()]
    sizes = {row[0]: row[1] for row in rows}
    models = {"smollm2-135m": "92.9", "rampart": "19.3", "all-minilm-l6-v2": "83.5"}
    assert sizes == models | {"knowledge": "1.0", "together": "196.7"}
    assert [row[0] for row in rows if row[3:]] == ["smollm2-135m", "all-minilm-l6-v2"]
    assert rows[0][3] == "to download: `precis weights pull smollm2-135m`"
