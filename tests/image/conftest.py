"""A small project that is committed, with an image of the real models that are here."""

import os
import subprocess
from pathlib import Path

import pytest

FILES = {
    ".dockerignore": "docs\n*.egg-info\n**/__pycache__\n",
    ".gitignore": "/knowledge/\n/build/\nweights/*/\n",
    "cog.yaml": "environment:\n  - PRECIS_IMAGE_MODELS=smollm2-135m,rampart,all-minilm-l6-v2 # three\n",
    "predict.py": "print('code')\n",
    "docs/page.md": "hidden\n",
    "weights/models.toml": "",
    "weights/load.py": "print('code beside the models')\n",
}


def git(root: Path, *arguments: str) -> None:
    nobody = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *nobody, *arguments], cwd=root, check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")
    return root


@pytest.fixture
def cog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for Cog's command line, which is not everywhere, notes how and with what it was called."""
    program, notes = tmp_path / "bin" / "cog", tmp_path / "notes"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "cog version ${{COG_SAYS:-0.23.0}} (built now)" && exit\n'
        f'(pwd; printf "%s\\n" "$@"; find . -type f -size +10M) > "{notes}"\nexit "${{COG_ENDS:-0}}"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return notes
