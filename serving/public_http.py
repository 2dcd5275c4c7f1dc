"""One request over HTTP to a public address: what a caller's URL leads to, and never this machine or its network.

Knows: which addresses are nobody's but this network's. An address is judged when it is connected to, so that no name
can lead elsewhere afterwards. A cancelled request ends at once. Proxies are not used: what they connect to could not be
judged. Knows nothing of what is asked for. No error has more of a URL than its host.
"""

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi

from errors import UserError
from serving import http1

ALLOW_PRIVATE = "PRECIS_ALLOW_PRIVATE_URLS"

_IPV4_IN_IPV6 = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64


@asynccontextmanager
async def get(url: str, name: str) -> AsyncIterator[tuple[http1.Head, AsyncIterator[http1.Piece]]]:
    """Ask for a URL; within the block its answer can be read. `name` is what errors call it.

    Raises UserError E1101 when it leads nowhere, E1102 to an address that is not public; BadMessageError.
    """
    async with _asked(url, name, "GET", {"Accept": "*/*", "Accept-Encoding": "identity"}, b"") as answer:
        yield answer


async def post(url: str, name: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a body to a URL and return the status that is answered. Raises as get() does."""
    length = {"Content-Length": str(len(body))}
    async with _asked(url, name, "POST", {**headers, **length}, body) as (head, _):
        return int(head.start[0])


@asynccontextmanager
async def _asked(
    url: str, name: str, method: str, headers: Mapping[str, str], body: bytes
) -> AsyncIterator[tuple[http1.Head, AsyncIterator[http1.Piece]]]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        raise UserError("E1101", f"{name}: the URL is none") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UserError("E1101", f"{name}: the URL, or where it leads, is not one of http or https")
    reader, writer = await _connect(host, port or {"http": 80, "https": 443}[parts.scheme], parts.scheme, name)
    try:
        address = f"[{host}]" if ":" in host else host
        named = {"Host": f"{address}{f':{port}' if port else ''}", "User-Agent": "precis", **headers}
        writer.write(_head(method, parts, named) + body)
        await writer.drain()
        head = await http1.read_response(reader)
        yield head, http1.body(reader, head)
    except OSError as error:
        raise UserError("E1101", f"{name}: the connection broke ({type(error).__name__})") from None
    finally:
        writer.transport.abort()


def _head(method: str, parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    quoted = "".join(character if "!" <= character <= "~" else _percent(character) for character in target)
    lines = [f"{method} {quoted} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")


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
