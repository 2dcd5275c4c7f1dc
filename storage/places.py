"""Where this user's files lie.

Knows: the XDG base directories (https://specifications.freedesktop.org/basedir-spec/). Knows nothing of what is kept.
"""

import os
import tempfile
from pathlib import Path

from errors import Fault


def cache() -> Path:
    """Return the folder for what can be made again: XDG_CACHE_HOME, else ~/.cache; it need not exist.

    A user without a home, such as `--user 65534` in a container, has one in the folder of temporary files.
    """
    try:
        return _given("XDG_CACHE_HOME") or Path.home() / ".cache" / "precis"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"precis-{os.getuid()}"


def state() -> Path:
    """Return the folder for what must outlive a process: XDG_STATE_HOME, else ~/.local/state; it need not exist.

    Raises Fault E5006 for a user without a home: among temporary files, where others write, it would not be safe.
    """
    try:
        return _given("XDG_STATE_HOME") or Path.home() / ".local" / "state" / "precis"
    except RuntimeError:
        raise Fault("E5006", "there is no home to write to, and XDG_STATE_HOME is not set") from None


def _given(variable: str) -> Path | None:
    given = Path(os.environ.get(variable, ""))
    return given / "precis" if given.is_absolute() else None  # the specification: as if a relative one were not set
