import subprocess
import sys

import pytest

from serving.server import ROOT

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
