import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from computing import memory
from serving.server import ROOT
from tests.computing.test_cores import machine

SCRIPT = """
import torch
from computing import memory
from generation.batching import ZeroPages
with ZeroPages():
    buffer = torch.zeros(2**28, dtype=torch.uint8)
empty = memory.held()
buffer.fill_(1)
full = memory.held()
memory.give_back(buffer)
print((full - empty) >> 20, (memory.held() - empty) >> 20, int(buffer.max()))
buffer.fill_(2)
print(int(buffer.min()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_memory_that_is_given_back_is_not_held_and_can_be_written_again() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    held, left, value, again = map(int, said.split())
    assert held > 240
    assert left < 16
    assert (value, again) == (0, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="pages are let go of as Linux does")
def test_of_a_mapped_tensor_that_is_forgotten_nothing_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(bytes(range(256)) * 1_000)
    tensor = torch.from_file(str(file), shared=False, size=256_000, dtype=torch.uint8)
    memory.forget(tensor)
    assert bytes(tensor.numpy()) == file.read_bytes()


V1 = {
    "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "700000000\n",
    "sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": "500000000\n",
    "sys/fs/cgroup/memory/docker/abc/memory.stat": "cache 1\ntotal_inactive_file 90000000\n",
}
V2 = {
    "sys/fs/cgroup/pod/memory.max": "700000000\n",
    "sys/fs/cgroup/pod/memory.current": "500000000\n",
    "sys/fs/cgroup/pod/memory.stat": "anon 1\ninactive_file 90000000\n",
}


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/pod/one\n", V2, (700_000_000, 290_000_000)),
        ("0::/pod\n", V2 | {"sys/fs/cgroup/pod/memory.max": "max\n"}, (None, 600_000_000)),
        ("4:memory:/docker/abc\n0::/\n", V1, (700_000_000, 290_000_000)),
        ("0::/\n", {}, (None, 600_000_000)),
        (
            "0::/pod\n",
            V2 | {"proc/meminfo": "MemTotal: 2 kB\nMemAvailable:     100000 kB\n"},
            (700_000_000, 102_400_000),
        ),
    ],
)
def test_a_limit_of_memory_counts_and_not_what_the_machine_has(
    tmp_path: Path, groups: str, files: dict[str, str], expected: tuple[int | None, int]
) -> None:
    meminfo = {"proc/meminfo": f"MemTotal: 8000000 kB\nMemAvailable: {600_000_000 // 1_024} kB\n"}
    root = machine(tmp_path, groups, **meminfo | files)
    all_of_it = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory.limit(root) == (expected[0] or all_of_it)
    assert memory.available(root) == pytest.approx(expected[1], abs=1_024)
