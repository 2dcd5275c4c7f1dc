import os
import subprocess
import sys
from pathlib import Path

import pytest

from computing import cores
from errors import UserError
from serving.server import ROOT

V1 = "4:memory:/x\n2:cpuset:/\n1:cpu,cpuacct:/docker/abc\n0::/\n"


def machine(root: Path, groups: str, **files: str) -> Path:
    """A root folder whose proc and sys say so."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def v1(folder: str, quota: int) -> dict[str, str]:
    return {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": "100000\n"}


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "250000 100000\n"}, 2),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {}, 64),
        ("", {}, 64),
        ("0::/pod/one\n", {"sys/fs/cgroup/pod/one/cpu.max": "300000 100000\n"}, 3),
        (
            "0::/pod/one\n",
            {"sys/fs/cgroup/pod/one/cpu.max": "max 100000\n", "sys/fs/cgroup/pod/cpu.max": "400000 100000\n"},
            4,
        ),
        ("0::/pod\n", {"sys/fs/cgroup/cpu.max": "400000 100000\n"}, 4),
        (V1, v1("sys/fs/cgroup/cpu", 200000), 2),
        (V1, v1("sys/fs/cgroup/cpu/docker/abc", 500000), 5),
        (V1, v1("sys/fs/cgroup/cpu", -1), 64),
    ],
)
def test_a_quota_counts_and_not_what_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: str, files: dict[str, str], expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert cores.count(machine(tmp_path, groups, **files)) == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_cores_that_a_process_is_kept_from_do_not_count() -> None:
    script = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from computing import cores; "
    said = subprocess.run(
        [sys.executable, "-c", script + "print(cores.count())"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "1\n"


def test_there_is_one_place_that_counts_cores() -> None:
    others = {".venv", ".venv-vllm", "build"}
    files = [file for file in ROOT.rglob("*.py") if not others & set(file.relative_to(ROOT).parts)]
    who = [file.relative_to(ROOT).as_posix() for file in files if "cpu_count()" in file.read_text(encoding="utf-8")]
    assert set(who) <= {"computing/cores.py", "tests/computing/test_cores.py"}


@pytest.mark.parametrize("value", ["two", "0", "-1", "1.5", "²"])
def test_nonsense_in_the_environment_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PRECIS_REPLICAS", value)
    with pytest.raises(UserError, match=rf"^E1009 PRECIS_REPLICAS is '{value}'; .* 1 or more"):
        cores.asked("PRECIS_REPLICAS")


def test_without_the_variable_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRECIS_THREADS", raising=False)
    assert cores.asked("PRECIS_THREADS") is None
    monkeypatch.setenv("PRECIS_THREADS", "3")
    assert cores.asked("PRECIS_THREADS") == 3
