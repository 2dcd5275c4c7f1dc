"""The process that does a job: what `precis batch run` does, in the job's folder, with nobody watching.

    python -m batch.background FOLDER

Knows: the files of a job, how its process is begun and ended, and how it came out. The process inherits a lock that
was taken before it was begun and ends with it, whatever ends it: so there is no moment at which anybody could take a
job that runs for one that does not. Knows nothing of rows and results.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from batch import commands, run, targets
from errors import Fault, PrecisError, UserError, public
from serving.client import error_from
from serving.server import ROOT
from storage.lock import Lock

INPUT, OUT = "in.jsonl", "out.jsonl"
ASKED = "job.json"  # targets and options; with it a folder is a job's

_ENDED = "ended.json"  # an exit code, and the error that there was
_LOG = "log"
_LOCK = "lock"
_PATIENCE = 30.0  # seconds that a process has to cancel its predictions
_LOOK_SECONDS = 0.1


def start(folder: Path) -> None:
    """Begin the process, which goes on when this one ends. Raises UserError E6001 when it runs already."""
    with closing(Lock(folder / _LOCK)) as lock:
        if not lock.take():
            raise UserError("E6001", f"the job in {folder} runs already: {lock.holder()}")
        (folder / _ENDED).unlink(missing_ok=True)
        with (folder / _LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "batch.background", folder.absolute()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.file],
            )
        lock.note(f"{process.pid} on {socket.gethostname()}")
    threading.Thread(target=process.wait, daemon=True).start()  # or it would stay as a zombie when it has ended


def is_running(folder: Path) -> bool:
    """Whether there is a process that does the job."""
    with closing(Lock(folder / _LOCK)) as lock:
        return not lock.take()


def stop(folder: Path) -> None:
    """Have the process cancel its predictions and end; return when it has. Raises UserError E6001 on another host."""
    began, left = time.monotonic(), [signal.SIGTERM, signal.SIGINT]  # the first only drains
    while is_running(folder):
        with closing(Lock(folder / _LOCK)) as lock:
            pid, _, host = lock.holder().partition(" on ")
        if host not in ("", socket.gethostname()):
            raise UserError("E6001", f"the job in {folder} runs on {host}: it can be canceled there")
        if time.monotonic() - began > _PATIENCE:
            left = [signal.SIGKILL]
        while pid and left:
            with suppress(ProcessLookupError):
                os.kill(int(pid), left.pop(0))
        time.sleep(_LOOK_SECONDS)


def raise_end(folder: Path) -> None:
    """Return when the job has come to its end, whatever became of its rows. Raises what stopped it, or Fault E5010."""
    try:
        ended = json.loads((folder / _ENDED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Fault("E5010", "the job's process was ended before the job was done; resume() goes on") from None
    if ended["error"]:
        raise error_from(ended["error"])
    if ended["code"] not in (run.ALL_DONE, run.SOME_FAILED):
        raise Fault("E5010", "the job was stopped before it was done; resume() goes on")


def work(folder: Path) -> None:
    """Do the job, and write down how it came out."""
    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    ended: dict[str, Any] = {"code": None, "error": None}
    try:
        to = [targets.parse(target) for target in asked["to"]]
        batch = run.Asked(folder / INPUT, folder / OUT, to, asked["options"])
        is_empty = not batch.source.stat().st_size  # a table without rows is none, and a loop over no rows is a loop
        ended["code"] = run.ALL_DONE if is_empty else run.run(batch, commands.teller(as_json=False))
    except PrecisError as error:
        ended["error"] = str(error)
    except Exception as error:
        ended["error"] = str(public(error))
    unfinished = folder / f"{_ENDED}.part"
    unfinished.write_text(json.dumps(ended), encoding="utf-8")
    unfinished.rename(folder / _ENDED)


if __name__ == "__main__":
    logging.basicConfig(format="precis: %(message)s")
    work(Path(sys.argv[1]))
