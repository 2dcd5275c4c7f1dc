"""A lock that a process holds until it ends, however it ends, and that says who holds it.

Knows: a file and the kernel's lock on it. A process that inherits the file holds it, too.
"""

import fcntl
import os
from pathlib import Path


class Lock:
    """The lock in a file. It is to be closed. Raises OSError when the file cannot be made."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        """Whether nobody else had it, and now we do."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def note(self, holder: str) -> None:
        """Say who has it."""
        os.ftruncate(self.file, 0)
        os.pwrite(self.file, holder.encode(), 0)

    def holder(self) -> str:
        """Who has it, or had it last."""
        return os.pread(self.file, 200, 0).decode(errors="replace")

    def close(self) -> None:
        """Let go of it."""
        os.close(self.file)
