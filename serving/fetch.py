"""What a URL holds, into a file: within a limit of bytes and of time, and from public addresses only.

Knows: http and https, redirects and media types; what a data URL holds, the contract knows. A cancelled fetch ends at
once. Knows nothing of what a file is for. No error has more of a URL than its host.
"""

import asyncio
import mimetypes
import re
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from contract import data_url
from errors import UserError
from serving import http1, public_http

SECONDS = 120.0  # for all of a fetch
MAX_REDIRECTS = 5

_SCHEME = re.compile(r"(https?|data):", re.I)
_SUFFIX = re.compile(r"//[^/?#]*/[^?#]*(\.[A-Za-z0-9]{1,8})(?:[?#]|$)")
_REDIRECTS = (301, 302, 303, 307, 308)


def is_url(text: str) -> bool:
    """Whether a text has a scheme that can be fetched."""
    return _SCHEME.match(text) is not None


async def fetch(url: str, folder: Path, name: str, limit: int) -> Path:
    """Write what `url` holds into `folder` and return the file: `name`, with the extension that the URL has or implies.

    Raises UserError: E1005 over `limit` bytes, E1101 it cannot be fetched, E1102 an address that is not public, E1103
    a broken data URL.
    """
    if url[:5].lower() == "data:":
        content = await asyncio.to_thread(data_url.read, url, name, limit)
        path = folder / f"{name}{content.suffix}"
        path.write_bytes(content.data)  # not by the thread, which would go on after a cancel
        return path
    try:
        async with asyncio.timeout(SECONDS):
            return await _download(url, folder, name, limit)
    except TimeoutError:
        raise UserError("E1101", f"{name}: it took over {SECONDS:g} s to fetch") from None
    except http1.BadMessageError as error:
        raise UserError("E1101", f"{name}: the answer is not one of HTTP: {error}") from None


async def _download(url: str, folder: Path, name: str, limit: int) -> Path:
    suffix = _SUFFIX.search(url)
    for _ in range(MAX_REDIRECTS + 1):
        async with public_http.get(url, name) as (head, pieces):
            status = int(head.start[0])
            if status in _REDIRECTS and "location" in head.headers:
                url = urljoin(url, head.headers["location"])
                continue
            if status != HTTPStatus.OK:
                raise UserError("E1101", f"{name}: the server answered {status}")
            if head.headers.get("content-encoding", "identity").lower() != "identity":
                raise UserError("E1101", f"{name}: the server sent it packed, which was not asked for")
            implied = mimetypes.guess_extension(head.headers.get("content-type", "").partition(";")[0].strip()) or ""
            path = folder / f"{name}{suffix[1] if suffix else implied}"
            _check_size(name, head.length or 0, limit)
            size = 0
            with path.open("wb") as file:  # a thread would go on after a cancel
                async for piece in pieces:
                    size += len(piece.data)
                    _check_size(name, size, limit)
                    file.write(piece.data)
            return path
    raise UserError("E1101", f"{name}: there are over {MAX_REDIRECTS} redirects")


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise UserError("E1005", f"{name} is {size:,} bytes or more; the limit is {limit:,}")
