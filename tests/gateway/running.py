"""A gateway as a process of its own, with its settings in the environment."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from serving.server import ROOT, free_port

STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Running:
    """A gateway that answers."""

    url: str
    process: "subprocess.Popen[str]"
    environment: dict[str, str]
    log: Path

    def token(self, *arguments: str) -> str:
        """Make a token as a person would, and return it."""
        made = cli(self.environment, "tokens", "create", *arguments)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


def cli(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `precis …` and return how it ended."""
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def gateway(folder: Path, *upstreams: str, **settings: object) -> Iterator[Running]:
    """Run one, whose state lies in `folder`, until the block ends."""
    given = {f"PRECIS_GATEWAY_{name.upper()}": str(value) for name, value in settings.items()}
    environment = os.environ | {"XDG_STATE_HOME": str(folder)} | given
    port = free_port()
    log = folder / f"{port}.log"
    command = [sys.executable, "-m", "cli", "gateway", "--port", str(port), "--upstream", *upstreams]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(url, process, log)
        yield Running(url, process, environment, log)
    finally:
        process.terminate()
        try:
            process.wait(40)
        finally:
            process.kill()


def wait_until_it_answers(url: str, process: "subprocess.Popen[str]", log: Path) -> None:
    """Return when the gateway answers."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(f"{url}/healthz")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"it does not answer: {log.read_text()}")
