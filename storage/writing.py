"""What it means when nothing can be written: the disk's doing, not the caller's, and never a broken file.

Knows: the system's error numbers, as Python has them and as libraries in Rust write them. Knows nothing of what is
being written.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from errors import Fault

_OF_THE_DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG),  # full
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO),  # not to be written
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST),  # something else is in the way
}
_IN_RUST = re.compile(r"\(os error (\d{1,4})\)")


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Raise Fault E5006, which names `what` and the reason, where the block meets a disk that cannot be written."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = _number(error)
        if number not in _OF_THE_DISK:
            raise
        raise Fault("E5006", f"{what} cannot be written: {os.strerror(number).lower()}") from None


def _number(error: Exception) -> int:
    """Return the error's number in the system, 0 when it has none."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = _IN_RUST.search(str(error))
    return int(found[1]) if found else 0
