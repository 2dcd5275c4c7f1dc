"""What the kernel was asked for by a process and all that it started: addresses, and files to write to."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from computing.telemetry import SWITCHES
from serving.server import ROOT

_CALLS = (
    "connect,sendto,sendmsg,sendmmsg,"
    "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
)
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?"([0-9a-f:.]+)"')  # as inet_addr() and inet_pton() take it
_LOOPBACK = re.compile(r"127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$")
_DNS = 53
_SET = ("XDG_", "TORCHINDUCTOR_", "TRITON_")  # the last two by torch, in a process that has used it
_RESOLVERS = re.compile(r'sun_path="[^"]*resolve')  # systemd's, behind a socket of this machine
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|^(?:\d+ +)?(?:creat|mkdir|rename|(?:sym)?link)")
_PATH = re.compile(r'(?:<([^>]*)>)?(?:, )?"([^"]*)"')  # the folder that a name is relative to, and the name


class Seen(NamedTuple):
    """What was asked for that has to be explained."""

    strangers: list[str]  # addresses that are not this machine's, and look-ups of names
    written: set[
        Path
    ]  # files, folders and links that were made, or opened to be written to; no devices, nothing of /proc


def run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> Seen:
    """Run a command to its end as a user who has set nothing, and whose home and temporary files lie in `folder`.

    The test is skipped where strace is missing, or may not trace.
    """
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not installed, or may not trace here")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_SET) and name not in SWITCHES}
    own = {name: str(folder / name) for name in ("HOME", "TMPDIR")}
    for path in own.values():
        Path(path).mkdir()
    log = folder / "strace"
    tracing = [strace, "--seccomp-bpf", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={_CALLS}", "-o", str(log)]
    python = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*tracing, *command],
        cwd=folder, env=clean | own | python | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    lines = log.read_text(errors="replace").splitlines()
    return Seen(
        [line for line in lines if _is_strange(line)], {path for line in lines for path in _written(line, folder)}
    )


def _is_strange(line: str) -> bool:
    if _RESOLVERS.search(line):
        return True
    return any(int(port) == _DNS or not _LOOPBACK.match(host) for port, host in _ADDRESS.findall(line))


def _written(line: str, folder: Path) -> list[Path]:
    if not _WRITES.search(line):
        return []
    found = (Path(os.path.normpath(Path(within or folder, name))) for within, name in _PATH.findall(line))
    return [path for path in found if path.parts[1:2] not in (("dev",), ("proc",))]
