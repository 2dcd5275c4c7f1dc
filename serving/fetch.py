"""What a URL holds, into a file: within a limit of bytes and of time, and from public addresses only.

Knows: http, https and data URLs, and which addresses are nobody's but this network's. An address is judged when it is
connected to, so that no name can lead elsewhere afterwards. A cancelled fetch ends at once. Proxies are not used: what
they connect to could not be judged. Knows nothing of what a file is for. No error has more of a URL than its host.
"""

import asyncio
import base64
import binascii
import ipaddress
import mimetypes
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

import certifi

from errors import UserError
from serving import http1

SECONDS = 120.0  # for all of a fetch
MAX_REDIRECTS = 5
ALLOW_PRIVATE = "PRECIS_ALLOW_PRIVATE_URLS"

_SCHEME = re.compile(r"(https?|data):", re.I)
_SUFFIX = re.compile(r"//[^/?#]*/[^?#]*(\.[A-Za-z0-9]{1,8})(?:[?#]|$)")
_IPV4_IN_IPV6 = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64
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
        path, data = await asyncio.to_thread(_decode, url[5:], folder, name, limit)
        path.write_bytes(data)  # not by the thread, which would go on after a cancel
        return path
    try:
        async with asyncio.timeout(SECONDS):
            return await _download(url, folder, name, limit)
    except TimeoutError:
        raise UserError("E1101", f"{name}: it took over {SECONDS:g} s to fetch") from None
    except http1.BadMessageError as error:
        raise UserError("E1101", f"{name}: the answer is not one of HTTP: {error}") from None


def _decode(rest: str, folder: Path, name: str, limit: int) -> tuple[Path, bytes]:
    about, comma, content = rest.partition(",")
    media_type, *parameters = (part.strip().lower() for part in about.split(";"))
    if not comma:
        raise UserError("E1103", f"{name}: the data URL has no comma")
    data = unquote_to_bytes(content)
    if "base64" in parameters:
        try:
            data = base64.b64decode(data.translate(None, b" \t\r\n"), validate=True)
        except binascii.Error:
            raise UserError("E1103", f"{name}: the data URL's {len(content):,} characters are no base64") from None
    _check_size(name, len(data), limit)
    return folder / f"{name}{mimetypes.guess_extension(media_type) or ''}", data


async def _download(url: str, folder: Path, name: str, limit: int) -> Path:
    suffix = _SUFFIX.search(url)
    for _ in range(MAX_REDIRECTS + 1):
        async with _get(url, name) as (head, pieces):
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


@asynccontextmanager
async def _get(url: str, name: str) -> AsyncIterator[tuple[http1.Head, AsyncIterator[http1.Piece]]]:
    """Ask for a URL; within the block its answer can be read."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        raise UserError("E1101", f"{name}: the URL is none") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UserError("E1101", f"{name}: the URL, or where it leads, is not one of http or https")
    reader, writer = await _connect(host, port or {"http": 80, "https": 443}[parts.scheme], parts.scheme, name)
    try:
        writer.write(_request(parts, host, port))
        await writer.drain()
        head = await http1.read_response(reader)
        yield head, http1.body(reader, head)
    except OSError as error:
        raise UserError("E1101", f"{name}: the connection broke ({type(error).__name__})") from None
    finally:
        writer.transport.abort()


def _request(parts: SplitResult, host: str, port: int | None) -> bytes:
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    quoted = "".join(character if "!" <= character <= "~" else _percent(character) for character in target)
    address = f"[{host}]" if ":" in host else host
    return (
        f"GET {quoted} HTTP/1.1\r\nHost: {address}{f':{port}' if port else ''}\r\n"
        "User-Agent: precis\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


async def _connect(host: str, port: int, scheme: str, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to one of the addresses that `host` has now, and to no other. Raises UserError E1101, E1102."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise UserError("E1101", f"{name}: {host} has no address") from None
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if os.environ.get(ALLOW_PRIVATE) != "1":
        addresses = [address for address in addresses if _is_public(address)]
    if not addresses:
        raise UserError("E1102", f"{name}: {host} is not a public address; {ALLOW_PRIVATE}=1 allows it")
    options: dict[str, Any] = {"limit": http1.MAX_HEAD}
    if scheme == "https":
        options |= {"ssl": ssl.create_default_context(cafile=certifi.where()), "server_hostname": host}
    problem = ""
    for address in addresses:
        try:
            return await asyncio.open_connection(address, port, **options)
        except (OSError, ValueError) as error:  # ssl's errors are both
            problem = type(error).__name__
    raise UserError("E1101", f"{name}: {host} cannot be connected to ({problem})")


def _is_public(text: str) -> bool:
    """Whether an address is the internet's: not this machine's, this network's, a cloud's own, or many machines'."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _IPV4_IN_IPV6:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        elif address.is_site_local or address.teredo:
            return False
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise UserError("E1005", f"{name} is {size:,} bytes or more; the limit is {limit:,}")
