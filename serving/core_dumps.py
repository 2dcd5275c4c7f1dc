"""No core dumps: they would leave documents on a disk, of all processes that hold some.

Knows: limits of processes, and which processes a server has. Knows nothing about what they do.
"""

import os
import resource
import sys
from contextlib import suppress

# Linux hands a core to a program (systemd-coredump, apport) whatever the limit is, unless it is 1: core(5) says the
# first half, fs/coredump.c the second. And no core is so small that it would be written to a file.
_LIMIT = (1, 1)  # bytes, soft and hard


def forbid() -> None:
    """Forbid them to this process, to all that it starts from now on, and to the server of which it is the worker."""
    resource.setrlimit(resource.RLIMIT_CORE, _LIMIT)
    coglet = sys.modules.get("coglet")  # which Cog's worker has loaded before anything of ours, and the gateway lacks
    if coglet is not None and coglet.server.active and hasattr(resource, "prlimit"):  # Linux
        with suppress(PermissionError):  # the server is somebody else's
            resource.prlimit(os.getppid(), resource.RLIMIT_CORE, _LIMIT)
