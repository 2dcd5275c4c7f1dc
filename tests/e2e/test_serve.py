"""`precis serve` when it cannot: one sentence with its code at the end, and an exit code that is not 0."""

import os
import subprocess
import sys

import pytest

from serving.server import ROOT, free_port


def serve(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and the last line of `precis serve`."""
    command = [sys.executable, "-m", "cli", "serve", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=200)
    return done.returncode, done.stderr.splitlines()[-1]


def test_a_setup_that_fails_is_told_and_ends_the_server() -> None:
    code, line = serve("--port", str(free_port()), PRECIS_MODEL="no-such-model")
    assert code == 2
    assert line.startswith("precis: E2001 ")
    assert "no-such-model" in line


@pytest.mark.parametrize("port", ["70000", "-1", "0"])
def test_a_port_that_there_is_not_is_told(port: str) -> None:
    assert serve("--port", port) == (2, f"precis: E3003 port {port} is none: it must be 1 to 65,535")
