"""The control groups that this process lies in, which in a container allow less than the machine has.

Knows: where version 2 and version 1 keep their files. Knows nothing of what any of these says.
"""

from collections.abc import Iterator
from pathlib import Path


def of(controller: str, root: Path = Path("/")) -> Iterator[tuple[Path, int]]:
    """Yield the folder and the version of each group with `controller`: this process's own, then those around it.

    `root` is where proc and sys lie. A folder may not be there: a container sees its own group at the top.
    """
    for line in read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if controllers else "")
        folder = top / path.lstrip("/")
        for group in (folder, *folder.parents):
            yield group, 1 if controllers else 2
            if group == top:
                break


def read(file: Path) -> str:
    """What a file says; nothing where there is none."""
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
