"""`precis gateway --reload` starts anew when its settings change."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from serving.server import ROOT, free_port
from tests.gateway.answers import comes_true


def test_a_gateway_starts_anew_when_its_settings_change_and_ends_with_a_signal(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    first, second = free_port(), free_port()
    config.write_text(f"port = {first}")
    command = [sys.executable, "-m", "cli", "gateway", "--reload", "--config", str(config)]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
    try:
        assert comes_true(lambda: answers(first), within=60)
        config.write_text("port = 'none'")  # with which it cannot start
        assert comes_true(lambda: "E7101" in (tmp_path / "log").read_text(), within=60)
        config.write_text(f"port = {second}")
        assert comes_true(lambda: answers(second), within=60)
        assert not answers(first)
    finally:
        process.terminate()
        process.wait(60)
    assert not answers(second)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False
