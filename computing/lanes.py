"""Lanes for work in processes, so that what is short never waits behind what is long.

Knows: how many processes there may be, and how long what runs in each lane may take. Knows nothing of what it is.
"""

from collections.abc import Callable
from typing import Literal, ParamSpec, TypeVar

from computing import cores
from computing.processes import Processes
from errors import Fault

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Lane = Literal["short", "rows", "long"]  # rows: of tables, which come by the hundred

SHORT_SECONDS = 15.0  # after which what was thought short begins again as what is long
SECONDS = 1_800.0  # that anything may take
_MOST = 8  # processes of a lane


class Lanes:
    """Processes for each lane, none before the first work in it."""

    def __init__(self, short_seconds: float = SHORT_SECONDS, seconds: float = SECONDS) -> None:
        count = max(min(cores.count() - 1, _MOST), 1)
        self._long = Processes(max(count // 2, 1), seconds)
        self._others = {"short": Processes(count, short_seconds), "rows": Processes(count, short_seconds)}

    async def run(
        self, lane: Lane, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Do what Processes.run does, in a lane; what takes longer than that allows is done again in the long one."""
        if lane != "long":
            try:
                return await self._others[lane].run(function, *arguments, **named)
            except Fault as fault:
                if fault.code != "E5007":
                    raise
        return await self._long.run(function, *arguments, **named)

    def close(self) -> None:
        """End the processes."""
        for processes in (self._long, *self._others.values()):
            processes.close()
