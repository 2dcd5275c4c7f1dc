import subprocess
import sys
from pathlib import Path

from serving.server import ROOT

CRASH = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
from serving import core_dumps
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
core_dumps.forbid()
os.abort()
"""


def test_a_process_that_crashes_leaves_no_core(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", CRASH, str(ROOT)], cwd=tmp_path, check=False)
    assert ended.returncode < 0
    assert not list(tmp_path.iterdir())
