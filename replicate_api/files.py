"""Files that callers uploaded: kept for an hour in a private folder, and given to the model as bytes.

Knows: that a file's URL comes back as an input, and that the model must not be sent it: it leads to this machine.
Knows nothing of what is in a file.
"""

import asyncio
import base64
import hashlib
import re
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from replicate_api.answers import Refused, invalid
from replicate_api.store import Store, new_id, now
from serving.inputs import media_type

MAX_BYTES = 100_000_000

_OURS = re.compile(r"https?://[^/?#]+(?:/v1)?/files/([0-9a-z]{26})(?:[/?#].*)?")
_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(eq=False)
class File:
    """An uploaded file."""

    path: Path = field(repr=False)
    name: str = field(repr=False)
    content_type: str
    size: int
    sha256: str
    metadata: dict[str, Any] = field(repr=False)
    id: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)  # of its download
    created_at: str = field(default_factory=now)
    kept_since: float = field(default_factory=time.monotonic)

    def as_json(self, base: str) -> dict[str, Any]:
        """All that is known of it."""
        url = f"{base}/v1/files/{self.id}"
        return {
            "id": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
            "etag": self.sha256,
            "checksums": {"sha256": self.sha256},
            "metadata": self.metadata,
            "created_at": self.created_at,
            "expires_at": None,
            "urls": {"get": url, "download": f"{url}/download?signature={self.secret}"},
        }

    def data_url(self) -> str:
        """Its bytes, as the model takes them."""
        kind = media_type(self.name) if self.content_type == _UNKNOWN_TYPE else self.content_type
        return f"data:{kind};base64,{base64.b64encode(self.path.read_bytes()).decode('ascii')}"


class Files:
    """The files there are."""

    def __init__(self, folder: Path) -> None:
        """Their bytes go into `folder`."""
        self._folder = folder
        self.store: Store[File] = Store()

    async def create(self, content: BinaryIO, name: str, content_type: str, metadata: dict[str, Any]) -> File:
        """Keep a file."""
        file_id = new_id()
        path = self._folder / file_id
        size, sha256 = await asyncio.to_thread(_write, content, path)
        file = File(path, name, content_type or _UNKNOWN_TYPE, size, sha256, metadata, file_id)
        self.store.add(file)
        return file

    def remove(self, file_id: str) -> None:
        """Forget a file. Raises Refused, 404."""
        self.store.remove(file_id).path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Forget those whose hour is over."""
        for file in self.store.sweep():
            file.path.unlink(missing_ok=True)

    async def resolve(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs with bytes for the URLs of files that lie here. Raises Refused, 422, for one that is gone."""
        return {name: await self._resolve(name, value) for name, value in inputs.items()}

    async def _resolve(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [await self._resolve(name, item) for item in value]
        # Whatever host it names: this machine has many names, and nobody else has these ids.
        match = _OURS.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return value
        try:
            file = self.store.get(match[1])
        except Refused:
            raise invalid({f"input.{name}": "the file is not, or no longer, here; files live an hour"}) from None
        return await asyncio.to_thread(file.data_url)


def _write(content: BinaryIO, path: Path) -> tuple[int, str]:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
