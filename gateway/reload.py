"""The gateway started anew whenever its settings, a style or the code changes.

Knows: which files count, and that the command is run again without `--reload`. Tokens are not among them: a change of
theirs is seen anyway. Knows nothing of what the gateway does.
"""

import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

from serving.reload import modified
from serving.server import POLL_SECONDS, ROOT

log = logging.getLogger("precis.gateway")

_ENV = Path(".env")


def serve(config: Path | None) -> int:
    """Run the same command without `--reload`, again after each change, until a signal ends it."""
    command = [sys.executable, *(part for part in sys.orig_argv[1:] if part != "--reload")]
    signals: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, _: signals.append(number)) for number in numbers}
    try:
        while True:
            files = _files(config)
            process = subprocess.Popen(command, start_new_session=True)
            while not signals and _files(config) == files:  # also when it has ended: a change may mend it
                process.poll()
                time.sleep(POLL_SECONDS)
            process.terminate()
            code = process.wait()
            if signals:
                return code
            log.info("a file has changed, starting again")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _files(config: Path | None) -> dict[Path, int]:
    own = [path for path in (_ENV, config) if path is not None and path.is_file()]
    return modified(ROOT) | {path: path.stat().st_mtime_ns for path in own}
