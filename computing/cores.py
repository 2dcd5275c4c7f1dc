"""How many cores this process may use, which in a container are rarely those that the machine has.

Knows: the process's affinity, and the quota of its control groups
(https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu, https://docs.kernel.org/scheduler/sched-bwc.html). Knows what
the environment asks for instead. Knows nothing of what the cores are for.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from computing import cgroups
from errors import UserError


def count(root: Path = Path("/")) -> int:
    """Return how many cores this process may keep busy, at least 1. `root` is where proc and sys lie.

    Of a quota of two and a half it is two: threads that wait for one another by spinning use up what is over.
    """
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(int(min([mine, *_quotas(root)])), 1)


def asked(name: str) -> int | None:
    """Return the number that the environment variable `name` asks for, None without it. Raises UserError E1009."""
    value = os.environ.get(name, "")
    if not value:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise UserError("E1009", f"{name} is {value!r}; it must be a whole number, 1 or more")
    return int(value)


def _quotas(root: Path) -> Iterator[float]:
    """Cores that the control groups allow: the process's own and those that it lies in."""
    for group, version in cgroups.of("cpu", root):
        if version == 1:
            words = [cgroups.read(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
        else:
            words = cgroups.read(group / "cpu.max").split()
        if all(word.isdecimal() for word in words) and len(words) == 2:  # not "max", nor -1
            yield int(words[0]) / int(words[1])
