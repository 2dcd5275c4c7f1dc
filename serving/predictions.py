"""The predictions under way by their ids, and the folder that each has.

Cog 0.23 makes a folder in /tmp for every prediction, named after an id that it never looks at, and leaves it there.
So ids are looked at here, and what Cog finds under a good one is a link to a folder of ours, which is private and
goes with the prediction. A link that leads nowhere is a dead server's. Knows nothing of HTTP.
"""

import os
import re
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from errors import UserError

COGS = Path("/tmp/coglet/predictions")  # noqa: S108 # written into Cog's program, whatever TMPDIR says
OLD_SECONDS = 24 * 3600  # a folder that no server of ours made may be in use that long

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def check(prediction_id: object) -> None:
    """Raise UserError E3004 unless a folder can be named after the id, and it leads nowhere else."""
    if not isinstance(prediction_id, str):
        raise UserError("E3004", "the id is no text")
    if not _ID.fullmatch(prediction_id) or ".." in prediction_id or prediction_id == ".":
        length = f"{len(prediction_id):,} characters"
        raise UserError("E3004", f"the id has {length}; it must have 1 to 64, of A-Z a-z 0-9 . _ - and no ..")


def new_id() -> str:
    """An id for a prediction that came without one."""
    return f"pred_{uuid4().hex}"


def prepare() -> None:
    """Make the folder that all servers of this machine share. Raises UserError E3007 where this user may not write."""
    for folder in (COGS.parent, COGS):
        with suppress(OSError):
            folder.mkdir()  # OSError: it is there
        with suppress(OSError):
            if stat.S_ISDIR(folder.lstat().st_mode):  # whoever made a link chose the place
                if folder.lstat().st_uid == os.getuid():
                    folder.chmod(0o1777)
                if os.access(folder, os.W_OK | os.X_OK):
                    continue
        raise UserError("E3007", f"{folder} cannot be written to by user {os.getuid()}; Cog needs it")


def sweep() -> None:
    """Remove what dead servers left in the shared folder, as far as it is this user's."""
    with suppress(OSError):
        for entry in list(os.scandir(COGS)):
            with suppress(OSError):
                if entry.is_symlink():
                    if not Path(entry.path).exists():
                        Path(entry.path).unlink()
                elif entry.stat().st_uid == os.getuid() and time.time() - entry.stat().st_mtime > OLD_SECONDS:
                    shutil.rmtree(entry.path, ignore_errors=True)


class Predictions:
    """Who is under way, and how many connections wait for each: one that has none may have ended unseen."""

    def __init__(self, folder: Path) -> None:
        """Their folders are made in `folder`."""
        self._folder = folder
        self._waiting: dict[str, int] = {}

    def __contains__(self, prediction_id: str) -> bool:
        return prediction_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def ids(self) -> list[str]:
        """All of them."""
        return list(self._waiting)

    def unwatched(self) -> list[str]:
        """Those that nobody waits for."""
        return [prediction_id for prediction_id, waiting in self._waiting.items() if not waiting]

    def begin(self, prediction_id: str) -> None:
        """Take an id and make its folder. Raises UserError E3004, and E3005 when any server of this machine has it."""
        check(prediction_id)
        own, link = self._folder / prediction_id, COGS / prediction_id
        if prediction_id in self._waiting or link.exists():
            raise UserError("E3005", f"prediction {prediction_id} is under way")
        with suppress(FileNotFoundError):
            link.unlink()
        own.mkdir()
        link.symlink_to(own)
        self._waiting[prediction_id] = 0

    def watch(self, prediction_id: str) -> None:
        """Count a connection that waits for it."""
        if prediction_id in self._waiting:
            self._waiting[prediction_id] += 1

    def unwatch(self, prediction_id: str) -> None:
        """Count one less."""
        if prediction_id in self._waiting:
            self._waiting[prediction_id] -= 1

    def end(self, prediction_id: str) -> None:
        """Give an id back and remove its folder."""
        if self._waiting.pop(prediction_id, None) is not None:
            with suppress(OSError):
                (COGS / prediction_id).unlink()
            shutil.rmtree(self._folder / prediction_id, ignore_errors=True)
