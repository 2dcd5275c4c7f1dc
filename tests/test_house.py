"""The house is as its rooms say: each imports what its `__init__` allows, and nothing imports in circles."""

import ast
import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "benchmarks"))
ROOMS += sorted(path.parent for room in ("normalizers", "gateway") for path in ROOT.glob(f"{room}/*/__init__.py"))


def imported(file: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in it, also for types alone."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in found if module(name)}


def module(name: str) -> Path | None:
    """The file that a module of ours is."""
    places = (ROOT / f"{name.replace('.', '/')}.py", ROOT / name.replace(".", "/") / "__init__.py")
    return next((place for place in places if place.is_file()), None)


def allowed(room: Path) -> set[str]:
    """What the room's `__init__` says that it may import."""
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    match = re.search(r"^Imports: ([\w, ]+)\.$", text, re.M)
    assert match, f"{room.name} does not say what it imports"
    return set(match[1].split(", "))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_imports_what_it_says_and_no_more(room: Path) -> None:
    names = {name.split(".")[0] for file in room.rglob("*.py") for name in imported(file)}
    top = room.relative_to(ROOT).parts[0]
    assert names - {top} <= allowed(room)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_s_init_says_what_lives_there_and_holds_no_logic(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    assert len(tree.body) == 1
    assert ast.get_docstring(tree)


def test_no_module_imports_itself_by_way_of_others() -> None:
    files = [*ROOT.glob("*.py"), *(file for room in ROOMS for file in room.rglob("*.py"))]
    graph = {file: {module(name) for name in imported(file)} - {file} for file in files}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_every_room_is_packaged() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = \[(.*)\]$", text, re.M)
    assert packages
    rooms = {room.relative_to(ROOT).as_posix().replace("/", ".") for room in ROOMS}
    assert set(re.findall(r'"([\w.]+)"', packages[1])) == rooms


def test_what_is_no_module_is_packaged_too() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packaged = set[Path]()
    for package in settings["packages"]:
        folder = ROOT / package.replace(".", "/")
        patterns = [*settings["package-data"]["*"], *settings["package-data"].get(package, []), "*.py"]
        packaged.update(file for pattern in patterns for file in folder.glob(pattern))
    files = {file for room in ROOMS for file in room.rglob("*") if file.is_file() and file.parent.name != "__pycache__"}
    pulled = {file for file in files if ROOT / "weights" in file.parent.parents}
    assert files - pulled <= packaged
