"""What is exported, judged by the rule by which Cog's command line makes layers of it."""

import os
from pathlib import Path

import pytest

from errors import UserError
from image import contents, export
from image.contents import ROOT
from tests.image import cogs_rule
from tests.image.conftest import git
from weights import checksums, registry
from weights.registry import ModelSpec


def exported(root: Path, folder: Path, home: Path = registry.FOLDER) -> Path:
    folder.mkdir()
    export.committed(root, folder)
    export.carry(root, folder, contents.models(folder, "cog.yaml"), home)
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def large(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        file.truncate(cogs_rule.THRESHOLD)
    return place


def test_the_layers_are_the_models_of_the_image(project: Path, tmp_path: Path) -> None:
    large(project / "weights" / "qwen3-0.6b" / "model.safetensors")  # here, and of no image
    large(project / ".venv" / "bin" / "node")
    folders, of_root = cogs_rule.layers(exported(project, tmp_path / "export"))
    assert set(folders) == {f"weights/{spec.alias}" for spec in contents.models(project, "cog.yaml")}
    assert of_root == []


def home_of(models: list[ModelSpec], home: Path) -> Path:
    """A `weights/` with these models, a large file in the place of one that is not here."""
    for spec in models:
        if (registry.FOLDER / spec.alias).is_dir():
            (home / spec.alias).symlink_to(registry.FOLDER / spec.alias)
        else:
            file = large(home / spec.alias / "model.safetensors")
            checksums.record(file.parent, spec, {file.name: checksums.sha256(file)})
    return home


def test_the_layers_of_the_cpu_image_are_its_models(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    export.committed(ROOT, tmp_path)
    models = contents.models(tmp_path, "image-cpu.yaml")
    export.carry(ROOT, tmp_path, models, home_of(models, tmp_path_factory.mktemp("home")))
    folders, of_root = cogs_rule.layers(tmp_path)
    baked = [folder for folder in folders if folder.startswith("knowledge/")]  # of whoever runs the tests
    assert sorted(set(folders) - set(baked)) == sorted(f"weights/{spec.alias}" for spec in models)
    assert of_root == []


def test_the_working_tree_itself_would_have_other_layers(project: Path) -> None:
    large(project / ".venv" / "bin" / "node")
    assert cogs_rule.layers(project) == ([".venv/bin"], [])


def test_what_is_committed_travels_and_what_dockerignore_hides_does_not(project: Path, tmp_path: Path) -> None:
    (project / "predict.py").write_text("print('changed')\n")
    (project / "new.py").write_text("print('new')\n")
    folder = exported(project, tmp_path / "export")
    assert (folder / "predict.py").read_text() == "print('code')\n"
    code = {name for name in files(folder) if name.count("/") < 2}
    assert code == {".gitignore", "cog.yaml", "predict.py", "weights/models.toml", "weights/load.py"}


def test_of_a_model_its_recorded_files_travel(project: Path, tmp_path: Path) -> None:
    folder = exported(project, tmp_path / "export") / "weights" / "rampart"
    assert files(folder) == {"LICENSE", "config.json", "model.onnx", "precis.json", "tokenizer.json"}


def test_an_index_travels_whole_in_layers_or_beside_the_code(project: Path, tmp_path: Path) -> None:
    large(project / "knowledge" / "data-1" / "chunks.lance" / "data" / "a.lance")
    (project / "knowledge" / "manifest.json").write_text("{}")
    folder = exported(project, tmp_path / "export")
    assert {"knowledge/manifest.json", "knowledge/data-1/chunks.lance/data/a.lance"} <= files(folder)
    assert "knowledge/data-1/chunks.lance/data" in cogs_rule.layers(folder)[0]


def test_the_image_s_user_who_is_nobody_can_read_all_of_it(project: Path, tmp_path: Path) -> None:
    index = project / "knowledge" / "manifest.json"
    index.parent.mkdir(mode=0o700)
    index.write_text("{}")
    index.chmod(0o600)
    before = os.umask(0o077)
    try:
        folder = exported(project, tmp_path / "export")
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & (0o005 if path.is_dir() else 0o004) for path in (folder, *folder.rglob("*"))}
    assert [path for path, mode in modes.items() if mode != (0o005 if path.is_dir() else 0o004)] == []
    assert index.stat().st_mode & 0o777 == 0o600  # what was copied is as it was


def test_a_model_is_not_there_twice(project: Path, tmp_path: Path) -> None:
    home = Path(tmp_path / "home")
    git(project, "mv", "weights/load.py", "weights/other.py")
    export.carry(project, home, contents.models(project, "cog.yaml"), registry.FOLDER)  # on this disk
    folder = exported(project, tmp_path / "export", home / "weights")
    model = "weights/smollm2-135m/model.safetensors"
    assert (folder / model).samefile(home / model)


def test_a_model_with_a_missing_file_is_refused(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    export.carry(project, home, contents.models(project, "cog.yaml"), registry.FOLDER)
    (home / "weights" / "rampart" / "model.onnx").unlink()
    with pytest.raises(UserError, match=r"^E2003 model\.onnx is missing from rampart"):
        exported(project, tmp_path / "export", home / "weights")


def test_no_checkout_has_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^E8003 .*not a git repository"):
        export.committed(tmp_path, tmp_path)
