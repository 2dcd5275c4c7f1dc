"""Messages between two of our own processes over a socket, each a pickle with its length before it.

Knows: bytes. Knows nothing of what the messages say.
"""

import asyncio
import pickle
import socket
from contextlib import suppress
from typing import Any

_LENGTH = 8  # bytes


class Channel:
    """One end. `send` never waits: what is under way is small, and the other end always reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, end: socket.socket) -> "Channel":
        """Take one end of a socketpair into the running event loop."""
        return cls(*await asyncio.open_unix_connection(sock=end))

    def send(self, message: Any) -> None:
        """Send anything that can be pickled; to an end that is gone, nothing."""
        data = pickle.dumps(message)
        self._writer.write(len(data).to_bytes(_LENGTH, "big") + data)

    async def flush(self) -> None:
        """Return when what was sent has left this process."""
        with suppress(ConnectionError):
            await self._writer.drain()

    async def receive(self) -> Any:
        """Return the next message. Raises EOFError when the other end is gone."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH), "big")
            return pickle.loads(await self._reader.readexactly(length))  # noqa: S301 (from a process that we started)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise EOFError from None

    def hang_up(self) -> None:
        """Send no more, which the other end takes for the end; what it still says is received."""
        with suppress(OSError):
            self._writer.write_eof()

    def close(self) -> None:
        """Let go of the end."""
        self._writer.close()
