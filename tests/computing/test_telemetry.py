import ast
import subprocess
import sys
from pathlib import Path

import pytest

from computing.telemetry import SWITCHES
from serving.server import ROOT
from tests.test_house import ROOMS

TELLERS = {"onnxruntime", "huggingface_hub", "ray", "vllm"}
WAYS_IN = [
    "import cli; cli.main(['schema'])",
    "from serving import supervise\ntry: supervise.main(['--grace', 'none'])\nexcept SystemExit: pass",
    "import asyncio, ray_engine; asyncio.run(ray_engine.Engine().load())",
    "import batch.ray_data",
    "import benchmarks",
]


@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_in_turns_telemetry_off_whatever_the_environment_said(way: str) -> None:
    """Also where it ends at once: the command line has a wrong option, the engine no model."""
    code = f"import os, sys\n{way}\nprint([os.environ.get(name) for name in {list(SWITCHES)}], file=sys.stderr)"
    environment = dict.fromkeys(SWITCHES, "yes") | {"PRECIS_MODEL": "none", "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == str(list(SWITCHES.values()))


def test_the_image_is_built_with_all_of_it() -> None:
    lines = (ROOT / "cog.yaml").read_text().splitlines()
    assert {f"  - {name}={value}" for name, value in SWITCHES.items()} <= set(lines)


def test_whoever_imports_what_would_tell_turns_it_off() -> None:
    """But for those that only run behind one that does: a download's or an index's progress bar, vLLM in its engine."""
    files = {file for room in ROOMS for file in room.rglob("*.py") if TELLERS & imported(file)}
    silent = {file.relative_to(ROOT).as_posix() for file in files if "telemetry.forbid()" not in file.read_text()}
    behind = {"weights/archive.py", "weights/parts.py", "indexing/update.py", "batch/ray_data.py"}
    assert silent == behind | {"generation/vllm_choice.py", "generation/vllm_engine.py"}


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}
