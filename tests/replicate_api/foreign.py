"""Clients that cannot be installed beside ours: each in a folder of its own, run by a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

INSTALL_SECONDS = 400
RUN_SECONDS = 120


def pip(folder: Path, *requirements: str) -> Path:
    """The folder, with Python packages in it; the test is skipped where no package index answers."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--target",
        str(folder),
        *requirements,
    ]
    return _installed(command, folder)


def npm(folder: Path, *packages: str) -> Path:
    """The folder, with JavaScript packages in it; the test is skipped where node or the registry is missing."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    (folder / "package.json").write_text("{}")
    return _installed(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], folder)


def _installed(command: list[str], folder: Path) -> Path:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(command[-1:])} was not installed in {INSTALL_SECONDS} s")
    if done.returncode:
        pytest.skip(f"{' '.join(command[-1:])} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def python(packages: Path, script: str, **environment: str) -> Any:
    """What a script prints as JSON, run with the packages of a folder."""
    return _run([sys.executable, "-c", script], packages, PYTHONPATH=str(packages), **environment)


def node(packages: Path, script: str, **environment: str) -> Any:
    """What a script prints as JSON, run with the packages of a folder."""
    return _run(["node", "--input-type=module", "-e", script], packages, **environment)


def _run(command: list[str], folder: Path, **environment: str) -> Any:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=RUN_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
