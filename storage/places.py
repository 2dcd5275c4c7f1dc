"""Where this user's files lie.

Knows: the XDG base directories (https://specifications.freedesktop.org/basedir-spec/). Knows nothing of what is kept.
"""

import os
import tempfile
from pathlib import Path


def cache() -> Path:
    """Return the folder for what can be made again: XDG_CACHE_HOME, else ~/.cache; it need not exist.

    A user without a home, such as `--user 65534` in a container, has one in the folder of temporary files.
    """
    return _place("XDG_CACHE_HOME", ".cache", "")


def state() -> Path:
    """Return the folder for what must outlive a process: XDG_STATE_HOME, else ~/.local/state; it need not exist.

    Of a user without a home as cache() does.
    """
    return _place("XDG_STATE_HOME", ".local/state", "-state")


def _place(variable: str, at_home: str, suffix: str) -> Path:
    given = os.environ.get(variable, "")
    if Path(given).is_absolute():  # the specification: a relative one is as if it were not set
        return Path(given) / "precis"
    try:
        return Path.home() / at_home / "precis"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"precis-{os.getuid()}{suffix}"
