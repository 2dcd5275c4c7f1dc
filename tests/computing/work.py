"""What tests have processes do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from errors import UserError


def pid() -> int:
    return os.getpid()


def wait(seconds: float, begun: Path | None = None) -> int:
    """Take so long, and say who does when it begins."""
    if begun is not None:
        begun.write_text(str(os.getpid()))
    time.sleep(seconds)
    return os.getpid()


def refuse() -> None:
    raise UserError("E1007", "the input has 3 characters")


def quote() -> None:
    raise ValueError("Ann Lee lives in Oslo")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> int:
    if not mark.exists():
        mark.touch()
        die()
    return os.getpid()


def blocked_signals() -> bool:
    """Whether Ctrl-C is left to the other process."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def start_child(begun: Path) -> None:
    """Wait for a child as the reader of PDF does."""
    command = [sys.executable, "-c", f"import os, pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"]
    subprocess.run(command, check=False)


class Unloadable:
    """Cannot be made where it arrives."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return refuse, ()
